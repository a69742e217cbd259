"""Alarms may publish to the topics that they name.

CloudWatch publishes as ``cloudwatch.amazonaws.com``; if it is denied, only the alarm's history says so. Compliant: the
topic has no policy, which admits the account's alarms, or one that lets the service publish; and it has no key, or one
whose policy lets the service use it. Non-compliant: either is denied, or the key is the AWS-managed key of SNS, whose
policy nobody can change (repost.aws/knowledge-center/cloudwatch-configure-alarm-sns,
docs.aws.amazon.com/sns/latest/dg/sns-key-management.html). Unknown: a policy that cannot be read. Not applicable:
topics that no alarm names. A key that the app does not define is not judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, spread
from hipaa_constructs.compliance.facts.encryption import customer_key
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst
from hipaa_constructs.iam.document import Statement, parsed, statements

_TOPIC, _CLOUDWATCH = "AWS::SNS::Topic", "cloudwatch.amazonaws.com"
_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
_POLICIES = (("AWS::SNS::TopicPolicy", "Topics"), ("AWS::SNS::TopicInlinePolicy", "TopicArn"))


def _told_by_alarms(app: App) -> frozenset[int]:
    actions = (value for alarm in app.of_type(*_ALARMS) for value in spread(alarm.properties, "AlarmActions[]"))
    topics = (app.target(value, _TOPIC) for value in actions)
    return frozenset(id(topic) for topic in topics if topic is not None)


def check(resource: Resource) -> Verdict:
    app = resource.template.app
    if id(resource) not in app.cached("topics that alarms name", _told_by_alarms):
        return NOT_APPLICABLE
    return worst((_may_publish(resource), _may_use_key(resource)))


def _may_publish(topic: Resource) -> Verdict:
    policies = [policy for kind, path in _POLICIES for policy in topic.template.app.referring(topic, kind, path)]
    if not policies:
        return PASSED
    read = [statements(parsed(policy.get("PolicyDocument", UNKNOWN))) for policy in policies]
    if any(isinstance(found, Unknown) for found in read):
        return unknown("The topic's policy cannot be read before deployment.")
    own = [one for found in read if not isinstance(found, Unknown) for one in found if one.covers_resource(topic)]
    return _judge(own, ("sns:Publish",), "The topic's policy does not let CloudWatch publish, so alarms are lost.")


def _may_use_key(topic: Resource) -> Verdict:
    value = topic.get("KmsMasterKeyId")
    key = _key(topic.template.app, value)
    if key is None:
        own = customer_key(value)
        # UNKNOWN refuses to be taken for false.
        if own is False:
            return failed(f"{value} is AWS's own key for SNS, which CloudWatch may not use, so alarms are lost.")
        return PASSED
    found = statements(parsed(key.get("KeyPolicy")))
    if isinstance(found, Unknown):
        return unknown("The key's policy cannot be read before deployment.")
    return _judge(
        found,
        ("kms:Decrypt", "kms:GenerateDataKey"),
        "The policy of the topic's key does not let CloudWatch use it, so alarms are lost.",
    )


def _key(app: App, value: Any) -> Resource | None:
    alias = app.target(value, "AWS::KMS::Alias")
    return app.target(alias.get("TargetKeyId") if alias else value, "AWS::KMS::Key", "AWS::KMS::ReplicaKey")


def _judge(policy: Sequence[Statement], actions: Sequence[str], message: str) -> Verdict:
    for action in actions:
        allowing = [one for one in policy if one.allows and one.covers_action(action)]
        if not any(_admits(one) for one in allowing):
            open_ = any(value is UNKNOWN for one in allowing for _, value in one.principals)
            return unknown("Who may use it is known only at deployment.") if open_ else failed(message)
    return PASSED


def _admits(statement: Statement) -> bool:
    return statement.names_everyone() or any(
        kind == "Service" and value == _CLOUDWATCH for kind, value in statement.principals if value is not UNKNOWN
    )


RULE = Rule(
    name="AlarmDelivered",
    severity="warning",
    resource_types=(_TOPIC,),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(6)(ii)"),
    fix="Use an AlertTopic and call allow_publishing('cloudwatch.amazonaws.com'), or let that service publish in the "
    "topic's policy and use the key in the key's (KmsRotatedKey.grant_service), each with aws:SourceAccount.",
    check=check,
)
