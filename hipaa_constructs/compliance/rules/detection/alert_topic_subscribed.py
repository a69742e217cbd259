"""Alarms and security findings reach somebody.

Compliant: a topic that an alarm, or an EventBridge rule for findings of a detection service, for calls that concern
security or for what becomes of exports, imports and copies of clinical stores, sends to has a subscription.
Non-compliant: it has none, so what is sent to it is dropped. Not applicable: other topics, such as those of which
programs take new images or records, and notices of AWS Backup, which its audit reports repeat.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_list, spread
from hipaa_constructs.compliance.facts.events import record_kinds
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_TOPIC, _SUBSCRIPTION = "AWS::SNS::Topic", "AWS::SNS::Subscription"
_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
_FINDINGS = frozenset(
    {
        "aws.access-analyzer",
        "aws.cloudtrail",
        "aws.config",
        "aws.guardduty",
        "aws.health",
        "aws.healthlake",
        "aws.iam",
        "aws.inspector2",
        "aws.kms",
        "aws.macie",
        "aws.medical-imaging",
        "aws.securityhub",
        "aws.signin",
        "aws.ssm",
        "aws.sts",
        "aws.trustedadvisor",
    }
)


def _tells_findings(rule: Resource) -> bool:
    return any(source in _FINDINGS and not about_records for source, about_records in record_kinds(rule))


def _alerted(source: Resource) -> Iterator[tuple[Resource, None]]:
    """Yield the topics that an alarm, or a rule for findings, sends to."""
    path = "AlarmActions[]" if source.type in _ALARMS else "Targets[].Arn"
    if source.type in _ALARMS or _tells_findings(source):
        for value in spread(source.properties, path):
            topic = source.template.target(value, _TOPIC)
            if topic is not None:
                yield topic, None


def check(resource: Resource) -> Verdict:
    app = resource.template.app
    if not app.told(resource, "topics that alert", (*_ALARMS, "AWS::Events::Rule"), _alerted):
        return NOT_APPLICABLE
    inline = as_list(resource.get("Subscription"))
    if app.referring(resource, _SUBSCRIPTION, "TopicArn") or (inline is not UNKNOWN and inline):
        return PASSED
    if inline is UNKNOWN or any(one.get("TopicArn") is UNKNOWN for one in app.of_type(_SUBSCRIPTION)):
        return unknown("Who is subscribed is known only at deployment.")
    return failed("Alarms or findings are sent to it, and nobody is subscribed.")


RULE = Rule(
    name="AlertTopicSubscribed",
    severity="warning",
    resource_types=(_TOPIC,),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(6)(ii)"),
    fix="Subscribe whoever is on call to the topic.",
    fixes=(
        Fix(
            properties={
                "Subscription": [{"Protocol": "email", "Endpoint": Choose("the address of whoever is on call")}]
            },
            cdk=(
                "sns.Topic.add_subscription(sns_subscriptions.EmailSubscription(<the address of whoever is on call>))",
            ),
            constructs=("AlertTopic",),
        ),
    ),
    needs="app",
    check=check,
)
