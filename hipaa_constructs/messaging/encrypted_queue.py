from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse, require_range
from hipaa_constructs._constants import days, minutes
from hipaa_constructs.messaging.granting_queue import LONGEST_DAYS, GrantingQueue
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

_DAY = 24 * 3600


class EncryptedQueue(Construct):
    """An SQS queue for PHI under a customer key, that takes messages over TLS only and loses none that fails.

    - One customer key covers the queue and its dead-letter queue. Both deny everyone what comes without TLS.
    - What was received ``max_receive_count`` times and not deleted goes to the dead-letter queue, where it stays 14
      days; nobody sends or reads there but whom you let. Who does, can send it back with ``StartMessageMoveTask``.
    - Nobody may send or receive before ``grant_send`` and ``grant_consume``, which bring what they need of the key. A
      queue that CDK makes a target of a rule, a subscription, a notification or an event source grants the same.
    - Queues, their policies and their key stay when the stack goes: messages may be in them. SQS has no backups; what
      has to be kept, the consumer puts into a store.

    Messages keep their age when they go to the dead-letter queue (those of a FIFO queue start anew): with a
    ``retention_period`` near 14 days hardly any time is left to look at them. Source:
    docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(c)(1) integrity and
    164.312(e)(1) transmission security.

    :param encryption_key: the key of both queues. Default: a ``KmsRotatedKey`` of its own.
    :param fifo: whether messages of a group arrive in their order and once; both queues then are FIFO queues.
        Default: they arrive at least once, in any order.
    :param content_based_deduplication: whether messages of a FIFO queue count as the same if their bodies are.
        Default: senders tell by an id.
    :param visibility_timeout: how long a consumer has for a message before others get it, up to 12 hours. A Lambda
        function needs six times its own timeout. Default: 3 minutes, six times that of ``PrivateFunction``.
        Source: docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html.
    :param retention_period: how long a message waits, 1 minute to 14 days. Default: 4 days, which is SQS's own default.
    :param max_receive_count: how often a message is tried, 1 to 1000. Default: 5. Source:
        docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue.html.
    :raises ValueError: a time or count beyond SQS's limits, or deduplication without ``fifo``.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey | None = None,
        fifo: bool = False,
        content_based_deduplication: bool = False,
        visibility_timeout: cdk.Duration | None = None,
        retention_period: cdk.Duration | None = None,
        max_receive_count: int = 5,
    ) -> None:
        # docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
        _require_seconds("visibility_timeout", visibility_timeout, 0, _DAY // 2, fix="Leave it out for 3 minutes.")
        _require_seconds("retention_period", retention_period, 60, LONGEST_DAYS * _DAY, fix="Leave it out for 4 days.")
        require_range("max_receive_count", max_receive_count, 1, 1000, unit="times", fix="Leave it out for 5.")
        if content_based_deduplication and not fifo:
            refuse(
                "content_based_deduplication",
                content_based_deduplication,
                allowed="only a FIFO queue tells messages that are the same",
                fix="Pass fifo=True, or leave it out.",
            )
        super().__init__(scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        # CloudFormation takes no false for either: docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
        # aws-resource-sqs-queue.html
        ordered = fifo or None
        self._dead_letters = GrantingQueue.for_dead_letters(self, "DeadLetters", key=self._key, fifo=ordered)
        self._queue = GrantingQueue(
            self,
            "Resource",
            key=self._key,
            fifo=ordered,
            content_based_deduplication=content_based_deduplication or None,
            visibility_timeout=visibility_timeout or minutes(3),
            retention_period=retention_period or days(4),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self._dead_letters, max_receive_count=max_receive_count),
        )

    @property
    def queue(self) -> sqs.Queue:
        """The queue itself, for targets, subscriptions and event sources."""
        return self._queue

    @property
    def dead_letter_queue(self) -> sqs.Queue:
        """Messages that were tried in vain."""
        return self._dead_letters

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of both queues."""
        return self._key

    @checked_arguments
    def grant_send(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal send messages and encrypt them, but not read any; a service, for this account alone.

        ``iam.ServicePrincipal("ses.amazonaws.com", conditions={"ArnEquals": {"aws:SourceArn": …}})`` is let in for
        one source.
        """
        return self._queue.grant_send_messages(grantee)

    @checked_arguments
    def grant_consume(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal receive messages, decrypt and delete them."""
        return self._queue.grant_consume_messages(grantee)


def _require_seconds(argument: str, value: cdk.Duration | None, minimum: int, maximum: int, *, fix: str) -> None:
    if value is None or value.is_unresolved():
        return
    seconds = value.to_seconds(integral=False)
    if not minimum <= seconds <= maximum:
        allowed = f"allowed are {minimum} to {maximum} seconds"
        refuse(argument, f"{seconds:g} seconds", allowed=allowed, fix=fix)
