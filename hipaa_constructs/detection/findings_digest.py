from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hipaa_constructs._constants import days, hours, minutes
from hipaa_constructs._stacks import account_of, arn_in, stack_of
from hipaa_constructs.compute.provider_function import ProviderFunction
from hipaa_constructs.primitives.alert_rule import define_event_rule, told_event
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.encrypted_log_group import PHI_IDENTIFIERS
from hipaa_constructs.primitives.runbook import with_runbook
from hipaa_constructs.primitives.service_grants import grant_queue_sender


class FindingsDigest(Construct):
    """What comes in crowds, told in one message: events wait in a queue, and a function empties it every 15 minutes.

    Get it with ``FindingsDigest.of(topic)``; one serves all constructs that share a topic. A message names everything
    that was found, each thing once, and is sent only if something was. Findings of Security Hub are then marked as
    told. An event stays in the queue until it has been told, for up to 14 days, and an alarm says when that takes an
    hour.

    Supports 164.308(a)(1)(ii)(D) information system activity review and 164.308(a)(6)(ii) response and reporting.

    :param topic: where messages go.
    """

    def __init__(self, scope: Construct, construct_id: str, *, topic: AlertTopic) -> None:
        super().__init__(scope, construct_id)
        stack, key = stack_of(self), topic.encryption_key
        self._function = ProviderFunction(
            self,
            "Function",
            handler="handlers.findings_digest.handle",
            vpc=None,
            encryption_key=key,
            masked_identifiers=PHI_IDENTIFIERS,
            reserve_concurrency=topic.reserve_concurrency,
        )
        self._function.acknowledge_no_vpc(
            reason="The function reads a queue, publishes to a topic and marks findings, all through AWS's APIs. It "
            "handles no PHI, and reaches nothing inside a VPC."
        )
        self._queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=days(14),
            # Longer than a run; then what it could not tell is there for the next.
            visibility_timeout=minutes(6),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self._function.dead_letter_queue, max_receive_count=1000),
        )
        grant_queue_sender(key, "events.amazonaws.com", stack=stack)
        # By a pattern: rules of other stacks refer to the queue, which cannot refer to them.
        self._queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self._queue.queue_arn],
                conditions={
                    "ArnLike": {"aws:SourceArn": arn_in(stack, "events", "rule/*")},
                    "StringEquals": {"aws:SourceAccount": account_of(stack)},
                },
            )
        )
        self._permit(topic)
        self._define_schedule(topic)
        self._define_alarm(topic)

    @classmethod
    def of(cls, topic: AlertTopic) -> FindingsDigest:
        """Return the digest of a topic; the first call makes it."""
        known = _OF_TOPIC.get(topic)
        if known is None:
            known = _OF_TOPIC[topic] = cls(topic, "Digest", topic=topic)
        return known

    @property
    def queue(self) -> sqs.Queue:
        """Where events wait."""
        return self._queue

    def collect_from(self, rule: events.Rule, *, runbook: str) -> None:
        """Have a rule send its events here, with the name of their runbook, and nowhere else.

        CDK's own target would have the queue name each rule, and the key set a condition that EventBridge fails.
        """
        cast("events.CfnRule", rule.node.default_child).targets = [
            events.CfnRule.TargetProperty(
                id="Digest",
                arn=self._queue.queue_arn,
                input_transformer=events.CfnRule.InputTransformerProperty(input_template=told_event(runbook)),
            )
        ]

    def _permit(self, topic: AlertTopic) -> None:
        hub = arn_in(self, "securityhub", "hub/default")
        for actions_, resource in (
            (["sqs:DeleteMessage", "sqs:ReceiveMessage"], self._queue.queue_arn),
            (["sns:Publish"], topic.topic.topic_arn),
            (["securityhub:BatchUpdateFindings"], hub),
        ):
            self._function.role.allow(actions_, [resource])

    def _define_schedule(self, topic: AlertTopic) -> None:
        arguments = {"QueueUrl": self._queue.queue_url, "TopicArn": topic.topic.topic_arn}
        events.Rule(
            self,
            "Schedule",
            description="Tells what was found since the last message",
            schedule=events.Schedule.rate(minutes(15)),
            targets=[
                targets.LambdaFunction(self._function.function, event=events.RuleTargetInput.from_object(arguments))
            ],
        )

    def _define_alarm(self, topic: AlertTopic) -> None:
        topic.allow_publishing("cloudwatch.amazonaws.com")
        cloudwatch.Alarm(
            self,
            "Waiting",
            alarm_description=with_runbook("Findings have waited for an hour to be told", "findings-not-told"),
            metric=self._queue.metric_approximate_age_of_oldest_message(period=minutes(5)),
            threshold=hours(1).to_seconds(),
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        ).add_alarm_action(actions.SnsAction(topic.topic))


_OF_TOPIC: WeakKeyDictionary[AlertTopic, FindingsDigest] = WeakKeyDictionary()


def define_digest_rule(
    scope: Construct,
    construct_id: str,
    *,
    source: str,
    detail_types: Sequence[str],
    topic: AlertTopic,
    description: str,
    runbook: str,
    detail: Mapping[str, Any] | None = None,
) -> events.Rule:
    """Gather events of one service, which come in crowds, in the digest of the topic."""
    rule = define_event_rule(
        scope,
        construct_id,
        source=source,
        detail_types=detail_types,
        description=with_runbook(description, runbook),
        detail=detail,
    )
    FindingsDigest.of(topic).collect_from(rule, runbook=runbook)
    topic._hear_of(source)
    return rule
