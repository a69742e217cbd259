"""What a warehouse needs to have there before it: its log groups, and the role by which it copies."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._stacks import path_of
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

# Construct ids are part of the contract; the names of logs are Redshift's.
_LOG_IDS = {"connectionlog": "Connections", "useractivitylog": "Statements", "userlog": "Users"}


def define_logs(scope: Construct, *, namespace: str, key: kms.IKey) -> Construct:
    """Define the log groups that Redshift writes into; it would make them without key and retention.

    Source: docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html.
    """
    group = Construct(scope, "Logs")
    for log, construct_id in _LOG_IDS.items():
        EncryptedLogGroup(group, construct_id, encryption_key=key, log_group_name=f"/aws/redshift/{namespace}/{log}")
    return group


def define_access_role(
    scope: Construct, *, load_from: Sequence[EncryptedBucket], unload_to: Sequence[EncryptedBucket]
) -> LeastPrivilegeRole:
    """Define the role of ``COPY`` and ``UNLOAD``.

    Redshift asks for both names of the service, and documents no condition on the source:
    docs.aws.amazon.com/redshift/latest/mgmt/serverless-security-other-services.html.
    """
    role = LeastPrivilegeRole(
        scope,
        "Role",
        assumed_by=iam.CompositePrincipal(
            iam.ServicePrincipal("redshift.amazonaws.com"), iam.ServicePrincipal("redshift-serverless.amazonaws.com")
        ),
        description=f"What Redshift takes to load and unload {path_of(scope)}",
    )
    for bucket in load_from:
        bucket.grant_read(role)
    for bucket in unload_to:
        bucket.grant_put(role)
    # docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-access-permissions.html
    buckets = list(dict.fromkeys([*load_from, *unload_to]))
    role.allow(["s3:GetBucketLocation", "s3:ListBucket"], [one.bucket.bucket_arn for one in buckets])
    return role
