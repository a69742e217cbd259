"""Delivery of a stream's records into a bucket, by Amazon Data Firehose."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._names import KEPT
from hipaa_constructs._stacks import arn_in, path_of
from hipaa_constructs.primitives.arns import bucket_arn, key_arn, objects_arn
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.object_protocol import KeepsObjects
from hipaa_constructs.primitives.wildcards import acknowledge_wildcards

_FAILED = "failed/"
_ACCESS = "docs.aws.amazon.com/firehose/latest/dev/controlling-access.html"


def require_prefix(prefix: str) -> None:
    """Refuse a prefix by which Firehose could not be held to a folder of the bucket."""
    folder = "" if is_token(prefix) else _folder(prefix)
    # docs.aws.amazon.com/firehose/latest/APIReference/API_ExtendedS3DestinationConfiguration.html
    if not folder.strip("/") or folder.startswith(_FAILED) or len(prefix) > 1024:
        refuse(
            "data_output_prefix",
            prefix,
            allowed=f"it begins with a folder that is known at synth and is not {_FAILED!r}, where goes what could "
            "not be delivered, and has at most 1024 characters",
            fix="Write one such as 'claims/', or 'claims/!{timestamp:yyyy/MM/dd}/'.",
        )


def define_delivery(
    scope: Construct,
    construct_id: str,
    *,
    stream: kinesis.IStream,
    stream_key: kms.IKey,
    to: KeepsObjects,
    data_output_prefix: str,
) -> firehose.CfnDeliveryStream:
    """Define the delivery stream in ``scope``, with its role and its log."""
    group = EncryptedLogGroup(scope, "Log", encryption_key=stream_key).log_group
    log = logs.LogStream(scope, "LogStream", log_group=group, removal_policy=KEPT)
    role = LeastPrivilegeRole(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"),
        description=f"What Firehose takes to deliver {path_of(scope)}",
    )
    log_arn = arn_in(scope, "logs", f"log-group:{group.log_group_name}:log-stream:{log.log_stream_name}")
    granted = (
        stream.grant_read(role)
        .combine(_grant_objects(role, to, folder=_folder(data_output_prefix)))
        .combine(to_principal(role, ["logs:PutLogEvents"], [log_arn]))
    )
    delivery = firehose.CfnDeliveryStream(
        scope,
        construct_id,
        # What is read from a data stream is encrypted as that is: Firehose takes no key of its own for it.
        # docs.aws.amazon.com/firehose/latest/dev/encryption.html
        delivery_stream_type="KinesisStreamAsSource",
        kinesis_stream_source_configuration=firehose.CfnDeliveryStream.KinesisStreamSourceConfigurationProperty(
            kinesis_stream_arn=stream.stream_arn, role_arn=role.role_arn
        ),
        extended_s3_destination_configuration=firehose.CfnDeliveryStream.ExtendedS3DestinationConfigurationProperty(
            bucket_arn=bucket_arn(to.bucket),
            role_arn=role.role_arn,
            prefix=data_output_prefix,
            error_output_prefix=f"{_FAILED}!{{firehose:error-output-type}}/!{{timestamp:yyyy/MM/dd}}/",
            compression_format="GZIP",
            encryption_configuration=firehose.CfnDeliveryStream.EncryptionConfigurationProperty(
                kms_encryption_config=firehose.CfnDeliveryStream.KMSEncryptionConfigProperty(
                    awskms_key_arn=key_arn(to.encryption_key)
                )
            ),
            cloud_watch_logging_options=firehose.CfnDeliveryStream.CloudWatchLoggingOptionsProperty(
                enabled=True, log_group_name=group.log_group_name, log_stream_name=log.log_stream_name
            ),
        ),
    )
    # Firehose tries what the role may do when the delivery stream is made.
    granted.apply_before(delivery)
    return delivery


def _grant_objects(role: LeastPrivilegeRole, to: KeepsObjects, *, folder: str) -> iam.Grant:
    bucket = to.bucket
    objects = [objects_arn(bucket, f"{folder}*"), objects_arn(bucket, f"{_FAILED}*")]
    acknowledge_wildcards(
        role,
        *objects,
        reason="Firehose names each object by the time of its delivery. Bucket and folders are those of this stream.",
        source=_ACCESS,
    )
    listing = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    writing = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    return (
        to_principal(role, listing, [bucket_arn(bucket)])
        .combine(to_principal(role, writing, objects))
        .combine(grant_on_key(to.encryption_key, role, "kms:Decrypt", "kms:GenerateDataKey"))
    )


def _folder(prefix: str) -> str:
    """Return what stands before the first expression."""
    return prefix.partition("!{")[0]
