from __future__ import annotations

from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hipaa_constructs._constants import days
from hipaa_constructs._names import KEPT
from hipaa_constructs._stacks import account_of, stack_of
from hipaa_constructs.primitives.granting import to_principal_or_resource
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.service_grants import grant_queue_sender

# As long as SQS keeps any: docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
LONGEST_DAYS = 14

_FIND = ("sqs:GetQueueAttributes", "sqs:GetQueueUrl")
# What producers and consumers need of the key:
# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
_ENCRYPT = ("kms:Decrypt", "kms:GenerateDataKey")
_DECRYPT = ("kms:Decrypt",)


class GrantingQueue(sqs.Queue):
    """A queue under a customer key, over TLS only, whose grants pass the gate, whoever asks for them.

    CDK's targets, event sources and destinations call these methods of the queue. CDK's own would let the sender use
    the key with wildcards of actions. Queue and policy stay when the stack goes: messages may still be in it, and
    without the policy it would take them in clear.
    """

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, **arguments: Any) -> None:
        self._key = key
        super().__init__(
            scope,
            construct_id,
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            removal_policy=KEPT,
            **arguments,
        )
        cast("cdk.Resource", self.node.find_child("Policy")).apply_removal_policy(KEPT)

    @classmethod
    def for_dead_letters(
        cls, scope: Construct, construct_id: str, *, key: kms.IKey, fifo: bool | None = None
    ) -> GrantingQueue:
        """Make a queue that keeps what failed as long as SQS keeps anything."""
        return cls(scope, construct_id, key=key, fifo=fifo, retention_period=days(LONGEST_DAYS))

    def grant_send_messages(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` send messages and encrypt them."""
        actions = ("sqs:SendMessage", *_FIND)
        if isinstance(grantee, iam.ServicePrincipal):
            return self._admit(grantee, actions)
        return self._grant(grantee, actions, _ENCRYPT)

    def grant_consume_messages(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` receive messages, decrypt and delete them."""
        actions = ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage", *_FIND)
        return self._grant(grantee, actions, _DECRYPT)

    def _admit(self, service: iam.ServicePrincipal, actions: tuple[str, ...]) -> iam.Grant:
        """Let a service send on behalf of this account alone, unless the caller has set conditions already."""
        stack = stack_of(self)
        conditions = service.policy_fragment.conditions or {"StringEquals": {"aws:SourceAccount": account_of(stack)}}
        sending = to_principal_or_resource(
            iam.ServicePrincipal(service.service, conditions=conditions), actions, [self.queue_arn], resource=self
        )
        return sending.combine(grant_queue_sender(self._key, service.service, stack=stack))

    def _grant(self, grantee: iam.IGrantable, actions: tuple[str, ...], on_key: tuple[str, ...]) -> iam.Grant:
        messages = to_principal_or_resource(grantee, actions, [self.queue_arn], resource=self)
        return messages.combine(grant_on_key(self._key, grantee, *on_key))
