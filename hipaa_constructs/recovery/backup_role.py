from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.identity.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.recovery.permissions import Statement


def define_backup_role(
    scope: Construct, construct_id: str, *, description: str, policies: Mapping[str, list[Statement]]
) -> LeastPrivilegeRole:
    """Make a role for AWS Backup with ``policies``, each a managed policy of its own.

    The trust policy names the service alone: AWS documents no source condition for it, and a role that a backup job
    cannot assume means no backups. Only principals of this account who may pass the role can have it used.
    What is granted to the role afterwards goes to policies of its own, which no acknowledgement covers.
    """
    managed = []
    for name, statements in policies.items():
        policy = iam.ManagedPolicy(
            scope,
            name,
            document=iam.PolicyDocument.from_json({"Version": "2012-10-17", "Statement": statements}),
            description=f"Granted to AWS Backup by {scope.node.path}",
        )
        _acknowledge_patterns(policy, statements)
        managed.append(policy)
    return LeastPrivilegeRole(
        scope,
        construct_id,
        assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
        description=description,
        managed_policies=managed,
    )


def _acknowledge_patterns(policy: iam.ManagedPolicy, statements: Sequence[Statement]) -> None:
    """Acknowledge each pattern by itself, so that none can be added unseen."""
    resource = policy.node.default_child
    assert resource is not None
    arns = {arn: None for statement in statements for arn in statement["Resource"] if "*" in arn}
    acknowledge_limitation(
        resource,
        *(f"AwsSolutions-IAM5[Resource::{_flattened(arn)}]" for arn in cdk.Stack.of(policy).resolve(list(arns))),
        reason="AWS Backup works on stores that are selected by tag or added after the role, under names that "
        "it makes itself (snapshots, restored resources), and by list and describe calls that take no resource. "
        "Patterns are held to this account and the Regions of the plan.",
        source="docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html",
    )


def _flattened(value: Any) -> str:
    """Write a resolved ARN as cdk-nag names it: references in angle brackets."""
    if isinstance(value, str):
        return value
    if "Ref" in value:
        return f"<{value['Ref']}>"
    separator, parts = value["Fn::Join"]
    return str(separator).join(_flattened(part) for part in parts)
