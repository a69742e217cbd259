from __future__ import annotations

from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._names import KEPT
from hipaa_constructs.primitives.granting import to_principal_or_resource
from hipaa_constructs.primitives.key_policy import grant_on_key

# docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html, without ListStreams, which takes no resource and
# which no consumer of a named stream calls, and SubscribeToShard, which is a registered consumer's.
_READ = (
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
)
# docs.aws.amazon.com/streams/latest/dev/kpl-writing.html
_WRITE = ("kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:PutRecord", "kinesis:PutRecords")
# docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html
_DECRYPT = ("kms:Decrypt",)
_ENCRYPT = ("kms:GenerateDataKey",)


class GrantingStream(kinesis.Stream):
    """A stream under a customer key, whose grants pass the gate, whoever asks for them.

    CDK's event sources and targets call these methods of the stream. CDK's own would let the producer use the key with
    wildcards of actions. The stream stays when the stack goes: records may still be in it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, **arguments: Any) -> None:
        self._key = key
        super().__init__(
            scope,
            construct_id,
            encryption=kinesis.StreamEncryption.KMS,
            encryption_key=key,
            removal_policy=KEPT,
            **arguments,
        )

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` read records and decrypt them."""
        return self._grant(grantee, _READ, _DECRYPT)

    def grant_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` put records and encrypt them."""
        return self._grant(grantee, _WRITE, _ENCRYPT)

    def grant_read_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` read and put records."""
        return self.grant_read(grantee).combine(self.grant_write(grantee))

    def _grant(self, grantee: iam.IGrantable, actions: tuple[str, ...], on_key: tuple[str, ...]) -> iam.Grant:
        records = to_principal_or_resource(grantee, actions, [self.stream_arn], resource=self)
        return records.combine(grant_on_key(self._key, grantee, *on_key))
