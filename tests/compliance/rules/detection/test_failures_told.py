from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, judged, one, rule

RULE = "failures_told"
FUNCTION = "AWS::Lambda::Function"
TOPIC = {"Topic": {"Type": "AWS::SNS::Topic"}}
TABLE = {"Table": {"Type": "AWS::DynamoDB::Table"}}
FAILED = {"Failed": {"Type": "AWS::SQS::Queue"}}
APP = one(FUNCTION) | TABLE


def _alarm(*actions: Any) -> dict[str, Any]:
    given = {"AlarmActions": [*actions]} if actions else {}
    return {
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": given},
        "Policy": {"Type": "AWS::AutoScaling::ScalingPolicy"},
    }


def _rule(pattern: Any, target: Any, **more: Any) -> dict[str, Any]:
    given = {"EventPattern": pattern, "Targets": [{"Id": "0", "Arn": target}], **more}
    return TOPIC | {"Rule": {"Type": "AWS::Events::Rule", "Properties": given}}


OBJECTS = {"source": ["aws.s3"], "detail-type": ["Object Created"]}
TASKS = {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"]}
OWN, TO_TOPIC = {"Fn::GetAtt": ["Subject", "Arn"]}, {"Ref": "Topic"}


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        ({}, "failed"),
        (_alarm(TO_TOPIC) | TOPIC, "passed"),
        # AlarmDelivered says that nobody hears of it.
        (_alarm(), "passed"),
        (_alarm({"Ref": "Policy"}), "failed"),
        (_alarm({"Ref": "Policy"}, "arn:aws:sns:us-east-1:111122223333:on-call"), "passed"),
        ({"Whole": {"Type": "AWS::CloudWatch::CompositeAlarm"}}, "passed"),
        (_rule(OBJECTS, TO_TOPIC), "passed"),
        (_rule(OBJECTS, "arn:aws:sns:us-east-1:111122223333:on-call"), "passed"),
        (_rule(OBJECTS, GIVEN), "passed"),
        (_rule(OBJECTS, OWN), "failed"),
        (_rule(TASKS, OWN), "passed"),
        (_rule(TASKS, TO_TOPIC, State="DISABLED"), "failed"),
        ({"Events": {"Type": "AWS::RDS::EventSubscription"}}, "passed"),
        (TOPIC, "failed"),
    ],
)
def test_who_is_told(beside: dict[str, Any], expected: str) -> None:
    assert judged(RULE, APP | beside) == expected


def test_another_stack_may_tell() -> None:
    assert judged(RULE, APP, TOPIC) == "failed"
    assert judged(RULE, APP, _alarm(TO_TOPIC) | TOPIC) == "passed"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(FUNCTION), "not_applicable"),
        (one("AWS::ECS::Service") | {"Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"}}, "failed"),
        (one("AWS::StepFunctions::StateMachine") | {"Queue": {"Type": "AWS::SQS::Queue"}}, "failed"),
        (one("AWS::RDS::DBInstance"), "not_applicable"),
        (one("AWS::RDS::DBInstance") | TABLE, "failed"),
        (one(FUNCTION, DeadLetterConfig={"TargetArn": {"Fn::GetAtt": ["Failed", "Arn"]}}) | FAILED, "not_applicable"),
        (one(FUNCTION) | FAILED, "failed"),
        (one("AWS::RDS::DBInstance") | {"Function": {"Type": FUNCTION}}, "not_applicable"),
        (one("AWS::SQS::Queue"), "not_inspected"),
    ],
)
def test_what_is_an_app(resources: dict[str, Any], expected: str) -> None:
    assert judged(RULE, resources) == expected


def test_what_cloudformation_alone_calls_is_no_app() -> None:
    custom = {"Custom": {"Type": "Custom::Seed", "Properties": {"ServiceToken": OWN}}}
    assert judged(RULE, APP | custom) == "not_applicable"


def test_it_is_said_once_an_app() -> None:
    app = App()
    app.add("a.json", {"Resources": APP | {"Other": {"Type": FUNCTION}, "Db": {"Type": "AWS::RDS::DBInstance"}}})
    app.add("b.json", {"Resources": APP})
    told = [result.finding() for result in evaluate(app, [rule(RULE)])]
    assert [(one.template, one.resource_logical_id, one.severity) for one in told if one] == [
        ("a.json", "Other", "warning")
    ]
