"""Amazon Data Firehose: what waits for delivery is under the stack's key.

Firehose gets a grant on the key from whoever makes the stream, so that nobody who writes needs leave of the key:
docs.aws.amazon.com/firehose/latest/dev/encryption.html. A stream that reads from Kinesis keeps nothing itself.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_kinesisfirehose as firehose

from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Plain, Setting

_TYPE = "AWS::KinesisFirehose::DeliveryStream"
_WHY = "Records that wait for delivery are under the stack's key."


def _input(session: Session, stream: Any) -> Any:
    return firehose.CfnDeliveryStream.DeliveryStreamEncryptionConfigurationInputProperty(
        key_type="CUSTOMER_MANAGED_CMK", key_arn=session.key(stream).key_arn
    )


SERVICE = Service(
    plain=[
        Plain(
            construct=firehose.DeliveryStream,
            props=firehose.DeliveryStreamProps,
            resource_type=_TYPE,
            settings=[
                Setting(
                    argument="encryption",
                    properties=["DeliveryStreamEncryptionConfigurationInput"],
                    value=lambda made: firehose.StreamEncryption.customer_managed_key(made.key),
                    unless=["source"],
                    why=_WHY,
                )
            ],
        )
    ],
    raw=[
        Raw(
            construct=firehose.CfnDeliveryStream,
            resource_type=_TYPE,
            settings=[
                RawSetting(
                    attribute="delivery_stream_encryption_configuration_input",
                    property="DeliveryStreamEncryptionConfigurationInput",
                    value=_input,
                    when=lambda stream: stream.delivery_stream_type in (None, "DirectPut"),
                    why=_WHY,
                )
            ],
        )
    ],
)
