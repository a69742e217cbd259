"""Event notifications of a bucket, without CDK's own function for them."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from hipaa_constructs._arguments import refuse
from hipaa_constructs._constants import minutes
from hipaa_constructs._stacks import settle, stack_of
from hipaa_constructs.compute.provider_function import ProviderFunction
from hipaa_constructs.iam.key_actions import SEND
from hipaa_constructs.primitives.service_grants import grant_service

_PROVIDER = "BucketNotificationsProvider"
_HANDLER = "handlers.bucket_notifications.handle"
# By the destination's kind: where S3's API lists it, and what it calls its ARN.
_LISTS: Mapping[s3.BucketNotificationDestinationType, tuple[str, str]] = {
    s3.BucketNotificationDestinationType.LAMBDA: ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
    s3.BucketNotificationDestinationType.QUEUE: ("QueueConfigurations", "QueueArn"),
    s3.BucketNotificationDestinationType.TOPIC: ("TopicConfigurations", "TopicArn"),
}
# What CDK's members stand for, which Python does not see:
# docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
_EVENTS = (
    "s3:IntelligentTiering",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleExpiration:Delete",
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:LifecycleTransition",
    "s3:ObjectAcl:Put",
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Put",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
    "s3:ObjectRestore:*",
    "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete",
    "s3:ObjectRestore:Post",
    "s3:ObjectTagging:*",
    "s3:ObjectTagging:Delete",
    "s3:ObjectTagging:Put",
    "s3:ReducedRedundancyLostObject",
    "s3:Replication:*",
    "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationNotTracked",
    "s3:Replication:OperationReplicatedAfterThreshold",
)


class NotifyingBucket(s3.Bucket):
    """A bucket whose notifications pass the gate and leave EventBridge on, whoever asks for them.

    S3 tries each destination when it is set, so that the queue, topic or function has to let the bucket in before, and
    to name the bucket, which exists by then: only a custom resource comes after both. CDK's runs in a function that
    breaks rules, and replaces all notifications, also those to EventBridge, without which AWS Backup stops following
    the bucket. CDK's destinations and event sources call the two methods of this one.
    """

    def __init__(self, scope: Any, construct_id: str, **arguments: Any) -> None:
        self._configuration: dict[str, Any] = {}
        self._notifier: cdk.CustomResource | None = None
        super().__init__(scope, construct_id, **arguments)
        settle(self, scope, construct_id)

    @functools.cached_property
    def resource(self) -> s3.CfnBucket:
        """The resource itself; every look for it would be two calls to Node."""
        resource = cast("s3.CfnBucket", self.node.default_child)
        settle(resource, self, "Resource")
        return resource

    def enable_event_bridge_notification(self) -> None:
        """Tell EventBridge of everything that happens to objects."""
        # CloudFormation's word for it. S3's API takes an empty object, which CDK would leave out.
        self._configuration["EventBridgeConfiguration"] = {"EventBridgeEnabled": True}
        if self._notifier is None:
            self.resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
                event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
            )
        else:
            self._write()

    def add_event_notification(
        self, event: s3.EventType, dest: s3.IBucketNotificationDestination, *filters: Any
    ) -> None:
        """Tell ``dest`` of ``event``, of all objects or of those that a filter of prefix and suffix lets through."""
        notification: dict[str, Any] = {"Events": [_event_name(event)]}
        if filters:
            notification["Filter"] = {"Key": {"FilterRules": _filter_rules(filters)}}
        destination = dest.bind(self, self)
        listed, named = _LISTS[destination.type]
        self._configuration.setdefault(listed, []).append({**notification, named: destination.arn})
        notifier = self._notifier = self._notifier or self._define_notifier()
        for dependency in destination.dependencies or ():
            notifier.node.add_dependency(_admission(dependency))
            _let_in(dependency)
        self._write()

    def _define_notifier(self) -> cdk.CustomResource:
        provider = _provider(stack_of(self))
        permission = provider.role.add_to_principal_policy(
            iam.PolicyStatement(actions=["s3:PutBucketNotification"], resources=[self.bucket_arn])
        ).policy_dependable
        # Name and type are CDK's own, by which other tools know them.
        notifier = cdk.CustomResource(
            self,
            "Notifications",
            resource_type="Custom::S3BucketNotifications",
            service_token=provider.function.function_arn,
            service_timeout=minutes(5),
            properties={"BucketName": self.bucket_name},
        )
        # S3 refuses two changes of a bucket at once.
        notifier.node.add_dependency(permission, cast("IDependable", self.policy))
        # From here on the function alone sets them: CloudFormation might set its own anew with any change of the rest.
        self.resource.notification_configuration = None
        return notifier

    def _write(self) -> None:
        resource = cast("cdk.CfnResource", cast("cdk.CustomResource", self._notifier).node.default_child)
        resource.add_property_override("NotificationConfiguration", self._configuration)


def _provider(stack: cdk.Stack) -> ProviderFunction:
    """Return the one function of ``stack`` that sets notifications; the first call makes it."""
    known = stack.node.try_find_child(_PROVIDER)
    if isinstance(known, ProviderFunction):
        return known
    provider = ProviderFunction(stack, _PROVIDER, handler=_HANDLER, vpc=None)
    provider.acknowledge_no_vpc(
        reason="The function names the destinations of a bucket's notifications through S3's API at deployment, reads "
        "no object, and reaches nothing inside a VPC."
    )
    return provider


def _admission(destination: IDependable) -> IDependable:
    """Return what lets S3 in: the policy of a queue or topic, which waits for that itself, or a permission."""
    policy = destination.node.try_find_child("Policy") if isinstance(destination, Construct) else None
    return policy or destination


def _let_in(destination: IDependable) -> None:
    """Let S3 use the key of a topic or queue, to which CDK lets it only under a feature flag, if it is a topic."""
    key = getattr(destination, "master_key", None) or getattr(destination, "encryption_master_key", None)
    if key is not None:
        grant_service(cast("kms.IKey", key), "s3.amazonaws.com", actions=SEND)


def _event_name(event: s3.EventType) -> str:
    wanted = event.name.replace("_", "").lower()
    return next(name for name in _EVENTS if re.sub("[^a-z]", "", name.removeprefix("s3:").lower()) == wanted)


def _filter_rules(filters: tuple[Any, ...]) -> list[dict[str, str]]:
    rules: dict[str, str] = {}
    for one in filters:
        given = one if isinstance(one, s3.NotificationKeyFilter) else s3.NotificationKeyFilter(**one)
        for name, value in (("prefix", given.prefix), ("suffix", given.suffix)):
            if value is not None and name in rules:
                refuse(
                    "filters",
                    f"the {name}es {rules[name]!r} and {value!r}",
                    allowed=f"S3 compares one {name} for each notification",
                    fix="Call add_event_notification once for each.",
                )
            if value is not None:
                rules[name] = value
    return [{"Name": name, "Value": value} for name, value in rules.items()]
