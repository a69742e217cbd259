from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns

from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.testing import findings
from tests.compliance.rules.support import GIVEN, judged, one, outcome

ALARM = {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [{"Ref": "Subject"}]}}}
COMPOSITE = {"All": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmActions": [{"Ref": "Subject"}]}}}
PLAIN, UNDER_KEY = one("AWS::SNS::Topic"), one("AWS::SNS::Topic", KmsMasterKeyId={"Ref": "Key"})
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
ACCOUNT = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
ROOT = {"AWS": "arn:aws:iam::111122223333:root"}


def _allow(principal: Any, *allowed: str, **more: Any) -> dict[str, Any]:
    resource = {"Ref": "Subject"} if allowed[0].startswith("sns:") else "*"
    return {"Effect": "Allow", "Principal": principal, "Action": list(allowed), "Resource": resource, **more}


def _policy(*statements: Any, document: Any = None) -> dict[str, Any]:
    properties = {"Topics": [{"Ref": "Subject"}], "PolicyDocument": document or {"Statement": list(statements)}}
    return {"Policy": {"Type": "AWS::SNS::TopicPolicy", "Properties": properties}}


def _key(*statements: Any) -> dict[str, Any]:
    return {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": list(statements)}}}}


TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sns:Publish",
    "Resource": {"Ref": "Subject"},
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
PUBLISHES = _allow(CLOUDWATCH, "sns:Publish", Condition=ACCOUNT)
USES = _allow(CLOUDWATCH, "kms:Decrypt", "kms:GenerateDataKey*", Condition=ACCOUNT)
OWNER = _allow("*", "sns:Publish", Condition={"StringEquals": {"AWS:SourceOwner": "111122223333"}})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (PLAIN, "not_applicable"),
        (PLAIN | _policy(TLS), "not_applicable"),
        (PLAIN | ALARM, "passed"),
        (PLAIN | COMPOSITE | _policy(TLS), "failed"),
        (PLAIN | ALARM | _policy(TLS, PUBLISHES), "passed"),
        (PLAIN | ALARM | _policy(document=json.dumps({"Statement": [{**PUBLISHES, "Resource": "*"}]})), "passed"),
        (PLAIN | ALARM | _policy(TLS, OWNER), "passed"),
        (PLAIN | ALARM | _policy(_allow(ROOT, "sns:Publish")), "failed"),
        (PLAIN | ALARM | _policy(_allow(CLOUDWATCH, "sns:Subscribe")), "failed"),
        (PLAIN | ALARM | _policy({**PUBLISHES, "Resource": "arn:aws:sns:us-east-1:111122223333:other"}), "failed"),
        (PLAIN | ALARM | _policy(_allow({"Service": GIVEN}, "sns:Publish")), "unknown"),
        (PLAIN | ALARM | _policy(document=GIVEN), "unknown"),
        (UNDER_KEY | ALARM | _key(USES), "passed"),
        (UNDER_KEY | ALARM | _key(_allow(ROOT, "kms:*")), "failed"),
        (UNDER_KEY | ALARM | _key(_allow(CLOUDWATCH, "kms:Decrypt")), "failed"),
        (
            UNDER_KEY | ALARM | _key(_allow(CLOUDWATCH, "kms:Decrypt"), _allow(CLOUDWATCH, "kms:GenerateDataKey")),
            "passed",
        ),
        (UNDER_KEY | ALARM | _key(USES) | _policy(TLS), "failed"),
        (UNDER_KEY | ALARM | {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": GIVEN}}}, "unknown"),
        (UNDER_KEY | ALARM | {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}, "failed"),
        (one("AWS::SNS::Topic", KmsMasterKeyId="alias/aws/sns") | ALARM, "failed"),
        (one("AWS::SNS::Topic", KmsMasterKeyId="arn:aws:kms:us-east-1:111122223333:key/1") | ALARM, "passed"),
        (one("AWS::SNS::Topic", KmsMasterKeyId=GIVEN) | ALARM, "passed"),
        (one("AWS::SNS::TopicPolicy"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("alarm_delivered", resources) == expected


STATE = {"detail-type": ["CloudWatch Alarm State Change"], "source": ["aws.cloudwatch"]}


def _beside(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Beside": {"Type": kind, "Properties": properties}}


@pytest.mark.parametrize(
    ("properties", "beside", "expected"),
    [
        ({}, {}, "failed"),
        ({"AlarmActions": []}, {}, "failed"),
        ({"AlarmActions": ["arn:aws:sns:us-east-1:111122223333:on-call"]}, {}, "passed"),
        ({"OKActions": [{"Ref": "Topic"}]}, {}, "passed"),
        ({"AlarmActions": [{"Ref": "Scaling"}], "ActionsEnabled": False}, {}, "failed"),
        ({"AlarmActions": [GIVEN]}, {}, "passed"),
        ({}, _beside("AWS::CloudWatch::CompositeAlarm", AlarmRule={"Fn::Sub": "ALARM(${Subject})"}), "passed"),
        ({"AlarmName": "late"}, _beside("AWS::CloudWatch::CompositeAlarm", AlarmRule='ALARM("late")'), "passed"),
        ({"AlarmName": "late"}, _beside("AWS::CloudWatch::CompositeAlarm", AlarmRule="ALARM(late-2)"), "failed"),
        ({"AlarmName": "late"}, _beside("AWS::S3::Bucket", BucketName="chocolate"), "failed"),
        ({}, _beside("AWS::CloudWatch::CompositeAlarm", AlarmRule={"Fn::Sub": "ALARM(${Other})"}), "failed"),
        (
            {},
            _beside("AWS::CodeDeploy::DeploymentGroup", AlarmConfiguration={"Alarms": [{"Name": {"Ref": "Subject"}}]}),
            "passed",
        ),
        (
            {},
            _beside("AWS::CloudWatch::Dashboard", DashboardBody={"Fn::Sub": "{${Subject.Arn}}"}),
            "failed",
        ),
        ({}, _beside("AWS::Events::Rule", EventPattern=STATE), "passed"),
        ({}, _beside("AWS::Events::Rule", EventPattern={"source": ["aws.ec2"], "detail-type": ["x"]}), "failed"),
    ],
)
def test_an_alarm_that_does_nothing(properties: dict[str, Any], beside: dict[str, Any], expected: str) -> None:
    assert judged("alarm_delivered", one("AWS::CloudWatch::Alarm", **properties) | beside) == expected


def test_a_composite_alarm_does_not_hear_itself() -> None:
    alarm = one("AWS::CloudWatch::CompositeAlarm", AlarmName="all", AlarmRule="ALARM(all-1)")
    assert judged("alarm_delivered", alarm) == "failed"
    parent = _beside("AWS::CloudWatch::CompositeAlarm", AlarmRule="ALARM(all)", AlarmActions=["arn:aws:sns:r:1:a"])
    assert judged("alarm_delivered", alarm | parent) == "passed"


def test_a_key_by_its_alias() -> None:
    alias = {
        "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/x", "TargetKeyId": {"Ref": "Key"}}}
    }
    topic = one("AWS::SNS::Topic", KmsMasterKeyId={"Ref": "Alias"})
    assert judged("alarm_delivered", topic | ALARM | alias | _key(USES)) == "passed"
    assert judged("alarm_delivered", topic | ALARM | alias | _key(_allow(ROOT, "kms:*"))) == "failed"


def test_an_alarm_of_another_stack() -> None:
    topic = one("AWS::SNS::Topic", TopicName="alerts") | _policy(TLS)
    alarm = {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": ["arn:aws:sns:r:1:alerts"]}}}
    assert judged("alarm_delivered", topic, alarm) == "failed"


def _alarm(stack: cdk.Stack, topic: sns.ITopic) -> None:
    metric = cloudwatch.Metric(namespace="AWS/SQS", metric_name="ApproximateAgeOfOldestMessage")
    alarm = cloudwatch.Alarm(stack, "Late", metric=metric, threshold=600, evaluation_periods=1)
    alarm.add_alarm_action(actions.SnsAction(topic))


def test_cdk_s_topic_and_alarm_do_not_find_each_other(app: cdk.App, stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Pager", master_key=KmsRotatedKey(stack, "Key").key, enforce_ssl=True)
    _alarm(stack, topic)
    assert "HIPAA.Constructs-AlarmDelivered: Clinic/Pager/Resource" in map(str, findings(app))


@pytest.mark.parametrize("allowed", [False, True])
def test_an_alert_topic_takes_alarms_once_it_was_told(app: cdk.App, stack: cdk.Stack, allowed: bool) -> None:
    alerts = AlertTopic(stack, "Alerts", emails=["security@example.org"])
    if allowed:
        alerts.allow_publishing("cloudwatch.amazonaws.com")
    _alarm(stack, alerts.topic)
    assert (
        "HIPAA.Constructs-AlarmDelivered: Clinic/Alerts/Resource/Resource" in map(str, findings(app))
    ) is not allowed


@pytest.mark.parametrize(
    ("shared", "given", "expected"),
    [
        ({}, {"AutoPublishAlias": "live", "DeploymentPreference": {"Alarms": [{"Ref": "Subject"}]}}, "passed"),
        ({"DeploymentPreference": {"Alarms": [{"Ref": "Subject"}]}}, {"AutoPublishAlias": "live"}, "passed"),
        ({}, {"AutoPublishAlias": "live", "DeploymentPreference": {"Type": "AllAtOnce"}}, "failed"),
        # Without an alias, nothing is brought out by degrees.
        ({}, {"DeploymentPreference": {"Alarms": [{"Ref": "Subject"}]}}, "failed"),
    ],
)
def test_an_alarm_that_stops_a_deployment_of_sam(shared: dict[str, Any], given: dict[str, Any], expected: str) -> None:
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Runtime": "python3.12", **given}}
    sections = {"Transform": "AWS::Serverless-2016-10-31", "Globals": {"Function": shared}}
    resources = one("AWS::CloudWatch::Alarm") | {"Function": function}
    assert outcome("alarm_delivered", resources, **sections) == expected
