"""SQS queues and SNS topics refuse requests without TLS.

Compliant: a policy denies every principal to use the queue, or to publish to the topic, where
``aws:SecureTransport`` is false. Non-compliant: no such statement, or one that exempts someone; a warning where only
services of AWS tell of operation by it, such as alarms, which come with TLS, or where alarms come to a topic that is
called by alerts. Unknown: a policy that cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, Unknown, all_of, any_of
from hipaa_constructs.compliance.facts.operations import is_for_alerts, serves_operation_alone
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown, weaker
from hipaa_constructs.iam.conditions import denies_plain_http
from hipaa_constructs.iam.document import Statement, policy_at

_TOPIC = "AWS::SNS::Topic"
# Type: the policies that can name it, with where, and the actions that must be denied. SNS has no sns:* in topic
# policies, and what else there is to do with a topic carries no message.
_POLICIES: Mapping[str, tuple[tuple[tuple[str, str], ...], tuple[str, ...]]] = {
    _TOPIC: (
        (("AWS::SNS::TopicPolicy", "Topics"), ("AWS::SNS::TopicInlinePolicy", "TopicArn")),
        ("sns:Publish",),
    ),
    "AWS::SQS::Queue": (
        (("AWS::SQS::QueuePolicy", "Queues"), ("AWS::SQS::QueueInlinePolicy", "Queue")),
        ("sqs:SendMessage", "sqs:ReceiveMessage"),
    ),
}


def check(resource: Resource) -> Verdict:
    kinds, actions = _POLICIES[resource.type]
    policies = [policy for kind, path in kinds for policy in resource.template.app.referring(resource, kind, path)]
    found = [policy_at(policy, "PolicyDocument", absent=UNKNOWN) for policy in policies]
    protected = any_of(
        _protects(statement, resource, actions)
        for policy in found
        if not isinstance(policy, Unknown)
        for statement in policy
    )
    if protected is Ternary.YES:
        return PASSED
    if protected is Ternary.UNKNOWN or any(isinstance(policy, Unknown) for policy in found):
        return unknown("The policy cannot be read before deployment.")
    verdict = failed(
        "The policy has no statement that denies requests without TLS to everyone."
        if found
        else "There is no policy, so requests without TLS are accepted."
    )
    alerts = resource.type == _TOPIC and is_for_alerts(resource)
    return weaker(verdict) if alerts or serves_operation_alone(resource) else verdict


def _protects(statement: Statement, resource: Resource, actions: tuple[str, ...]) -> Ternary:
    covered = (statement.covers_action(action) for action in actions)
    return all_of((denies_plain_http(statement), *covered, statement.covers_resource(resource)))


# docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
_LET_IN = (
    "It takes the place of the default policy of the topic, so it also lets in who publishes: for alarms "
    "cloudwatch.amazonaws.com, by the Condition {StringEquals: {aws:SourceAccount: ${AWS::AccountId}}}."
)

RULE = Rule(
    name="QueueTlsRequired",
    severity="error",
    resource_types=tuple(_POLICIES),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Deny requests without TLS to everyone, in the queue's or the topic's policy.",
    fixes=tuple(
        Fix(
            (kind,),
            template=f"In an {_POLICIES[kind][0][0][0]} that lists it in {_POLICIES[kind][0][0][1]}, deny Principal * "
            f"the Action {' and '.join(_POLICIES[kind][1])} on its ARN, by the Condition {{Bool: "
            f'{{aws:SecureTransport: "false"}}}}. {more}'.rstrip(),
            cdk=(f"{name}(enforce_ssl=True)",),
        )
        for kind, name, more in (("AWS::SNS::Topic", "sns.Topic", _LET_IN), ("AWS::SQS::Queue", "sqs.Queue", ""))
    ),
    needs="template",
    check=check,
)
