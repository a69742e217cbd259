"""AWS Config's recorder and its delivery channel, of which a Region of an account has one each."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_config as config
from constructs import Construct

from hipaa_constructs._stacks import arn_in

_CONFIG_ROLE = "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


def define_recording(
    scope: Construct,
    *,
    bucket_name: str,
    key_arn: str | None = None,
    global_resources: bool | cdk.IResolvable = True,
) -> tuple[config.CfnConfigurationRecorder, config.CfnDeliveryChannel]:
    """Define both without an order: CloudFormation ends the one only once the other is there.

    Whoever calls it has them wait for Config's service-linked role, which ``AccountBaseline`` makes.

    :param key_arn: the key of the files; none where the bucket is another account's, whose default key S3 then uses.
    :param global_resources: whether IAM is recorded here, which one Region of an account does.
    """
    recorder = config.CfnConfigurationRecorder(
        scope,
        "Recorder",
        role_arn=arn_in(scope, "iam", f"role/{_CONFIG_ROLE}", region=""),
        recording_group=config.CfnConfigurationRecorder.RecordingGroupProperty(
            all_supported=True, include_global_resource_types=global_resources
        ),
    )
    channel = config.CfnDeliveryChannel(
        scope,
        "Channel",
        s3_bucket_name=bucket_name,
        s3_kms_key_arn=key_arn,
        config_snapshot_delivery_properties=config.CfnDeliveryChannel.ConfigSnapshotDeliveryPropertiesProperty(
            delivery_frequency="TwentyFour_Hours"
        ),
    )
    return recorder, channel
