"""Who may do what in ``JustInTimeAccess``, statement by statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from hipaa_constructs._stacks import account_of, partition_in, region_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.primitives.alert_topic import AlertTopic


@dataclass(frozen=True)
class Right:
    """Actions, and the ARNs they are allowed on."""

    actions: tuple[str, ...]
    arns: tuple[str, ...]
    conditions: Mapping[str, Any] | None = None


def automation(stack: cdk.Stack) -> iam.IPrincipal:
    """Return Systems Manager as it runs automations of this account and Region.

    Not as it takes roles for activations, maintenance windows and the like:
    docs.aws.amazon.com/systems-manager/latest/userguide/cross-service-confused-deputy-prevention.html
    """
    return iam.ServicePrincipal(
        "ssm.amazonaws.com",
        conditions={
            "StringEquals": {"aws:SourceAccount": account_of(stack)},
            "ArnLike": {"aws:SourceArn": _arn(stack, "automation-execution", "*")},
        },
    )


def assigning(
    stack: cdk.Stack, *, instance_arn: str, permission_set_arn: str, account_ids: Sequence[str]
) -> list[Right]:
    """Return what it takes to assign and revoke one permission set.

    docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamidentitycenter.html
    """
    accounts = (f"arn:{partition_in(stack)}:sso:::account/{account}" for account in account_ids)
    return [
        Right(
            ("sso:CreateAccountAssignment", "sso:DeleteAccountAssignment"),
            (instance_arn, permission_set_arn, *accounts),
        ),
        Right(
            ("sso:DescribeAccountAssignmentCreationStatus", "sso:DescribeAccountAssignmentDeletionStatus"),
            (instance_arn,),
        ),
    ]


def telling(topic: AlertTopic) -> list[Right]:
    """Return what it takes to publish: docs.aws.amazon.com/sns/latest/dg/sns-key-management.html."""
    return [
        Right(("sns:Publish",), (topic.topic.topic_arn,)),
        Right(("kms:Decrypt", "kms:GenerateDataKey"), (topic.encryption_key.key_arn,)),
    ]


def starting(stack: cdk.Stack, runbook: ssm.CfnDocument, role_arn: str) -> list[Right]:
    """Return what it takes to start one runbook, by each kind of ARN that AWS checks, and to pass its role.

    docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-identity-based-policies.html
    """
    return [
        Right(
            ("ssm:StartAutomationExecution",),
            (
                _arn(stack, "document", runbook.ref),
                f"{_arn(stack, 'automation-definition', runbook.ref)}:*",
                _arn(stack, "automation-execution", "*"),
            ),
        ),
        Right(("iam:PassRole",), (role_arn,), {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}}),
    ]


def following(stack: cdk.Stack, *actions: str) -> list[Right]:
    """Return what it takes to look into executions, and further actions on them."""
    looking = ("ssm:DescribeAutomationStepExecutions", "ssm:GetAutomationExecution")
    return [Right((*actions, *looking), (_arn(stack, "automation-execution", "*"),))]


def define_policy(scope: Construct, name: str, *, roles: Sequence[iam.IRole], rights: Sequence[Right]) -> None:
    """Give rights to roles, by a managed policy of their own."""
    policy = iam.ManagedPolicy(
        scope,
        name,
        roles=list(roles),
        description=f"{name} of {scope.node.path}",
        statements=[
            iam.PolicyStatement(actions=list(right.actions), resources=list(right.arns), conditions=right.conditions)
            for right in rights
        ],
    )
    patterns = dict.fromkeys(arn for right in rights for arn in right.arns if arn.endswith("*"))
    for finding in wildcard_ids(scope, *patterns):
        acknowledge_limitation(
            policy,
            finding,
            reason="An execution gets its id when it starts, and a runbook its version when it is written; both are "
            "held to this account and Region. Whose approval counts is in the runbook.",
            source="docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html",
        )


def _arn(stack: cdk.Stack, kind: str, name: str) -> str:
    return f"arn:{partition_in(stack)}:ssm:{region_of(stack)}:{account_of(stack)}:{kind}/{name}"
