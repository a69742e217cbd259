from __future__ import annotations

import functools
import re
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._stacks import account_of, settle, stack_of
from hipaa_constructs.primitives.granting import to_principal_or_resource
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.service_grants import grant_topic_publisher

# Services that AWS gives no condition on a source; one would drop their messages without a trace. A topic's statement
# for EventBridge may have no condition at all:
# docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
_WITHOUT_SOURCE = frozenset({"events.amazonaws.com"})

# docs.aws.amazon.com/config/latest/developerguide/sns-topic-policy.html
_NO_ENCRYPTED_TOPICS = frozenset({"config.amazonaws.com"})


# Where a message would be read by whoever carries it: mail, text messages, and notices on telephones.
# docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html
_OPEN = frozenset(
    {
        sns.SubscriptionProtocol.APPLICATION,
        sns.SubscriptionProtocol.EMAIL,
        sns.SubscriptionProtocol.EMAIL_JSON,
        sns.SubscriptionProtocol.HTTP,
        sns.SubscriptionProtocol.SMS,
    }
)

# What a publisher needs of the key: docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
_ENCRYPT = ("kms:Decrypt", "kms:GenerateDataKey")

# What a subscription says of itself to CDK, besides where it is to stand; a test compares it with CDK's.
SUBSCRIPTION_ARGUMENTS = (
    "dead_letter_queue",
    "delivery_policy",
    "endpoint",
    "filter_policy",
    "filter_policy_with_message_body",
    "protocol",
    "raw_message_delivery",
    "region",
    "subscription_role_arn",
)


class EncryptedTopic(Construct):
    """An SNS topic for PHI under a customer key, that takes messages over TLS only, and passes none on in the clear.

    - Nobody publishes before ``grant_publish`` or, for services, ``allow_publishing``; both bring the key along. What
      CDK connects the topic with grants the same.
    - Queues, functions, delivery streams and ``https`` addresses may subscribe. Mail, text messages, notices on
      telephones and ``http`` are refused: they would carry PHI unencrypted. To tell people that something happened
      use ``AlertTopic``.
    - A topic keeps nothing: what has no subscriber is gone, and what a subscriber does not take within SNS's retries
      is too, unless its subscription has a ``dead_letter_queue``.

    Whoever runs an ``https`` address sees the messages, and needs a business associate agreement (164.502(e)).

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption and 164.312(e)(1) transmission
    security.

    :param encryption_key: the key for the messages; publishing services are let use it.
        Default: a ``KmsRotatedKey`` of its own.
    :param fifo: whether messages of a group arrive in their order and once; then only queues may subscribe.
        Default: they arrive at least once, in any order.
        Source: docs.aws.amazon.com/sns/latest/dg/sns-fifo-topics.html.
    :param content_based_deduplication: whether messages of a FIFO topic count as the same if their bodies are.
        Default: publishers tell by an id.
    :raises ValueError: an argument of the wrong type, or deduplication without ``fifo``.
    """

    # What subscriptions carry: protected health information, or notices for people.
    _open_ways = False

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey | None = None,
        fifo: bool = False,
        content_based_deduplication: bool = False,
    ) -> None:
        if content_based_deduplication and not fifo:
            refuse(
                "content_based_deduplication",
                content_based_deduplication,
                allowed="only a FIFO topic tells messages that are the same",
                fix="Pass fifo=True, or leave it out.",
            )
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        # CloudFormation takes no false for either, and CDK refuses it.
        self._topic = _Topic(
            self,
            "Resource",
            master_key=self._key,
            enforce_ssl=True,
            fifo=fifo or None,
            content_based_deduplication=content_based_deduplication or None,
        )
        settle(self._topic, self, "Resource")
        self._topic.key = self._key
        self._topic.open_ways = self._open_ways

    @property
    def topic(self) -> sns.Topic:
        """The topic itself."""
        return self._topic

    @property
    def encryption_key(self) -> kms.IKey:
        """The key that messages are encrypted with."""
        return self._key

    @checked_arguments
    def grant_publish(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal publish messages and encrypt them; a service, for this account alone."""
        return self._topic.grant_publish(grantee)

    @checked_arguments
    def allow_publishing(self, service: str, *, source_arn: str | None = None) -> iam.Grant:
        """Let an AWS service publish, on behalf of this account alone and, if given, of one source alone.

        EventBridge states no source, so it gets no condition. Asking twice changes nothing.

        :param service: a principal, such as ``cloudwatch.amazonaws.com``.
        :param source_arn: the resource that publishes; ``*`` and ``?`` are wildcards. Default: any of this account.
        :raises ValueError: not a service principal, a source for a service that states none, or a service that
            cannot publish to encrypted topics.
        """
        _require_publisher(service, source_arn)
        return self._topic.admit(service, source_arn)


class _Topic(sns.Topic):
    """Admits services its own way, whoever asks, and knows whether anyone subscribed.

    CDK's event targets and other integrations call these methods of the topic. CDK's own ``grant_publish`` would let
    a service use the key for any topic of any account; and a subscription can live anywhere in the tree.
    """

    key: kms.IKey
    open_ways: bool

    def __init__(self, scope: Construct, construct_id: str, **arguments: Any) -> None:
        self.subscribed = False
        self._admitted: dict[tuple[str, str | None], iam.Grant] = {}
        super().__init__(scope, construct_id, **arguments)

    @functools.cached_property
    def arn(self) -> str:
        """The topic's ARN, for which Node is asked once."""
        return self.topic_arn

    def add_subscription(self, topic_subscription: sns.ITopicSubscription) -> sns.Subscription:
        given = topic_subscription.bind(self)
        if not self.open_ways and given.protocol in _OPEN:
            refuse(
                "topic_subscription",
                given.protocol.name,
                allowed="a topic for PHI delivers to queues, functions, delivery streams and https addresses",
                fix="Subscribe an SqsSubscription or a LambdaSubscription; to tell people, use an AlertTopic.",
            )
        self.subscribed = True
        scope, name = given.subscriber_scope or self, given.subscriber_id
        if is_token(name):  # CDK counts such addresses; they bind nothing
            return super().add_subscription(topic_subscription)
        # CDK names the subscription of a function like the topic, which within a construct is called Resource, as the
        # function may hold one already: another is named by its path.
        if name == self.node.id and scope.node.try_find_child(name):
            name = cdk.Names.node_unique_id(self.node)
        subscription = sns.Subscription(
            scope, name, topic=self, **{argument: getattr(given, argument) for argument in SUBSCRIPTION_ARGUMENTS}
        )
        if given.subscription_dependency is not None:
            subscription.node.add_dependency(given.subscription_dependency)
        return subscription

    def grant_publish(self, grantee: iam.IGrantable) -> iam.Grant:
        if isinstance(grantee, iam.ServicePrincipal) and not grantee.policy_fragment.conditions:
            return self.admit(grantee.service, None)
        publishing = to_principal_or_resource(grantee, ["sns:Publish"], [self.arn], resource=self)
        return publishing.combine(grant_on_key(self.key, grantee, *_ENCRYPT))

    def admit(self, service: str, source_arn: str | None) -> iam.Grant:
        if (service, source_arn) in self._admitted:
            return self._admitted[service, source_arn]
        stack = stack_of(self)
        conditions: dict[str, dict[str, str]] = {}
        if source_arn is not None:
            conditions["ArnLike"] = {"aws:SourceArn": source_arn}
        if service not in _WITHOUT_SOURCE and not _names_account(source_arn):
            conditions["StringEquals"] = {"aws:SourceAccount": account_of(stack)}
        if all(known != service for known, _ in self._admitted):
            grant_topic_publisher(self.key, service, stack=stack)
        grant = to_principal_or_resource(
            iam.ServicePrincipal(service, conditions=conditions), ["sns:Publish"], [self.arn], resource=self
        )
        self._admitted[service, source_arn] = grant
        return grant


def _names_account(arn: str | None) -> bool:
    """Whether the ARN's fifth field is filled; a bucket's is not, and a token's is unknown."""
    fields = (arn or "").split(":")
    return len(fields) > 5 and fields[4] not in ("", "*")


def _require_publisher(service: str, source_arn: str | None) -> None:
    principal = re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?", service)
    if not principal and not is_token(service):
        refuse(
            "service",
            service,
            allowed="it takes an AWS service principal",
            fix="Write it like 'cloudwatch.amazonaws.com'; let roles publish with .topic.grant_publish(role).",
        )
    if service in _NO_ENCRYPTED_TOPICS:
        refuse(
            "service",
            service,
            allowed="AWS Config does not publish to encrypted topics",
            fix="Send its events through EventBridge: an events.Rule with source 'aws.config' and this topic.",
        )
    if source_arn is not None and service in _WITHOUT_SOURCE:
        refuse(
            "source_arn",
            source_arn,
            allowed=f"{service} states no source when it publishes",
            fix="Leave it out; with it nothing would arrive.",
        )
