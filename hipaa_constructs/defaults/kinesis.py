"""Amazon Kinesis Data Streams: the stack's key."""

from __future__ import annotations

from aws_cdk import aws_kinesis as kinesis

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
    ]
)
