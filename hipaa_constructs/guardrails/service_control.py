"""What no role in a member account may do: the statements of the service control policies.

The condition keys are those of docs.aws.amazon.com/service-authorization/latest/reference; try the policies on a test
account first, for a key that a service does not send makes a denial that never or always holds. Roles linked to
services are outside every service control policy, and so is the management account:
docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html.
"""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.compliance.controls import read
from hipaa_constructs.guardrails.data_protection import encryption, publicity
from hipaa_constructs.guardrails.kept_controls import controls
from hipaa_constructs.guardrails.statements import OF_AWS, Exemptions, Statement, deny, unless


def eligible_services(additional: Sequence[str]) -> list[Statement]:
    """Deny every service that AWS does not list as HIPAA-eligible, by the dated catalogue.

    Parts of a listed service that have a prefix of their own are let through: the gate's EligibleService still warns
    of those whose own standing AWS has not stated.
    """
    catalogue = read("iam_prefixes.json")
    prefixes = sorted({*catalogue["prefixes"], *catalogue["parts"], *catalogue["tools"], *additional})
    return [
        {
            "Sid": "OnlyEligibleServices",
            "Effect": "Deny",
            "NotAction": [f"{prefix}:*" for prefix in prefixes],
            "Resource": "*",
        }
    ]


def statements(regions: Sequence[str], exempt: Exemptions, stacks: Sequence[str] = ()) -> list[Statement]:
    """Return every other statement; ``stacks`` are names of those that hold the controls."""
    return [
        *_account(exempt),
        *_stacks(stacks, exempt),
        *controls(exempt),
        *encryption(),
        *publicity(exempt),
        _regions(regions, exempt),
    ]


def _account(exempt: Exemptions) -> list[Statement]:
    return [
        # Sessions of centralized root access carry aws:AssumedRoot; they come from the management account, for one
        # task each. docs.aws.amazon.com/controltower/latest/controlreference/elective-preventive-controls.html
        deny(
            "NoRootUser",
            ["*"],
            {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}, "Null": {"aws:AssumedRoot": "true"}},
        ),
        deny("StayInOrganization", ["organizations:LeaveOrganization", "account:CloseAccount"]),
        # Whoever could make a role of an exempt name would be exempt.
        deny(
            "ProtectExemptRoles",
            [
                "iam:AttachRolePolicy",
                "iam:CreateRole",
                "iam:DeleteRole",
                "iam:DeleteRolePermissionsBoundary",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
            ],
            exempt.for_making_roles(),
            exempt.role_arns(),
        ),
        # And so would whoever could have such a role do something: by handing it to a service,
        deny("PassNoExemptRole", ["iam:PassRole"], exempt.for_passing(), exempt.role_arns()),
        # by changing what it may do, or by changing or calling what runs under it.
        deny(
            "ProtectExemptWork",
            [
                "iam:CreatePolicyVersion",
                "iam:DeletePolicy*",
                "iam:SetDefaultPolicyVersion",
                "lambda:AddPermission",
                "lambda:CreateEventSourceMapping",
                "lambda:CreateFunctionUrlConfig",
                "lambda:DeleteFunction",
                "lambda:Invoke*",
                "lambda:UpdateFunction*",
                "ssm:DeleteDocument",
                "ssm:ModifyDocumentPermission",
                "ssm:UpdateDocument*",
            ],
            exempt.for_making_roles(),
            exempt.work_arns(),
        ),
    ]


def _stacks(names: Sequence[str], exempt: Exemptions) -> list[Statement]:
    """Keep stacks to those who deploy: CloudFormation acts by a stack's role for whoever may update or delete it.

    Source: docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html.
    """
    if not names:
        return []
    actions = ("CreateChangeSet", "DeleteStack", "ExecuteChangeSet", "RollbackStack", "UpdateStack")
    return [
        deny(
            "ProtectStacks",
            [f"cloudformation:{action}" for action in actions],
            exempt.for_passing(),
            [f"arn:*:cloudformation:*:*:stack/{name}/*" for name in names],
        )
    ]


# Services of one endpoint for all Regions, after AWS's example of this policy:
# docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html
_GLOBAL_ACTIONS = (
    "account:*",
    "acm:*",
    "artifact:*",
    "aws-portal:*",
    "billing:*",
    "budgets:*",
    "ce:*",
    "cloudfront:*",
    "cur:*",
    "directconnect:*",
    "ec2:DescribeRegions",
    "fms:*",
    "globalaccelerator:*",
    "health:*",
    "iam:*",
    "organizations:*",
    "pricing:*",
    "route53-recovery-control-config:*",
    "route53-recovery-readiness:*",
    "route53:*",
    "route53domains:*",
    "s3:GetAccountPublicAccessBlock",
    "s3:ListAllMyBuckets",
    "s3:PutAccountPublicAccessBlock",
    "shield:*",
    "sts:*",
    "support:*",
    "supportplans:*",
    "trustedadvisor:*",
    "waf-regional:*",
    "waf:*",
    "wafv2:*",
)


def _regions(regions: Sequence[str], exempt: Exemptions) -> Statement:
    return {
        "Sid": "OnlyAllowedRegions",
        "Effect": "Deny",
        "NotAction": list(_GLOBAL_ACTIONS),
        "Resource": "*",
        # A disaster may leave no allowed Region to restore in, and Control Tower governs Regions of its own.
        "Condition": {
            "StringNotEquals": {"aws:RequestedRegion": sorted(regions)},
            **unless([*exempt.emergency, *OF_AWS]),
        },
    }
