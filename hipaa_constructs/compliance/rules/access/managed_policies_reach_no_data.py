"""No identity is given a managed policy of AWS's that reaches all data of the account.

AWS writes its policies for everybody, so that many allow their actions on every resource; which data actions each
allows so stands in ``catalogue/managed_policies.json``, read out of the policies themselves. Compliant: the
organization's own policies, and those of AWS's that reach no data. Non-compliant: a policy that reads, writes or
queries data, or mounts file systems, on every resource; as a warning, one that reads queues and streams, publishes
for devices, calls functions and APIs, begins tasks and jobs, or manages Glue, and nothing else; an EMR cluster with the
roles that EMR makes by itself, which have such policies
(docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-roles-defaultroles.html). Unknown: an ARN that only deployment
tells. Not applicable: an identity without managed policies; those of full access are GrantsBounded's; clusters with
other roles, which are judged themselves; what AWS SAM gives the role of a function by itself, so that it reads the
queue or stream of its event, whether the template names it or not
(docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, is_one_of, is_present
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.facts.made_by_sam import added_by_sam
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, listed, unknown, worst
from hipaa_constructs.iam.managed import HOLDERS_OF_MANAGED, managed_by_aws

# What a queue or stream holds passes through it, and what a function, an API, a task or a job does is its own to limit.
_LESSER = frozenset(
    {
        "appsync:GraphQL",
        "batch:SubmitJob",
        "dynamodb:GetRecords",
        "ecs:RunTask",
        "execute-api:Invoke",
        "glue:*",
        "iot:Publish",
        "iot:Receive",
        "iot:Subscribe",
        "kinesis:GetRecords",
        "lambda:InvokeFunction",
        "sqs:ReceiveMessage",
    }
)


@cache
def _reaching() -> Mapping[str, Sequence[str]]:
    policies = read("managed_policies.json")["policies"]
    return {name: policy["actions"] for name, policy in policies.items()}


_CLUSTER = "AWS::EMR::Cluster"
# Where a cluster names its roles, what those are called that EMR makes by itself, and what they are given.
_DEFAULT_ROLES = {
    "JobFlowRole": ("EMR_EC2_DefaultRole", "AmazonElasticMapReduceforEC2Role"),
    "ServiceRole": ("EMR_DefaultRole", "AmazonElasticMapReduceRole"),
}


def _cluster(cluster: Resource) -> Iterator[Verdict]:
    for path, (role, policy) in _DEFAULT_ROLES.items():
        if cluster.get(path) is not None and is_one_of(cluster.get(path), role) is Ternary.YES:
            yield failed(
                f"{path} is {role}, whose AWS managed policy {policy} allows {listed(_reaching()[policy])} on every "
                "resource.",
                severity="warning",
            )


def _named(identity: Resource) -> Iterator[str | Unknown]:
    """Yield the managed policies that an identity is given, but those that AWS SAM adds whatever is written."""
    added = added_by_sam(identity)
    return (name for name in managed_by_aws(identity) if isinstance(name, Unknown) or name not in added)


def reached_by(identity: Resource) -> Sequence[str]:
    """Return what the managed policies of an identity let it do with data on every resource."""
    names = (name for name in _named(identity) if not isinstance(name, Unknown))
    return [action for name in names for action in _reaching().get(name, ())]


def _judge(resource: Resource) -> Iterator[Verdict]:
    for name in _named(resource):
        if isinstance(name, Unknown):
            yield unknown("A managed policy is known only at deployment.")
        elif actions := _reaching().get(name):
            lesser = _LESSER.issuperset(actions)
            yield failed(
                f"The AWS managed policy {name} allows {listed(actions)} on every resource.",
                severity="warning" if lesser else None,
                inner=(name,),
            )


# docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html
_CORE, _FOR_SSM = "AmazonSSMManagedInstanceCore", "AmazonEC2RoleforSSM"


def _is_for_systems_manager(role: Resource) -> bool:
    """Whether the older policy for Systems Manager is the one that reaches data, so that there is one that does not."""
    names = [name for name in managed_by_aws(role) if isinstance(name, str) and name in _reaching()]
    return names == [_FOR_SSM]


def check(resource: Resource) -> Verdict:
    if resource.type == _CLUSTER:
        return worst((NOT_APPLICABLE, *_cluster(resource)))
    path = HOLDERS_OF_MANAGED[resource.type].removesuffix("[]")
    if is_present(resource.get(path)) is Ternary.NO:
        return NOT_APPLICABLE
    return worst((PASSED, *_judge(resource)))


RULE = Rule(
    name="ManagedPoliciesReachNoData",
    severity="error",
    resource_types=(*HOLDERS_OF_MANAGED, _CLUSTER),
    controls=(
        "164.308(a)(3)(i)",
        "164.308(a)(3)(ii)(A)",
        "164.308(a)(4)(i)",
        "164.308(a)(4)(ii)(B)",
        "164.308(a)(4)(ii)(C)",
        "164.312(a)(1)",
    ),
    fix="Write a policy that names the buckets, tables, secrets and queues; for Systems Manager on instances take "
    "AmazonSSMManagedInstanceCore.",
    fixes=(
        Fix(
            tuple(kind for kind in HOLDERS_OF_MANAGED if kind == "AWS::IAM::Role"),
            beside=f"Give {_CORE} in place of {_FOR_SSM}, and name in an AWS::IAM::ManagedPolicy the buckets and log "
            "groups that the role needs beyond Systems Manager.",
            cdk=(f'iam.ManagedPolicy.from_aws_managed_policy_name("{_CORE}")',),
            when=_is_for_systems_manager,
        ),
        Fix(
            tuple(kind for kind in HOLDERS_OF_MANAGED if kind == "AWS::IAM::Role"),
            template="Leave the policy out, and name in an AWS::IAM::ManagedPolicy what the role needs.",
            cdk=("iam.Role(managed_policies=[<an iam.ManagedPolicy that names what the role needs>])",),
            constructs=("LeastPrivilegeRole",),
        ),
        Fix(
            (_CLUSTER,),
            beside="JobFlowRole and ServiceRole name roles of the app: on the instances with what the jobs need, and "
            "for EMR with AmazonEMRServicePolicy_v2.",
        ),
        Fix(beside="Leave the policy out, and name in an AWS::IAM::ManagedPolicy what the identity needs."),
    ),
    check=check,
)
