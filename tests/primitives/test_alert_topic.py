from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.encrypted_topic import EncryptedTopic
from hipaa_constructs.testing import assert_no_findings, template_of

_WARNING = "topic-without-subscriber"


def _resources(template: dict[str, Any], resource_type: str) -> list[dict[str, Any]]:
    return [r["Properties"] for r in template["Resources"].values() if r["Type"] == resource_type]


def _topic_statements(template: dict[str, Any], service: str) -> list[dict[str, Any]]:
    (policy,) = _resources(template, "AWS::SNS::TopicPolicy")
    return [s for s in policy["PolicyDocument"]["Statement"] if s["Principal"] == {"Service": service}]


def _key_statements(template: dict[str, Any], service: str) -> list[dict[str, Any]]:
    (key,) = _resources(template, "AWS::KMS::Key")
    return [s for s in key["KeyPolicy"]["Statement"] if s["Principal"] == {"Service": service}]


def _metadata(app: cdk.App) -> str:
    app.synth()
    return (Path(app.outdir) / "Clinic.metadata.json").read_text()


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    alerts = AlertTopic(stack, "Alerts", emails=["security@example.org", "privacy@example.org"])
    alerts.allow_publishing("cloudwatch.amazonaws.com")
    alerts.allow_publishing("backup.amazonaws.com")
    alerts.allow_publishing("budgets.amazonaws.com", source_arn="arn:aws:budgets::111122223333:*")
    alerts.allow_publishing("s3.amazonaws.com", source_arn="arn:aws:s3:::intake")
    alerts.allow_publishing("events.amazonaws.com")
    rule = events.Rule(stack, "Rule", event_pattern=events.EventPattern(source=["aws.guardduty"]))
    rule.add_target(targets.SnsTopic(alerts.topic))
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    AlertTopic(stack, "Alerts", emails=["security@example.org"]).allow_publishing("cloudwatch.amazonaws.com")
    assert_no_findings(app, all_packs=True)


def test_messages_are_under_a_rotated_customer_key(template: dict[str, Any]) -> None:
    (topic,) = _resources(template, "AWS::SNS::Topic")
    logical_id = topic["KmsMasterKeyId"]["Fn::GetAtt"][0]
    assert template["Resources"][logical_id]["Properties"]["EnableKeyRotation"] is True


def test_publishing_without_tls_is_denied(template: dict[str, Any]) -> None:
    (policy,) = _resources(template, "AWS::SNS::TopicPolicy")
    denials = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
    assert [(d["Principal"], d["Action"], d["Condition"]) for d in denials] == [
        ("*", "sns:Publish", {"Bool": {"aws:SecureTransport": "false"}})
    ]


def test_only_admitted_services_publish(template: dict[str, Any]) -> None:
    (policy,) = _resources(template, "AWS::SNS::TopicPolicy")
    allowed = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
    assert {(s["Principal"]["Service"], s["Action"]) for s in allowed} == {
        ("cloudwatch.amazonaws.com", "sns:Publish"),
        ("backup.amazonaws.com", "sns:Publish"),
        ("budgets.amazonaws.com", "sns:Publish"),
        ("s3.amazonaws.com", "sns:Publish"),
        ("events.amazonaws.com", "sns:Publish"),
    }


@pytest.mark.parametrize("service", ["backup.amazonaws.com", "cloudwatch.amazonaws.com"])
def test_a_service_publishes_for_this_account_alone(template: dict[str, Any], service: str) -> None:
    (statement,) = _topic_statements(template, service)
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_a_service_publishes_for_one_source_alone(template: dict[str, Any]) -> None:
    (statement,) = _topic_statements(template, "budgets.amazonaws.com")
    assert statement["Condition"] == {"ArnLike": {"aws:SourceArn": "arn:aws:budgets::111122223333:*"}}


def test_a_source_that_names_no_account_is_held_to_this_one(template: dict[str, Any]) -> None:
    (statement,) = _topic_statements(template, "s3.amazonaws.com")
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::intake"},
    }


def test_a_service_that_states_no_source_is_not_locked_out(template: dict[str, Any]) -> None:
    (statement,) = _topic_statements(template, "events.amazonaws.com")
    assert "Condition" not in statement


@pytest.mark.parametrize("service", ["budgets", "backup", "cloudwatch", "events"])
def test_a_service_uses_the_key_for_topics_of_this_account_alone(template: dict[str, Any], service: str) -> None:
    (statement,) = _key_statements(template, f"{service}.amazonaws.com")
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    context = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:sns:topicArn"]
    assert context["Fn::Join"][1][-1] == ":sns:us-east-1:111122223333:*"


def test_emails_are_subscribed(template: dict[str, Any]) -> None:
    assert [(s["Protocol"], s["Endpoint"]) for s in _resources(template, "AWS::SNS::Subscription")] == [
        ("email", "security@example.org"),
        ("email", "privacy@example.org"),
    ]


def test_own_key_is_used_and_admits_publishers(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    alerts = AlertTopic(stack, "Alerts", emails=["security@example.org"], encryption_key=key)
    alerts.allow_publishing("cloudwatch.amazonaws.com")
    template = template_of(stack)
    assert alerts.encryption_key is key
    assert len(_key_statements(template, "cloudwatch.amazonaws.com")) == 1


def test_two_sources_of_one_service_need_the_key_once(stack: cdk.Stack) -> None:
    topic = EncryptedTopic(stack, "Notices")
    for name in ("a", "b", "a"):
        topic.allow_publishing("cloudtrail.amazonaws.com", source_arn=f"arn:aws:cloudtrail:::trail/{name}")
    template = template_of(stack)
    assert len(_topic_statements(template, "cloudtrail.amazonaws.com")) == 2
    assert len(_key_statements(template, "cloudtrail.amazonaws.com")) == 1


def test_roles_can_still_be_let_publish(stack: cdk.Stack) -> None:
    queue_owner = cdk.aws_iam.Role(stack, "Role", assumed_by=cdk.aws_iam.ServicePrincipal("lambda.amazonaws.com"))
    AlertTopic(stack, "Alerts", emails=["a@example.org"]).topic.grant_publish(queue_owner)
    text = json.dumps(_resources(template_of(stack), "AWS::IAM::Policy"))
    assert "sns:Publish" in text
    assert "kms:GenerateDataKey" in text


def test_conditions_of_your_own_are_kept(stack: cdk.Stack) -> None:
    own = {"ArnEquals": {"aws:SourceArn": "arn:aws:ses:us-east-1:111122223333:identity/example.org"}}
    principal = cdk.aws_iam.ServicePrincipal("ses.amazonaws.com", conditions=own)
    AlertTopic(stack, "Alerts", emails=["a@example.org"]).topic.grant_publish(principal)
    (statement,) = _topic_statements(template_of(stack), "ses.amazonaws.com")
    assert statement["Condition"] == own


def test_warns_without_subscriber(app: cdk.App, stack: cdk.Stack) -> None:
    AlertTopic(stack, "Alerts")
    assert _WARNING in _metadata(app)


def test_does_not_warn_with_an_email(app: cdk.App, stack: cdk.Stack) -> None:
    AlertTopic(stack, "Alerts", emails=["security@example.org"])
    assert _WARNING not in _metadata(app)


def test_does_not_warn_when_subscribed_later(app: cdk.App, stack: cdk.Stack) -> None:
    alerts = AlertTopic(stack, "Alerts")
    alerts.topic.add_subscription(subscriptions.SqsSubscription(sqs.Queue(stack, "Queue")))
    assert _WARNING not in _metadata(app)


@pytest.mark.parametrize("address", ["security", "security@example", "security@example.org, b@example.org", ""])
def test_refuses_what_is_no_address(stack: cdk.Stack, address: str) -> None:
    with pytest.raises(ValueError, match=r"emails: got .* it takes email addresses"):
        AlertTopic(stack, "Alerts", emails=[address])
    assert stack.node.try_find_child("Alerts") is None


def test_refuses_an_address_twice(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"emails: got 'a@example\.org'; an address can be subscribed once"):
        AlertTopic(stack, "Alerts", emails=["a@example.org", "b@example.org", "a@example.org"])
    assert stack.node.try_find_child("Alerts") is None


def test_refuses_a_lone_string_of_emails(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="emails"):
        AlertTopic(stack, "Alerts", emails="security@example.org")
    assert stack.node.try_find_child("Alerts") is None


def test_takes_an_address_known_only_at_deployment(stack: cdk.Stack) -> None:
    address = cdk.CfnParameter(stack, "Address").value_as_string
    AlertTopic(stack, "Alerts", emails=[address])
    (subscription,) = _resources(template_of(stack), "AWS::SNS::Subscription")
    assert subscription["Endpoint"] == {"Ref": "Address"}


@pytest.mark.parametrize(
    ("service", "source_arn", "message"),
    [
        ("cloudwatch", None, "it takes an AWS service principal"),
        ("arn:aws:iam::111122223333:role/r", None, "it takes an AWS service principal"),
        ("config.amazonaws.com", None, "AWS Config does not publish to encrypted topics"),
        ("events.amazonaws.com", "arn:aws:events:::rule/r", "states no source when it publishes"),
    ],
)
def test_refuses_a_publisher(stack: cdk.Stack, service: str, source_arn: str | None, message: str) -> None:
    alerts = AlertTopic(stack, "Alerts", emails=["a@example.org"])
    with pytest.raises(ValueError, match=message):
        alerts.allow_publishing(service, source_arn=source_arn)
    (policy,) = _resources(template_of(stack), "AWS::SNS::TopicPolicy")
    assert [s["Effect"] for s in policy["PolicyDocument"]["Statement"]] == ["Deny"]
