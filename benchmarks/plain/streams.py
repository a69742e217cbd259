from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from benchmarks.plain.keys import key
from benchmarks.plain.trail import masked_log_group


def stream(scope: Construct, construct_id: str, *, lake: s3.Bucket) -> kinesis.Stream:
    stream_key = key(scope, f"{construct_id}Key")
    made = kinesis.Stream(
        scope,
        construct_id,
        encryption=kinesis.StreamEncryption.KMS,
        encryption_key=stream_key,
        stream_mode=kinesis.StreamMode.ON_DEMAND,
        retention_period=cdk.Duration.days(7),
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    group = masked_log_group(scope, f"{construct_id}Logs", stream_key)
    log = logs.LogStream(scope, f"{construct_id}LogStream", log_group=group)
    role = iam.Role(scope, f"{construct_id}Role", assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"))
    folders = [lake.arn_for_objects("records/*"), lake.arn_for_objects("failed/*")]
    policy = iam.ManagedPolicy(
        scope,
        f"{construct_id}Policy",
        roles=[role],
        statements=[
            iam.PolicyStatement(actions=actions, resources=resources)
            for actions, resources in (
                (["kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator"], [made.stream_arn]),
                (["kms:Decrypt"], [stream_key.key_arn]),
                (["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], [lake.bucket_arn]),
                (["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], folders),
                (["logs:PutLogEvents"], [f"{group.log_group_arn}:log-stream:{log.log_stream_name}"]),
            )
        ],
    )
    delivery = firehose.CfnDeliveryStream(
        scope,
        f"{construct_id}Delivery",
        delivery_stream_type="KinesisStreamAsSource",
        kinesis_stream_source_configuration=firehose.CfnDeliveryStream.KinesisStreamSourceConfigurationProperty(
            kinesis_stream_arn=made.stream_arn, role_arn=role.role_arn
        ),
        extended_s3_destination_configuration=firehose.CfnDeliveryStream.ExtendedS3DestinationConfigurationProperty(
            bucket_arn=lake.bucket_arn,
            role_arn=role.role_arn,
            prefix="records/",
            error_output_prefix="failed/!{firehose:error-output-type}/",
            compression_format="GZIP",
            cloud_watch_logging_options=firehose.CfnDeliveryStream.CloudWatchLoggingOptionsProperty(
                enabled=True, log_group_name=group.log_group_name, log_stream_name=log.log_stream_name
            ),
        ),
    )
    delivery.node.add_dependency(policy)
    return made
