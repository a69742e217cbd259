"""What the jobs of a clinical store need: a role that the service takes, a bucket, and who may start them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._stacks import account_of, path_of, region_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.primitives.arns import bucket_arn, objects_arn
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.service_trust import of_this_account
from hipaa_constructs.primitives.wildcards import acknowledge_wildcards
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.grants import let_put, let_read


def require_bucket(scope: Construct, bucket: EncryptedBucket | None, backup_plan: ProtectsData | None) -> None:
    """Refuse a store without a bucket that is copied, and a bucket that the service does not reach."""
    if (bucket is None) == (backup_plan is None):
        refuse(
            "backup_plan",
            backup_plan,
            allowed="it takes the plan for the bucket that is made for imports and exports, or a bucket of yours",
            fix="Pass backup_plan=BackupPlan.daily_7_year(…), or bucket=EncryptedBucket(…), which has a copy already.",
        )
    require_here(scope, "bucket", bucket)


def require_here(scope: Construct, argument: str, bucket: EncryptedBucket | None) -> None:
    """Refuse a bucket of another Region, which the service does not reach."""
    if bucket is None:
        return
    here, there = region_of(scope), region_of(bucket)
    if here != there and not is_token(here) and not is_token(there):
        refuse(
            argument,
            f"a bucket in {there}",
            allowed=f"the service reads and writes in its own Region, {here}",
            fix="Pass a bucket of that Region.",
        )


def define_job_role(scope: Construct, construct_id: str, *, service: str, store_arn: str) -> LeastPrivilegeRole:
    """Make a role that ``service`` takes on behalf of one store, or of what a pattern with ``*`` means."""
    compared = "ArnLike" if "*" in store_arn else "ArnEquals"
    return LeastPrivilegeRole(
        scope,
        construct_id,
        assumed_by=of_this_account(
            service,
            scope,
            {"StringEquals": {"aws:SourceAccount": account_of(scope)}, compared: {"aws:SourceArn": store_arn}},
        ),
        description=f"What {service} takes for jobs of {path_of(scope)}",
    )


def grant_objects(
    role: iam.IGrantable, bucket: EncryptedBucket, *, put: str, read: str | None = None, source: str
) -> Sequence[iam.Grant]:
    """Let a job list its bucket, and read and write objects by patterns of names, which nobody knows before it runs."""
    arns = [objects_arn(bucket.bucket, pattern) for pattern in (read, put) if pattern is not None]
    acknowledge_wildcards(
        role,
        *arns,
        reason="The objects of a job are named when it runs. Their bucket and folder are this store's own.",
        source=source,
    )
    if read is None:
        reading: Sequence[iam.Grant] = [to_principal(role, ["s3:ListBucket"], [bucket_arn(bucket.bucket)])]
    else:
        reading = let_read(bucket.bucket, bucket.encryption_key, role, read)
    return [*reading, *let_put(bucket.bucket, bucket.encryption_key, role, put)]


def grant_without_resources(
    scope: Construct,
    grantee: iam.IGrantable,
    actions: Sequence[str],
    *,
    conditions: Mapping[str, Mapping[str, Any]] | None = None,
) -> iam.Grant:
    """Grant actions that know no resource; to a ``LeastPrivilegeRole`` by a policy of its own, that says so."""
    role = grantee.grant_principal
    if not isinstance(role, LeastPrivilegeRole):
        return to_principal(grantee, actions, ["*"], conditions=conditions)
    # One for each who grants, so that none is acknowledged for what another allows.
    policy = role.policy_apart(f"Grants{scope.node.addr[-8:]}")
    if policy.document.is_empty:
        acknowledge_limitation(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            reason="The actions know no resource; where what they write has a place, a condition names it.",
            source="docs.aws.amazon.com/service-authorization/latest/reference/"
            "reference_policies_actions-resources-contextkeys.html",
        )
    return to_principal(policy, actions, ["*"], conditions=conditions)


def grant_jobs(
    grantee: iam.IGrantable, *actions: str, store_arn: str, role: LeastPrivilegeRole, service: str
) -> iam.Grant:
    """Let ``grantee`` start jobs of one store, and hand ``role`` to the service for them."""
    starting = to_principal(grantee, actions, [store_arn])
    return starting.combine(grant_passing(grantee, role, service))


def grant_passing(grantee: iam.IGrantable, role: LeastPrivilegeRole, service: str) -> iam.Grant:
    """Let ``grantee`` hand ``role`` to one service."""
    return to_principal(
        grantee, ["iam:PassRole"], [role.role_arn], conditions={"StringEquals": {"iam:PassedToService": service}}
    )
