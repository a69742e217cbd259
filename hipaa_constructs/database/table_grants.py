"""Grants on a table, its indexes and its key, action by action, without the wildcards of CDK's own."""

from __future__ import annotations

from typing import Any, cast

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import refuse
from hipaa_constructs.primitives.granting import to_principal, to_principal_or_resource
from hipaa_constructs.primitives.key_policy import grant_on_key

_READ = (
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
)
_WRITE = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
)
# All on the stream: docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
_STREAM = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
# DynamoDB uses the key on behalf of whoever asks for items. The wildcards of AWS's page are spelled out:
# docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
_DECRYPT = ("kms:Decrypt", "kms:DescribeKey")
_ENCRYPT = (
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


class GrantingTable(dynamodb.TableV2):
    """A table whose grants pass the gate, whoever asks for them.

    CDK's event sources and other integrations call these methods of the table. CDK's own would let the grantee use
    the key with wildcards of actions, and reach indexes by a wildcard of names.
    """

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, **arguments: Any) -> None:
        self._key = key
        indexes = (*arguments["global_secondary_indexes"], *arguments["local_secondary_indexes"])
        self._indexes = [index.index_name for index in indexes]
        self._streams = arguments["dynamo_stream"] is not None
        super().__init__(scope, construct_id, **arguments)

    def grant_read_data(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` read items and decrypt them."""
        return self._grant_items(grantee, _READ, _DECRYPT)

    def grant_write_data(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` write, change and delete items."""
        return self._grant_items(grantee, _WRITE, (*_DECRYPT, *_ENCRYPT))

    def grant_read_write_data(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` read, write, change and delete items."""
        return self._grant_items(grantee, tuple(dict.fromkeys((*_READ, *_WRITE))), (*_DECRYPT, *_ENCRYPT))

    def grant_stream_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` read the stream and decrypt it."""
        if not self._streams:
            refuse(
                "grantee",
                grantee,
                allowed="this table has no stream",
                fix="Give it a dynamo_stream, such as dynamodb.StreamViewType.NEW_IMAGE.",
            )
        stream = cast("str", self.table_stream_arn)
        reading = to_principal(grantee, _STREAM, [stream])
        return reading.combine(grant_on_key(self._key, grantee, *_DECRYPT))

    def _grant_items(self, grantee: iam.IGrantable, actions: tuple[str, ...], on_key: tuple[str, ...]) -> iam.Grant:
        arn = self.table_arn
        items = to_principal_or_resource(
            grantee,
            actions,
            [arn, *(f"{arn}/index/{name}" for name in self._indexes)],
            resource=self,  # A policy that named its own table would be a circle.
            resource_self_arns=["*"],
        )
        return items.combine(grant_on_key(self._key, grantee, *on_key))
