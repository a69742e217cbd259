"""Amazon Kinesis Data Streams: the stack's key."""

from __future__ import annotations

from aws_cdk import aws_kinesis as kinesis

from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Plain, under_key

_WHY = "Records are under the stack's key."

SERVICE = Service(
    plain=[
        Plain(
            construct=kinesis.Stream,
            props=kinesis.StreamProps,
            resource_type="AWS::Kinesis::Stream",
            settings=[
                *under_key(["StreamEncryption"], lambda: kinesis.StreamEncryption.KMS, _WHY),
            ],
        )
    ],
    raw=[
        Raw(
            construct=kinesis.CfnStream,
            resource_type="AWS::Kinesis::Stream",
            settings=[
                RawSetting(
                    attribute="stream_encryption",
                    property="StreamEncryption",
                    value=lambda session, stream: kinesis.CfnStream.StreamEncryptionProperty(
                        encryption_type="KMS", key_id=session.key(stream).key_arn
                    ),
                    why=_WHY,
                )
            ],
        )
    ],
)
