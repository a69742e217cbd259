"""Identity policies name the services for which they allow linked roles.

A service-linked role lets its service act in the account with rights that AWS gives it
(docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html, which shows both forms).

Compliant: ``iam:CreateServiceLinkedRole`` names the service, by the role's ARN or by a condition on
``iam:AWSServiceName``, or has another condition that can fail. Non-compliant: it stands on every role, or on all
service-linked ones, without one. Not applicable: permissions boundaries, and what denies.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.grants import judge_wide_grants
from hipaa_constructs.compliance.facts.policy_fixes import identity_fixes
from hipaa_constructs.compliance.rule import Rule, Verdict
from hipaa_constructs.iam.grants import IDENTITY_TYPES

_ACTIONS = ("iam:CreateServiceLinkedRole",)
_KINDS = {"iam": ("role/*", "role/aws-service-role/*", "role/aws-service-role/*/*")}


def check(resource: Resource) -> Verdict:
    return judge_wide_grants(resource, _ACTIONS, _KINDS)


RULE = Rule(
    name="ServiceLinkedRolesNamed",
    severity="warning",
    resource_types=IDENTITY_TYPES,
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    fix="Name the service for which a linked role may be made.",
    fixes=identity_fixes(
        "name arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/<the service>/* in "
        "Resource, or add a Condition {StringEquals: {iam:AWSServiceName: <the service>}}",
        'actions=["iam:CreateServiceLinkedRole"], resources=[<the ARN>], '
        'conditions={"StringEquals": {"iam:AWSServiceName": <the service>}}',
    ),
    check=check,
)
