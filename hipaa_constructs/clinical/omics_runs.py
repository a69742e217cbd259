"""What runs of HealthOmics need: a role, a cache, and the one log group that the service writes to."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_omics as omics
from constructs import Construct

from hipaa_constructs._stacks import account_of, arn_in, stack_of
from hipaa_constructs.clinical.jobs import define_job_role, grant_objects
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.wildcards import acknowledge_wildcards
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

OMICS = "omics.amazonaws.com"
# docs.aws.amazon.com/omics/latest/dev/monitoring-cloudwatch-logs.html
LOG_GROUP = "/aws/omics/WorkflowLog"
_ROLES = "docs.aws.amazon.com/omics/latest/dev/permissions-service.html"
_CACHE, _RUNS = "run-cache", "runs"


def sources_of(stack: cdk.Stack) -> str:
    """Return the pattern that AWS names for whom HealthOmics takes a role: all of it, in one account and Region.

    Source: docs.aws.amazon.com/omics/latest/dev/cross-service-confused-deputy-prevention.html.
    """
    return f"{arn_in(stack, 'omics', '')}*"


def define_cache(scope: Construct, bucket: EncryptedBucket) -> omics.CfnRunCache:
    """Keep what the tasks of a run came to, where the run failed, in a folder of the bucket."""
    return omics.CfnRunCache(
        scope,
        "RunCache",
        cache_behavior="CACHE_ON_FAILURE",
        cache_bucket_owner_id=account_of(scope),
        cache_s3_location=f"s3://{bucket.bucket.bucket_name}/{_CACHE}/",
    )


def define_log_group(scope: Construct, key: kms.IKey) -> None:
    """Make the log group, before HealthOmics would make it in the clear and for ever."""
    EncryptedLogGroup(scope, "RunLogs", encryption_key=key, log_group_name=LOG_GROUP)


def define_run_role(
    scope: Construct, *, bucket: EncryptedBucket, key: kms.IKey, read: Sequence[str], stores: Sequence[str]
) -> LeastPrivilegeRole:
    """Make the role of runs, which reads stores and bucket, writes two folders and logs, and makes no log group."""
    stack = stack_of(scope)
    role = define_job_role(scope, "RunRole", service=OMICS, store_arn=sources_of(stack))
    grant_objects(role, bucket, read="*", put=f"{_RUNS}/*", source=_ROLES)
    grant_objects(role, bucket, put=f"{_CACHE}/*", source=_ROLES)
    group = arn_in(stack, "logs", f"log-group:{LOG_GROUP}")
    streams = f"{group}:log-stream:*"
    role.allow(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [streams])
    role.allow(read, stores)
    grant_on_key(key, role, "kms:Decrypt")
    acknowledge_wildcards(
        role,
        streams,
        *(arn for arn in stores if arn.endswith("*")),
        reason="HealthOmics names log streams, read sets and references by ids of its own; the wildcards stay within "
        "its log group and these stores.",
        source=_ROLES,
    )
    return role


def let_pull(role: LeastPrivilegeRole, repository: ecr.IRepository) -> None:
    """Let runs take images from a repository of this account, which HealthOmics itself looks into too.

    Source: docs.aws.amazon.com/omics/latest/dev/permissions-ecr.html.
    """
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    role.allow(actions, [repository.repository_arn])
    repository.add_to_resource_policy(
        iam.PolicyStatement(
            sid="HealthOmicsOfThisAccount",
            principals=[iam.ServicePrincipal(OMICS)],
            actions=actions,
            conditions={"StringEquals": {"aws:SourceAccount": account_of(role)}},
        )
    )
