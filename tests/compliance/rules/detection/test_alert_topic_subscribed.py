from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

TOPIC = one("AWS::SNS::Topic")
ALARM = {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [{"Ref": "Subject"}]}}}
LISTENS = {"Mail": {"Type": "AWS::SNS::Subscription", "Properties": {"TopicArn": {"Ref": "Subject"}}}}


def _rule(pattern: Any, target: Any = None) -> dict[str, Any]:
    properties = {"EventPattern": pattern, "Targets": [{"Id": "T", "Arn": target or {"Ref": "Subject"}}]}
    return {"Rule": {"Type": "AWS::Events::Rule", "Properties": properties}}


def _calls(*names: str) -> dict[str, Any]:
    kind = "AWS API Call via CloudTrail"
    return {"source": ["aws.healthlake"], "detail-type": [kind], "detail": {"eventName": list(names)}}


FINDINGS = _rule({"source": ["aws.guardduty"]})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (TOPIC | ALARM, "failed"),
        (TOPIC | ALARM | LISTENS, "passed"),
        (one("AWS::SNS::Topic", Subscription=[{"Protocol": "email", "Endpoint": "a@b.example"}]) | ALARM, "passed"),
        (one("AWS::SNS::Topic", Subscription=GIVEN) | ALARM, "unknown"),
        (
            one("AWS::SNS::Topic", TopicName="alerts") | _rule({"source": ["aws.config"]}, "arn:aws:sns:r:1:alerts"),
            "failed",
        ),
        (TOPIC | ALARM | {"Mail": {"Type": "AWS::SNS::Subscription", "Properties": {"TopicArn": GIVEN}}}, "unknown"),
        (TOPIC | FINDINGS, "failed"),
        (TOPIC | FINDINGS | LISTENS, "passed"),
        (TOPIC | _rule('{"source": ["aws.securityhub"]}'), "failed"),
        (TOPIC | _rule("{"), "not_applicable"),
        (TOPIC | _rule(GIVEN), "not_applicable"),
        (TOPIC | _rule({"source": ["aws.healthlake"]}), "failed"),
        (TOPIC | _rule(_calls("CreateResource")), "not_applicable"),
        (TOPIC | _rule(_calls("CreateResource", "DeleteFHIRDatastore")), "failed"),
        (TOPIC | _rule(_calls("DeleteFHIRDatastore")), "failed"),
        (TOPIC | _rule(_calls("CreateResource")) | ALARM, "failed"),
        (TOPIC | _rule({"source": ["aws.medical-imaging"], "detail-type": ["Image Set Created"]}), "not_applicable"),
        (TOPIC | _rule({"source": ["aws.medical-imaging"], "detail-type": ["Image Set Copy Failed"]}), "failed"),
        (TOPIC | _rule({"source": ["clinic.orders"]}), "not_applicable"),
        (TOPIC | _rule({"source": ["aws.backup"]}), "not_applicable"),
        (TOPIC | _rule({"source": 7}), "not_applicable"),
        (TOPIC | LISTENS, "not_applicable"),
        (TOPIC, "not_applicable"),
        (one("AWS::SNS::Subscription"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("alert_topic_subscribed", resources) == expected


def test_subscribed_in_another_stack() -> None:
    topic = one("AWS::SNS::Topic", TopicName="alerts")
    mail = {"Mail": {"Type": "AWS::SNS::Subscription", "Properties": {"TopicArn": "arn:aws:sns:us-east-1:1:alerts"}}}
    assert judged("alert_topic_subscribed", topic | ALARM, mail) == "passed"
