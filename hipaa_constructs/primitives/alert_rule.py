"""How events of AWS's services reach people: an EventBridge rule to the alert topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.runbook import runbook_path, with_runbook

# docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
_RECORDED = "via CloudTrail"


def define_alert_rule(
    scope: Construct,
    construct_id: str,
    *,
    source: str,
    detail_types: Sequence[str],
    topic: AlertTopic,
    description: str,
    runbook: str,
    detail: Mapping[str, Any] | None = None,
    event_bus: events.IEventBus | None = None,
) -> events.Rule:
    """Send events of one service to the topic as they come, each with the name of its runbook.

    Delivery goes by the topic's own policy and key policy; EventBridge retries for 24 hours:
    docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html.
    """
    rule = define_event_rule(
        scope,
        construct_id,
        source=source,
        detail_types=detail_types,
        description=with_runbook(description, runbook),
        detail=detail,
        event_bus=event_bus,
    )
    topic.allow_publishing("events.amazonaws.com")
    rule.add_target(targets.SnsTopic(topic.topic))
    # CDK's own input knows no predefined variables.
    cast("events.CfnRule", rule.node.default_child).add_property_override(
        "Targets.0.InputTransformer.InputTemplate", told_event(runbook)
    )
    # What comes on a bus of its own is of other accounts.
    if event_bus is None:
        topic._hear_of(source)
    return rule


def told_event(runbook: str) -> str:
    """Return the template of a message: ``{"runbook": …, "event": …}``, the event as it came.

    docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html has the variable, which stands for
    JSON and so without quotes.
    """
    return f'{{"runbook": "{runbook_path(runbook)}", "event": <aws.events.event.json>}}'


def define_event_rule(
    scope: Construct,
    construct_id: str,
    *,
    source: str,
    detail_types: Sequence[str],
    description: str,
    detail: Mapping[str, Any] | None = None,
    event_bus: events.IEventBus | None = None,
) -> events.Rule:
    """Define a rule for events of one service, without a target, on the account's own bus unless another is given.

    Calls that CloudTrail takes for reads, such as ``AssumeRole``, reach only rules that ask for all management events,
    which CDK's own rule cannot: docs.aws.amazon.com/eventbridge/latest/userguide/
    eb-service-event-cloudtrail-management.html. Who routes calls names those that matter in ``detail``.
    """
    rule = events.Rule(
        scope,
        construct_id,
        description=description,
        event_bus=event_bus,
        event_pattern=events.EventPattern(
            source=[source], detail_type=list(detail_types), detail=dict(detail) if detail else None
        ),
    )
    if any(detail_type.endswith(_RECORDED) for detail_type in detail_types):
        cast("events.CfnRule", rule.node.default_child).state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    return rule
