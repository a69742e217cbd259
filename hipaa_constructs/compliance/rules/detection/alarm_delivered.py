"""Alarms do something, and may publish to the topics that they name.

CloudWatch publishes as ``cloudwatch.amazonaws.com``; if it is denied, only the alarm's history says so. Compliant: an
alarm has an action, or something reads its state: a composite alarm, a deployment, a health check, or a rule for the
state of alarms (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html); the topic has
no policy, which admits the account's alarms, or one that lets the service publish; and it has no key, or one whose
policy lets the service use it. Non-compliant: an alarm does nothing, or its actions are off, which is said once a
template of all alarms whose actions are written alike; either is denied, or the key is the AWS-managed key of SNS,
whose policy nobody can change (repost.aws/knowledge-center/cloudwatch-configure-alarm-sns,
docs.aws.amazon.com/sns/latest/dg/sns-key-management.html). Unknown: a policy that cannot be read. Not applicable:
topics that no alarm names. A key that the app does not define is not judged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Ternary,
    Unknown,
    all_of,
    any_of,
    as_items,
    dig,
    is_one_of,
    is_present,
    is_true,
    spread,
)
from hipaa_constructs.compliance.facts.encryption import customer_key
from hipaa_constructs.compliance.facts.events import event_pattern
from hipaa_constructs.compliance.facts.key_users import key_of, lets_send, lets_service
from hipaa_constructs.compliance.facts.said_once import as_written, say_once
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, unknown, worst
from hipaa_constructs.iam.document import policy_at

_TOPIC, _CLOUDWATCH = "AWS::SNS::Topic", "cloudwatch.amazonaws.com"
_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
_POLICIES = (("AWS::SNS::TopicPolicy", "Topics"), ("AWS::SNS::TopicInlinePolicy", "TopicArn"))
_ACTIONS = ("AlarmActions", "InsufficientDataActions", "OKActions")
_SAME = as_written("ActionsEnabled", *_ACTIONS)
# What shows an alarm's state, and tells nobody.
_SHOWN_BY = ("AWS::CloudWatch::Dashboard", "AWS::SSM::Parameter")
_KIND, _STATE_CHANGE = "detail-type", "CloudWatch Alarm State Change"


def _told_by_alarms(app: App) -> frozenset[int]:
    actions = (value for alarm in app.of_type(*_ALARMS) for value in spread(alarm.properties, "AlarmActions[]"))
    topics = (app.target(value, _TOPIC) for value in actions)
    return frozenset(id(topic) for topic in topics if topic is not None)


def check(resource: Resource) -> Verdict:
    app = resource.template.app
    if resource.type in _ALARMS:
        return say_once(resource, _acts, _ALARMS, _SAME)
    if id(resource) not in app.cached("topics that alarms name", _told_by_alarms):
        return NOT_APPLICABLE
    return worst((_may_publish(resource), _may_use_key(resource)))


def _acts(alarm: Resource) -> Verdict:
    enabled = is_true(alarm.get("ActionsEnabled", True))
    actions = any_of(is_present(one) for path in _ACTIONS for one in as_items(alarm.get(path)))
    app = alarm.template.app
    if actions is Ternary.NO or enabled is Ternary.NO:
        if app.cached("rules for the state of alarms", _any_rule_for_alarms) or _is_read(alarm):
            return PASSED
        if actions is Ternary.NO:
            return failed("The alarm has no action, so nobody hears of it.", at="")
        return failed("ActionsEnabled is false, so nobody hears of the alarm.")
    return PASSED


def _any_rule_for_alarms(app: App) -> bool:
    kinds = (kind for rule in app.of_type("AWS::Events::Rule") for kind in as_items(dig(event_pattern(rule), _KIND)))
    return any(is_one_of(kind, _STATE_CHANGE) is not Ternary.NO for kind in kinds)


def _is_read(alarm: Resource) -> bool:
    """Whether something else of the app names an alarm, or a stack hands it on."""
    name, own = alarm.get("AlarmName"), re.escape(alarm.logical_id)
    written = rf"|(?<![\w-]){re.escape(name)}(?![\w-])" if isinstance(name, str) else ""
    named = re.compile(rf'"{own}[".]|\$\{{{own}[}}.]' + written)
    texts = alarm.template.app.cached("what may read alarms", _texts)
    return any(one is not alarm and named.search(text) for one, text in texts.items())


def _texts(app: App) -> Mapping[Resource | None, str]:
    """Return what each resource but plain alarms says, and what all outputs do."""
    texts: dict[Resource | None, str] = {None: json.dumps([one.body.get("Outputs") for one in app.templates])}
    for template in app.templates:
        for one in template.resources.values():
            if one.type not in (_ALARMS[0], *_SHOWN_BY):
                texts[one] = json.dumps(one.raw.get("Properties"), default=str)
    return texts


def _may_publish(topic: Resource) -> Verdict:
    policies = [policy for kind, path in _POLICIES for policy in topic.template.app.referring(topic, kind, path)]
    if not policies:
        return PASSED
    read = [policy_at(policy, "PolicyDocument", UNKNOWN) for policy in policies]
    known = [found for found in read if not isinstance(found, Unknown)]
    if len(known) < len(read):
        return unknown("The topic's policy cannot be read before deployment.")
    return judge(
        any_of(
            all_of((one.covers_resource(topic), lets_service(one, "sns:Publish", _CLOUDWATCH)))
            for found in known
            for one in found
        ),
        "The topic's policy does not let CloudWatch publish, so alarms are lost.",
        unknown_message="Who may use the topic is known only at deployment.",
    )


def _may_use_key(topic: Resource) -> Verdict:
    value = topic.get("KmsMasterKeyId")
    key = key_of(topic.template.app, value)
    if key is None:
        if value is not None and customer_key(value) is Ternary.NO:
            return failed(f"{value} is AWS's own key for SNS, which CloudWatch may not use, so alarms are lost.")
        return PASSED
    lets = lets_send(key, _CLOUDWATCH)
    if lets is None:
        return unknown("The key's policy cannot be read before deployment.")
    return judge(
        lets,
        "The policy of the topic's key does not let CloudWatch use it, so alarms are lost.",
        unknown_message="Who may use the topic's key is known only at deployment.",
    )


_BY_CLOUDWATCH = (
    f'principals=[iam.ServicePrincipal("{_CLOUDWATCH}")], '
    'conditions={"StringEquals": {"aws:SourceAccount": <the account>}}'
)

RULE = Rule(
    name="AlarmDelivered",
    severity="warning",
    resource_types=(_TOPIC, *_ALARMS),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(6)(ii)"),
    fix="Give the alarm an action, and let CloudWatch publish to its topic and use that one's key.",
    fixes=(
        Fix(
            _ALARMS,
            {"AlarmActions": [Choose("the ARN of a topic that somebody is subscribed to")]},
            cdk=("cloudwatch.Alarm.add_alarm_action(cloudwatch_actions.SnsAction(<a topic>))",),
            constructs=("AlertTopic",),
        ),
        Fix(
            (_TOPIC,),
            template=f"The AWS::SNS::TopicPolicy allows {_CLOUDWATCH} sns:Publish, and the KeyPolicy of the customer "
            "key in KmsMasterKeyId allows it kms:Decrypt and kms:GenerateDataKey*, each with a "
            "Condition {StringEquals: {aws:SourceAccount: ${AWS::AccountId}}}.",
            cdk=(
                f'sns.Topic.add_to_resource_policy(iam.PolicyStatement(actions=["sns:Publish"], {_BY_CLOUDWATCH}, '
                "resources=[<the topic>])) and "
                'kms.Key.add_to_resource_policy(iam.PolicyStatement(actions=["kms:Decrypt", '
                f'"kms:GenerateDataKey*"], {_BY_CLOUDWATCH}, resources=["*"]))',
            ),
            constructs=("AlertTopic",),
        ),
    ),
    needs="template",
    check=check,
)
