from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk

from hipaa_constructs.primitives.alert_rule import define_alert_rule, define_event_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.testing import assert_no_findings, template_of


def rule_of(stack: cdk.Stack) -> dict[str, Any]:
    resources = template_of(stack)["Resources"].values()
    (rule,) = (one["Properties"] for one in resources if one["Type"] == "AWS::Events::Rule")
    found: dict[str, Any] = rule
    return found


def alerted(stack: cdk.Stack) -> AlertTopic:
    topic = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])
    define_alert_rule(
        stack,
        "Rule",
        source="aws.inspector2",
        detail_types=["Inspector2 Finding"],
        detail={"severity": ["HIGH"]},
        topic=topic,
        description="Findings",
        runbook="inspector-finding",
    )
    return topic


def test_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    alerted(stack)
    assert_no_findings(app, all_packs=True)


def test_events_reach_the_topic(stack: cdk.Stack) -> None:
    topic = alerted(stack)
    rule = rule_of(stack)
    assert rule["EventPattern"] == {
        "source": ["aws.inspector2"],
        "detail-type": ["Inspector2 Finding"],
        "detail": {"severity": ["HIGH"]},
    }
    assert [target["Arn"] for target in rule["Targets"]] == [stack.resolve(topic.topic.topic_arn)]
    assert rule["State"] == "ENABLED"


def test_a_message_names_its_runbook_before_the_event_as_it_came(stack: cdk.Stack) -> None:
    alerted(stack)
    rule = rule_of(stack)
    assert rule["Description"] == "Findings. Runbook: runbooks/inspector-finding"
    ((transformer,),) = ([target["InputTransformer"]] for target in rule["Targets"])
    # The variable stands for JSON: in quotes, the message would be none.
    message = transformer.pop("InputTemplate").replace(
        "<aws.events.event.json>", json.dumps({"source": "aws.inspector2"})
    )
    assert transformer == {}
    assert json.loads(message) == {"runbook": "runbooks/inspector-finding", "event": {"source": "aws.inspector2"}}


def test_recorded_calls_are_taken_though_they_only_read(stack: cdk.Stack) -> None:
    define_event_rule(
        stack, "Rule", source="aws.sts", detail_types=["AWS API Call via CloudTrail"], description="Who takes a role"
    )
    rule = rule_of(stack)
    assert rule["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    assert "Targets" not in rule


def test_a_topic_tells_whose_events_it_has_a_rule_for(stack: cdk.Stack) -> None:
    topic = AlertTopic(stack, "Alerts")
    told: list[list[str]] = []
    topic._when_heard(lambda services: told.append(list(services)))
    define_alert_rule(
        stack,
        "Rule",
        source="aws.macie",
        detail_types=["Macie Finding"],
        topic=topic,
        description="…",
        runbook="macie-finding",
    )
    assert told == [[], ["aws.macie"]]
