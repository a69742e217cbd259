"""Amazon SQS: the stack's key, and TLS."""

from __future__ import annotations

from aws_cdk import aws_sqs as sqs

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Plain, Setting

SERVICE = Service(
    plain=[
        Plain(
            construct=sqs.Queue,
            props=sqs.QueueProps,
            resource_type="AWS::SQS::Queue",
            settings=[
                Setting(
                    argument="encryption",
                    properties=["KmsMasterKeyId"],
                    value=lambda made: sqs.QueueEncryption.KMS,
                    unless=["encryption_master_key"],
                    why="Messages are under the stack's key.",
                ),
                Setting(
                    argument="encryption_master_key",
                    properties=["KmsMasterKeyId"],
                    value=lambda made: made.key,
                    unless=["encryption"],
                    why="Messages are under the stack's key.",
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
