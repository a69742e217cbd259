"""Where SQL Server and Db2 put the files of their audits: a bucket, and the role by which RDS writes to it."""

from __future__ import annotations

import dataclasses

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._stacks import account_of, arn_in, path_of, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

_SOURCE = "docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.SQLServer.Options.Audit.IAM.html"


@dataclasses.dataclass(frozen=True, kw_only=True)
class AuditFiles:
    """A bucket of its own, so that nobody else's objects are in reach of the role."""

    bucket: EncryptedBucket
    role: LeastPrivilegeRole


def define_audit_files(scope: Construct, *, key: kms.IKey, backup_plan: ProtectsData, identifier: str) -> AuditFiles:
    """Define both. No Object Lock: RDS takes no bucket with it; versions are kept seven years all the same.

    Sources: Appendix.SQLServer.Options.Audit.S3bucket.html and …IAM.html, Db2.Options.Audit.html below
    docs.aws.amazon.com/AmazonRDS/latest/UserGuide.
    """
    bucket = EncryptedBucket(scope, "AuditFiles", encryption_key=key, backup_plan=backup_plan)
    stack = stack_of(scope)
    # RDS tries the role for the option group first, whose name CloudFormation makes.
    sources = [arn_in(stack, "rds", f"{kind}:{name}") for kind, name in (("db", identifier), ("og", "*"))]
    role = LeastPrivilegeRole(
        scope,
        "AuditRole",
        assumed_by=iam.ServicePrincipal(
            "rds.amazonaws.com",
            conditions={
                "StringEquals": {"aws:SourceAccount": account_of(stack)},
                "ArnLike": {"aws:SourceArn": sources},
            },
        ),
        description=f"Writes the audit files of {path_of(scope)}",
    )
    objects = bucket.bucket.arn_for_objects("*")
    for actions, resource in (
        (["s3:ListAllMyBuckets"], "*"),
        (["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:ListBucket"], bucket.bucket.bucket_arn),
        (["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"], objects),
        (["kms:Decrypt", "kms:GenerateDataKey"], key.key_arn),
    ):
        role.allow(actions, [resource])
    acknowledge_limitation(
        role.node.find_child("Policy1"),
        *wildcard_ids(stack, "*", objects),
        reason="RDS looks for the bucket among all of the account's, which takes no resource, and names the files "
        "itself; the bucket holds nothing else.",
        source=_SOURCE,
    )
    return AuditFiles(bucket=bucket, role=role)
