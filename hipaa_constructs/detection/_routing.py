"""How findings of AWS's detection services reach people: an EventBridge rule to the alert topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from hipaa_constructs.detection.alert_topic import AlertTopic
from hipaa_constructs.detection.findings_digest import FindingsDigest

# docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
_RECORDED = "via CloudTrail"


def route(
    scope: Construct,
    construct_id: str,
    *,
    source: str,
    detail_types: Sequence[str],
    topic: AlertTopic,
    description: str,
    detail: Mapping[str, Any] | None = None,
    gathered: bool = False,
) -> events.Rule:
    """Send events of one service to the topic: as they come, or gathered in a digest where they come in crowds.

    Calls that CloudTrail takes for reads, such as ``AssumeRole``, reach only rules that ask for all management events,
    which CDK's own rule cannot: docs.aws.amazon.com/eventbridge/latest/userguide/
    eb-service-event-cloudtrail-management.html. Who routes calls names those that matter in ``detail``.

    Delivery goes by the topic's own policy and key policy; EventBridge retries for 24 hours:
    docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html.
    """
    rule = events.Rule(
        scope,
        construct_id,
        description=description,
        event_pattern=events.EventPattern(
            source=[source], detail_type=list(detail_types), detail=dict(detail) if detail else None
        ),
    )
    if any(detail_type.endswith(_RECORDED) for detail_type in detail_types):
        cast("events.CfnRule", rule.node.default_child).state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    if gathered:
        FindingsDigest.of(topic).collect_from(rule)
    else:
        topic.allow_publishing("events.amazonaws.com")
        rule.add_target(targets.SnsTopic(topic.topic))
    topic._hear_of(source)
    return rule
