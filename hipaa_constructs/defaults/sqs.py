"""Amazon SQS: the stack's key, and TLS."""

from __future__ import annotations

from aws_cdk import aws_sqs as sqs

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Plain, Setting, under_key

SERVICE = Service(
    plain=[
        Plain(
            construct=sqs.Queue,
            props=sqs.QueueProps,
            resource_type="AWS::SQS::Queue",
            settings=[
                *under_key(
                    ["KmsMasterKeyId"],
                    lambda: sqs.QueueEncryption.KMS,
                    "Messages are under the stack's key.",
                    key="encryption_master_key",
                ),
                Setting(
                    argument="enforce_ssl",
                    properties=[],
                    value=lambda made: True,
                    why="The queue's policy denies requests without TLS.",
                ),
            ],
        )
    ]
)
