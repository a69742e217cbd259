"""API Gateway keeps logging after a stack is deleted.

In each Region, an account has one role with which API Gateway writes the logs of every API. Deleting the setting leaves
the role's name in place, so all logging stops when the role is deleted
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-account.html). Compliant: the
role and its policies outlive their stack, as those of the CDK do. Non-compliant: one of them is deleted with it.
Unknown: a policy that only deployment can tell. Not applicable: no role, or one outside the app.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_one_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, worst

_KEPT = ("Retain", "RetainExceptOnCreate")
_ROLE = "AWS::IAM::Role"


def _verdicts(resource: Resource) -> Iterator[Verdict]:
    for name, policy in (
        ("DeletionPolicy", resource.deletion_policy),
        ("UpdateReplacePolicy", resource.update_replace_policy),
    ):
        yield judge(
            is_one_of(policy, *_KEPT),
            f"{name} of {resource.logical_id}, which API Gateway needs to log, does not keep it.",
        )


def check(resource: Resource) -> Verdict:
    app = resource.template.app
    role = resource.template.target(resource.get("CloudWatchRoleArn"), _ROLE)
    if role is None:
        return NOT_APPLICABLE
    policies = app.referring(role, "AWS::IAM::ManagedPolicy", "Roles")
    return worst(verdict for one in (role, *policies) for verdict in _verdicts(one))


RULE = Rule(
    name="ApiLoggingKept",
    severity="warning",
    resource_types=("AWS::ApiGateway::Account",),
    controls=("164.312(b)",),
    fix="Keep the role with which API Gateway logs, and its policies, when the stack is deleted.",
    fixes=(
        Fix(
            template="The AWS::IAM::Role in CloudWatchRoleArn, and each AWS::IAM::ManagedPolicy that names it in "
            "Roles, has DeletionPolicy: Retain and UpdateReplacePolicy: Retain.",
            cdk=(
                "apigateway.RestApi(cloud_watch_role=True, cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN)",
            ),
            constructs=("PrivateApi",),
        ),
    ),
    check=check,
)
