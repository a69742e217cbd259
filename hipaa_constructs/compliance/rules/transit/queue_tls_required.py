"""SQS queues and SNS topics refuse requests without TLS.

Compliant: a policy denies every principal to use the queue, or to publish to the topic, where ``aws:SecureTransport``
is false. Non-compliant: no such statement, or one that exempts someone; a warning where alarms come to a topic that is
called by alerts, or services of AWS tell of operation by one that is exported, so that others may publish too. Unknown:
a policy that cannot be read. Not applicable: what services of AWS alone tell of operation by, such as alarms, notices
of databases and pipelines, schedules, and tasks of state machines that say nothing but text of their definition; they
come with TLS by themselves (such as docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-transit.html), and no
record of a patient is in what they say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, all_of, any_of
from hipaa_constructs.compliance.facts.aws_senders import allowed_to, services_sending_to
from hipaa_constructs.compliance.facts.mentions import users_of
from hipaa_constructs.compliance.facts.operations import is_for_alerts, serves_operation_alone
from hipaa_constructs.compliance.facts.statements import refused
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, weaker
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
    found = [policy_at(policy, "PolicyDocument") for policy in policies]
    protected = any_of(
        _protects(statement, resource, actions)
        for policy in found
        if not isinstance(policy, Unknown)
        for statement in policy
    )
    if protected is Ternary.YES:
        return PASSED
    of_operation = serves_operation_alone(resource)
    if of_operation and users_of(resource) is not None:
        return NOT_APPLICABLE
    if protected is Ternary.UNKNOWN or any(isinstance(policy, Unknown) for policy in found):
        return unknown("The policy cannot be read before deployment.")
    empty = refused(policies)
    verdict = failed(
        f"CloudFormation refuses {empty.logical_id}, the policy: it has no PolicyDocument."
        if empty is not None
        else "The policy has no statement that denies requests without TLS to everyone."
        if found
        else "There is no policy, so requests without TLS are accepted."
    )
    alerts = resource.type == _TOPIC and is_for_alerts(resource)
    return weaker(verdict) if alerts or of_operation else verdict


def _protects(statement: Statement, resource: Resource, actions: tuple[str, ...]) -> Ternary:
    covered = (statement.covers_action(action) for action in actions)
    return all_of((denies_plain_http(statement), *covered, statement.covers_resource(resource)))


# docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
_ANEW = "It takes the place of the default policy of the topic, so it also allows who publishes"


def _let_in(fix: Fix, topic: Resource) -> Fix:
    services = services_sending_to(topic)
    who = f": {allowed_to(services, 'sns:Publish')}." if services else ", such as roles of the app."
    return replace(fix, template=fix.template.removesuffix(".") + who)


def _has_policy(resource: Resource) -> bool:
    return any(resource.template.app.referring(resource, kind, path) for kind, path in _POLICIES[resource.type][0])


def _fixes(kind: str, name: str) -> Iterator[Fix]:
    (policy, path), actions = _POLICIES[kind][0][0], _POLICIES[kind][1]
    does = f"deny Principal * the Action {' and '.join(actions)} on its ARN, by the Condition {{Bool: " + (
        '{aws:SecureTransport: "false"}}.'
    )
    anew = Fix((kind,), template=f"In an {policy} that lists it in {path}, {does}", cdk=(f"{name}(enforce_ssl=True)",))
    there = f"In the policy that it has, beside what that allows now, {does}"
    yield replace(anew, template=there, when=_has_policy)
    yield replace(anew, template=f"{anew.template} {_ANEW}.", tailor=_let_in) if kind == _TOPIC else anew


RULE = Rule(
    name="QueueTlsRequired",
    severity="error",
    resource_types=tuple(_POLICIES),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Deny requests without TLS to everyone, in the queue's or the topic's policy.",
    fixes=(*_fixes(_TOPIC, "sns.Topic"), *_fixes("AWS::SQS::Queue", "sqs.Queue")),
    needs="template",
    check=check,
)
