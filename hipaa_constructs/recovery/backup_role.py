from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._stacks import path_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
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
            description=f"Granted to AWS Backup by {path_of(scope)}",
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
    resource = policy.node.default_child
    assert resource is not None
    arns = dict.fromkeys(arn for statement in statements for arn in statement["Resource"] if "*" in arn)
    acknowledge_limitation(
        resource,
        *wildcard_ids(policy, *arns),
        reason="AWS Backup works on stores that are selected by tag or added after the role, under names that "
        "it makes itself (snapshots, restored resources), and by list and describe calls that take no resource. "
        "Patterns are held to this account and the Regions of the plan.",
        source="docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html",
    )
