from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.compliance.classification import TAG_KEY
from tests.compliance.rules.support import GIVEN, judged, one, outcome, to_do, verdict


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::SNS::Subscription", {"Protocol": "https"}, "passed"),
        ("AWS::SNS::Subscription", {"Protocol": "http"}, "failed"),
        ("AWS::SNS::Subscription", {"Protocol": "Http"}, "failed"),
        ("AWS::SNS::Subscription", {"Protocol": "lambda"}, "passed"),
        ("AWS::SNS::Subscription", {"Protocol": GIVEN}, "unknown"),
        ("AWS::SNS::Topic", {}, "not_applicable"),
        ("AWS::SNS::Topic", {"Subscription": [{"Protocol": "sqs"}, {"Protocol": "http"}]}, "failed"),
        ("AWS::SNS::Topic", {"Subscription": [{"Protocol": "sqs"}]}, "passed"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("subscription_tls_required", one(kind, **properties)) == expected


ARN = {"Ref": "Topic"}
BY_MAIL: dict[str, Any] = {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "email", "TopicArn": ARN}}
ALARM = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [ARN]}}


def _role(*resources: Any, actions: Any = "sns:Publish") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": list(resources)}
    policy = {"PolicyName": "own", "PolicyDocument": {"Statement": [statement]}}
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}}


def _function(*resources: Any, **more: Any) -> dict[str, Any]:
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}}
    return {"Sender": function, "Role": _role(*resources, **more)}


def _task(**given: Any) -> dict[str, Any]:
    state = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": {"TopicArn": ARN, **given}}
    return _sender("AWS::StepFunctions::StateMachine", Definition={"StartAt": "Tell", "States": {"Tell": state}})


def _rule(source: str, **more: Any) -> dict[str, Any]:
    return _sender("AWS::Events::Rule", EventPattern={"source": [source]}, Targets=[{"Arn": ARN, "Id": "1", **more}])


def _sender(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Sender": {"Type": kind, "Properties": properties}}


IOT = {"Actions": [{"Sns": {"TargetArn": ARN}}]}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (_sender("AWS::Pipes::Pipe", Target=ARN), "failed"),
        (_sender("AWS::IoT::TopicRule", TopicRulePayload=IOT), "failed"),
        (_sender("AWS::IoT::TopicRule", TopicRulePayload={**IOT, "RuleDisabled": True}), "passed"),
        (
            _sender("AWS::S3::Bucket", NotificationConfiguration={"TopicConfigurations": [{"Topic": ARN}]}),
            "failed",
        ),
        (_sender("AWS::SES::ReceiptRule", Rule={"Actions": [{"SNSAction": {"TopicArn": ARN}}]}), "failed"),
        (_rule("clinic.visits"), "failed"),
        (_rule("aws.s3"), "failed"),
        (_rule("aws.backup"), "passed"),
        (_rule("clinic.visits", Input="A visit ended."), "passed"),
        (_task(**{"Message.$": "$"}), "failed"),
        (_task(Message="The export is over."), "passed"),
        (_function(ARN), "failed"),
        (_function(ARN, actions="sqs:SendMessage"), "passed"),
        # That names no topic.
        (_function("*"), "passed"),
        ({**_function(ARN), "Alarm": ALARM}, "passed"),
        ({**_sender("AWS::Pipes::Pipe", Target=ARN), "Alarm": ALARM}, "failed"),
        ({"Alarm": ALARM}, "passed"),
        ({}, "passed"),
    ],
)
def test_mail_of_what_the_app_sends(others: dict[str, Any], expected: str) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {}}
    for protocol in ("email", "email-json", "sms"):
        mail = {**BY_MAIL, "Properties": {**BY_MAIL["Properties"], "Protocol": protocol}}
        found = verdict("subscription_tls_required", {"Subject": mail, "Topic": topic, **others})
        assert found is not None
        assert found.outcome.value == expected
        assert found.severity == ("warning" if expected == "failed" else None)


@pytest.mark.parametrize(
    ("others", "severity"),
    [({"Alarm": ALARM}, "warning"), ({}, None), ({"Alarm": ALARM, **_sender("AWS::Pipes::Pipe", Target=ARN)}, None)],
)
def test_plain_http_of_a_topic_of_operation_alone_is_a_warning(others: dict[str, Any], severity: str | None) -> None:
    plain = {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "http", "TopicArn": ARN}}
    found = verdict("subscription_tls_required", {"Subject": plain, "Topic": {"Type": "AWS::SNS::Topic"}, **others})
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", severity)


def test_what_a_state_machine_says_of_its_run_is_no_data() -> None:
    topic = {"Subject": BY_MAIL, "Topic": {"Type": "AWS::SNS::Topic"}}
    assert judged("subscription_tls_required", {**topic, **_task(**{"Message.$": "$$.Execution.Name"})}) == "passed"
    assert judged("subscription_tls_required", {**topic, **_task(**{"Subject.$": "$.patient"})}) == "failed"


def test_a_subscription_of_the_topic_itself() -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"Subscription": [{"Protocol": "email"}]}}
    pipe = {"Type": "AWS::Pipes::Pipe", "Properties": {"Target": {"Ref": "Subject"}}}
    assert judged("subscription_tls_required", {"Subject": topic, "Pipe": pipe}) == "failed"
    assert judged("subscription_tls_required", {"Subject": topic}) == "passed"
    assert "read" in to_do("subscription_tls_required", {"Subject": topic, "Pipe": pipe})


def test_a_topic_of_alarms_is_one_also_where_a_condition_leaves_them_out() -> None:
    alarm = {"Alarm": {**ALARM, "Condition": "Watched"}}
    conditions = {"Watched": {"Fn::Equals": [{"Ref": "Watch"}, "yes"]}}
    parameters = {"Watch": {"Type": "String", "Default": "no", "AllowedValues": ["yes", "no"]}}
    topic = {"Subject": BY_MAIL, "Topic": {"Type": "AWS::SNS::Topic"}, **_function(ARN), **alarm}
    module = "subscription_tls_required"
    assert outcome(module, topic, Conditions=conditions, Parameters=parameters) == "passed"


@pytest.mark.parametrize(("name", "expected"), [("OpsAlerts", "passed"), ("Visits", "failed")])
def test_what_a_function_writes_to_a_topic_of_operation(name: str, expected: str) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}
    assert judged("subscription_tls_required", {"Subject": BY_MAIL, "Topic": topic, **_function(ARN)}) == expected


def test_data_that_is_no_phi() -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"Tags": [{"Key": TAG_KEY, "Value": "NO_PHI"}]}}
    pipe = _sender("AWS::Pipes::Pipe", Target=ARN)
    assert judged("subscription_tls_required", {"Subject": BY_MAIL, "Topic": topic, **pipe}) != "failed"
