from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from benchmarks.plain.buckets import deny, kept_logs, notify_backups
from benchmarks.plain.keys import allow_logs, allow_service, key
from hipaa_constructs.primitives.encrypted_log_group import PHI_IDENTIFIERS

_SERVICE = "cloudtrail.amazonaws.com"


def audit_trail(scope: Construct, construct_id: str, *, access_logs: s3.Bucket) -> s3.Bucket:
    stack = cdk.Stack.of(scope)
    arn = f"arn:{stack.partition}:cloudtrail:{stack.region}:{stack.account}:trail/{construct_id}"
    arns = [arn, f"{arn}Data"]
    trail_key = key(scope, f"{construct_id}Key")
    context = {
        "kms:EncryptionContext:aws:cloudtrail:arn": f"arn:{stack.partition}:cloudtrail:*:{stack.account}:trail/*"
    }
    for one in arns:
        source = {"StringEquals": {"aws:SourceArn": one}}
        allow_service(trail_key, _SERVICE, source, ["kms:DescribeKey", "kms:Decrypt"])
        allow_service(trail_key, _SERVICE, {**source, "StringLike": context}, ["kms:GenerateDataKey*"])
    bucket = _bucket(scope, f"{construct_id}Bucket", trail_key, access_logs, arns)
    log_group = masked_log_group(scope, f"{construct_id}LogGroup", trail_key)
    topic = _topic(scope, f"{construct_id}Notices", trail_key, arn)
    role = _role(scope, construct_id, log_group)
    destination = s3.Bucket.from_bucket_name(scope, f"{construct_id}Destination", bucket.bucket_name)
    trail = cloudtrail.Trail(
        scope,
        construct_id,
        trail_name=construct_id,
        bucket=destination,
        encryption_key=trail_key,
        is_multi_region_trail=True,
        include_global_service_events=True,
        enable_file_validation=True,
        management_events=cloudtrail.ReadWriteType.ALL,
        insight_types=[cloudtrail.InsightType.API_CALL_RATE, cloudtrail.InsightType.API_ERROR_RATE],
    )
    resource = cast("cloudtrail.CfnTrail", trail.node.default_child)
    resource.cloud_watch_logs_log_group_arn = log_group.log_group_arn
    resource.cloud_watch_logs_role_arn = role.role_arn
    resource.sns_topic_name = topic.topic_name
    data_trail = cloudtrail.Trail(
        scope,
        f"{construct_id}Data",
        trail_name=f"{construct_id}Data",
        bucket=destination,
        encryption_key=trail_key,
        is_multi_region_trail=True,
        include_global_service_events=True,
        enable_file_validation=True,
    )
    services = {"AWS::S3::Object": "s3", "AWS::Lambda::Function": "lambda", "AWS::DynamoDB::Table": "dynamodb"}
    cast("cloudtrail.CfnTrail", data_trail.node.default_child).event_selectors = [
        cloudtrail.CfnTrail.EventSelectorProperty(
            include_management_events=False,
            data_resources=[
                cloudtrail.CfnTrail.DataResourceProperty(type=name, values=[f"arn:{stack.partition}:{service}"])
                for name, service in services.items()
            ],
        )
    ]
    for made in (trail, data_trail):
        made.node.add_dependency(cast("s3.BucketPolicy", bucket.policy))
    return bucket


def _bucket(
    scope: Construct, construct_id: str, of: kms.Key, access_logs: s3.Bucket, trail_arns: list[str]
) -> s3.Bucket:
    bucket = s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=of,
        bucket_key_enabled=False,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        versioned=True,
        object_lock_default_retention=s3.ObjectLockRetention.governance(cdk.Duration.days(2557)),
        lifecycle_rules=kept_logs(2557),
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix=f"{construct_id}/",
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    notify_backups(bucket)
    deny(bucket, "DenyOtherWriters", ["s3:PutObject"], {"StringNotEquals": {"aws:PrincipalServiceName": _SERVICE}})
    deny(bucket, "DenyDeletion", ["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"])
    source = {"aws:SourceArn": trail_arns}
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="TrailAclCheck",
            principals=[iam.ServicePrincipal(_SERVICE)],
            actions=["s3:GetBucketAcl"],
            resources=[bucket.bucket_arn],
            conditions={"StringEquals": source},
        )
    )
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="TrailWrite",
            principals=[iam.ServicePrincipal(_SERVICE)],
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects(f"AWSLogs/{cdk.Stack.of(scope).account}/*")],
            conditions={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **source}},
        )
    )
    cast("s3.BucketPolicy", bucket.policy).apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    return bucket


def masked_log_group(scope: Construct, construct_id: str, of: kms.Key) -> logs.LogGroup:
    allow_logs(of)
    return logs.LogGroup(
        scope,
        construct_id,
        encryption_key=of,
        retention=logs.RetentionDays.SEVEN_YEARS,
        removal_policy=cdk.RemovalPolicy.RETAIN,
        data_protection_policy=logs.DataProtectionPolicy(
            name="mask-phi", identifiers=[logs.DataIdentifier(name) for name in PHI_IDENTIFIERS]
        ),
    )


def _topic(scope: Construct, construct_id: str, of: kms.Key, source_arn: str) -> sns.Topic:
    topic = sns.Topic(scope, construct_id, master_key=of, enforce_ssl=True)
    stack = cdk.Stack.of(scope)
    topics = f"arn:{stack.partition}:sns:{stack.region}:{stack.account}:*"
    context = {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": topics}}
    allow_service(of, _SERVICE, context, ["kms:Decrypt", "kms:GenerateDataKey*"])
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(_SERVICE)],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"ArnLike": {"aws:SourceArn": source_arn}},
        )
    )
    return topic


def _role(scope: Construct, construct_id: str, log_group: logs.LogGroup) -> iam.Role:
    role = iam.Role(
        scope, f"{construct_id}LogsRole", assumed_by=iam.ServicePrincipal(_SERVICE), description="Delivers the trail"
    )
    iam.ManagedPolicy(
        scope,
        f"{construct_id}LogsPolicy",
        roles=[role],
        description="Lets the trail be delivered",
        statements=[
            iam.PolicyStatement(
                sid="Deliver",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[log_group.log_group_arn],
            )
        ],
    )
    return role
