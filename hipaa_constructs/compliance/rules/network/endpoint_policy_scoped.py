"""VPC endpoints lead to no other account's data, and take no other account's credentials.

A warning, since the principal's own policy decides too. Compliant: a policy whose every Allow names resources,
actions that only read, principals, or a condition that some request through the endpoint fails. Non-compliant: any
endpoint whose policy allows everything, or lets everyone write to every bucket or table, be it under a condition that
every request meets: one on the VPC or the endpoint limits nothing, for that is where requests through it come from;
without a policy, which allows everything (docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html),
endpoints of services that are known to take one: those that take data which other accounts can open to one's own
roles, such as S3, queues and functions, and others, such as ECR's and KMS's, through which whoever brings credentials
of an account of their own sends there what they read here. Not applicable: endpoints of services without a policy
that take none, or are not known to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, Unknown, all_of, negate
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Outcome,
    Rule,
    Verdict,
    failed,
    judge,
    unknown,
    worst,
)
from hipaa_constructs.iam.arn_services import may_be_about
from hipaa_constructs.iam.conditions import is_conditioned
from hipaa_constructs.iam.document import Statement, matches, policy_at
from hipaa_constructs.iam.exposure import admits_everyone
from hipaa_constructs.iam.grants import is_every_resource, is_whole_service

_ENDPOINT = "AWS::EC2::VPCEndpoint"
# What takes data out, to whichever account the bucket or table belongs.
_WRITING = ("dynamodb:BatchWriteItem", "dynamodb:PutItem", "s3:PutObject", "s3:ReplicateObject")
# All that comes through an endpoint has them, and mostly the same.
_OF_THE_ENDPOINT = ("aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:vpcsourceip")
_WRITES = "write to every account's data"


def _writes(action: object) -> bool:
    return any(matches(action, writing) for writing in _WRITING)


def _allows_everything(statement: Statement) -> Ternary:
    wide = [one for one in statement.actions if is_whole_service(one) or _writes(one)]
    whole = bool(statement.not_actions or wide)
    everywhere = any(
        is_every_resource(item) and (not wide or any(may_be_about(one, item) for one in wide))
        for item in statement.resources
    )
    return all_of(
        (
            statement.allows,
            negate(is_conditioned(_without_own(statement))),
            admits_everyone(statement),
            _or_unknown(whole, statement.actions),
            _or_unknown(everywhere, statement.resources),
        )
    )


def _without_own(statement: Statement) -> Statement:
    return replace(
        statement,
        conditions=[one for one in statement.conditions if isinstance(one, Unknown) or one.key not in _OF_THE_ENDPOINT],
    )


@cache
def _services(of_data: bool) -> tuple[str, ...]:
    """Return how the names of services end whose endpoints take a policy: those that take data, or the others."""
    table = read("endpoint_policies.json")
    names = table["of_data"] if of_data else [name for page in table["others"].values() for name in page]
    return tuple(f".{name}" for name in names)


def _is_of(resource: Resource, services: tuple[str, ...]) -> bool:
    return str(resource.get("ServiceName")).removesuffix("-fips").endswith(services)


def check(resource: Resource) -> Verdict:
    if resource.get("PolicyDocument") is None:
        if _is_of(resource, _services(True)):
            return failed("PolicyDocument is not set, so the endpoint leads to every account's data.")
        if _is_of(resource, _services(False)):
            return failed("PolicyDocument is not set, so the endpoint takes every account's credentials.")
        return NOT_APPLICABLE
    found = policy_at(resource, "PolicyDocument")
    if isinstance(found, Unknown):
        return unknown("PolicyDocument is known only at deployment.")
    does = "use the service with any account's credentials" if _is_of(resource, _services(False)) else _WRITES
    return worst((PASSED, *(_judge(statement, does) for statement in found)))


def _judge(statement: Statement, does: str) -> Verdict:
    return judge(
        negate(_allows_everything(statement)),
        f"PolicyDocument lets everyone {does} (statement {statement.name}).",
        unknown_message=f"Statement {statement.name} of PolicyDocument is known only at deployment.",
    )


def _or_unknown(answer: bool, items: Sequence[object]) -> Ternary:
    """Return an answer that what is unknown among ``items`` could turn into yes."""
    return Ternary.UNKNOWN if not answer and any(item is UNKNOWN for item in items) else Ternary.of(answer)


_FIX = Fix(
    template="Each statement of PolicyDocument that lets everyone write everywhere has a Condition such as "
    "{StringEquals: {aws:ResourceAccount: ${AWS::AccountId}}}, or names resources; an endpoint without "
    "PolicyDocument needs one. One of a service without resources of accounts, such as STS, has "
    "aws:PrincipalAccount instead.",
    cdk=tuple(
        f"ec2.{kind}.add_to_policy(iam.PolicyStatement(actions=<the actions>, "
        "principals=[iam.AnyPrincipal()], "
        'resources=["*"], conditions={"StringEquals": {"aws:ResourceAccount": <the account>}}))'
        for kind in ("GatewayVpcEndpoint", "InterfaceVpcEndpoint")
    ),
    constructs=("PrivateVpc", "SharedEndpoints"),
)
# What AWS publishes in buckets of its own, as network/aws_buckets.py names it; without the layers no image is pulled:
# docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
_LAYERS = "prod-${AWS::Region}-starport-layer-bucket for the layers of images in ECR"
_PACKAGES = (
    "al2023-repos-${AWS::Region}-de612dc2 and amazonlinux-2-repos-${AWS::Region} for packages of Amazon Linux",
    "amazon-ssm-${AWS::Region} for the agent of Systems Manager",
)
# What runs images that it pulls through the VPC.
_RUNS_IMAGES = ("AWS::Batch::JobDefinition", "AWS::ECS::Service", "AWS::ECS::TaskDefinition", "AWS::EKS::Cluster")
_OF_ECR = (".ecr.api", ".ecr.dkr")
_OF_PRINCIPALS = "with {{StringEquals: {{aws:PrincipalAccount: ${{AWS::AccountId}}}}}} for its Condition"


def _pulls_images(app: App) -> bool:
    return next(iter(app.of_type(*_RUNS_IMAGES)), None) is not None or any(
        _is_of(one, _OF_ECR) for one in app.of_type(_ENDPOINT)
    )


# Whose endpoints have to let through what AWS's own accounts have, and what beside the statement that is limited.
_OF_AWS = (
    (
        (".s3",),
        "that of S3 has a statement beside it, without the Condition, that allows s3:GetObject alone, on objects of "
        "AWS's own buckets that are read here, such as {buckets}",
    ),
    (
        _OF_ECR,
        f"that of ECR has one beside it, {_OF_PRINCIPALS}, that allows ecr:BatchCheckLayerAvailability, "
        "ecr:BatchGetImage and ecr:GetDownloadUrlForLayer alone, on *, for images of AWS's own accounts, such as the "
        "add-ons of EKS",
    ),
    (
        (".ssm",),
        f"that of Systems Manager has one beside it, {_OF_PRINCIPALS}, that allows ssm:Describe*, ssm:Get* and "
        "ssm:List* alone, on AWS's own documents and parameters, "
        "arn:${{AWS::Partition}}:ssm:${{AWS::Region}}::document/* and .../parameter/aws/*",
    ),
)


def _beside(whose: Sequence[Resource] | None, *, runs_images: bool = True) -> str:
    """Return what endpoints have to let through beside; without them, what any has."""
    buckets = "; ".join((_LAYERS, *_PACKAGES) if runs_images else _PACKAGES)
    said = [
        words.format(buckets=buckets)
        for services, words in _OF_AWS
        if whose is None or any(_is_of(one, services) for one in whose)
    ]
    return f"Of the policies, {'; '.join(said)}." if said else ""


def _tailored(fix: Fix, endpoint: Resource) -> Fix:
    """Return the fix with what all endpoints of the app that need it for the same reason have to let through.

    It is the same words for each of them, so that what is to be done is said once.
    """
    of_data = _is_of(endpoint, _services(True))
    alike = [
        one
        for one in endpoint.template.app.of_type(_ENDPOINT)
        if one is endpoint
        or (_is_of(one, _services(True)) is of_data and _needs_words(one) and check(one).outcome is Outcome.FAILED)
    ]
    return replace(fix, beside=_beside(alike, runs_images=_pulls_images(endpoint.template.app)))


def _needs_words(endpoint: Resource) -> bool:
    return any(_is_of(endpoint, services) for services, _ in _OF_AWS)


RULE = Rule(
    name="EndpointPolicyScoped",
    severity="warning",
    resource_types=(_ENDPOINT,),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Limit the endpoint's policy to the account or organization, or to named resources.",
    fixes=(replace(_FIX, beside=_beside(None), tailor=_tailored),),
    check=check,
)
