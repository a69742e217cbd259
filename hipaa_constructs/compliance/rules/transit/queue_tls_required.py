"""SQS queues and SNS topics refuse requests without TLS.

Compliant: a policy denies every principal to use the queue, or to publish to the topic, where
``aws:SecureTransport`` is false. Non-compliant: no such statement, or one that exempts someone. Unknown: a policy
that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.conditions import denies_plain_http
from hipaa_constructs.iam.document import Statement, statements

# Type: the policies that can name it, with where, and the actions that must be denied. SNS has no sns:* in topic
# policies, and what else there is to do with a topic carries no message.
_POLICIES: Mapping[str, tuple[tuple[tuple[str, str], ...], tuple[str, ...]]] = {
    "AWS::SNS::Topic": (
        (("AWS::SNS::TopicPolicy", "Topics"), ("AWS::SNS::TopicInlinePolicy", "TopicArn")),
        ("sns:Publish",),
    ),
    "AWS::SQS::Queue": (
        (("AWS::SQS::QueuePolicy", "Queues"), ("AWS::SQS::QueueInlinePolicy", "Queue")),
        ("sqs:SendMessage", "sqs:ReceiveMessage"),
    ),
}


def check(resource: Resource) -> Verdict:
    _, actions = _POLICIES[resource.type]
    found = False
    readable = True
    for policy in _policies(resource):
        found = True
        read = statements(policy.get("PolicyDocument", UNKNOWN))
        if isinstance(read, Unknown):
            readable = False
        elif any(_protects(statement, resource, actions) for statement in read):
            return PASSED
        elif any(denies_plain_http(statement) and UNKNOWN in statement.resources for statement in read):
            readable = False
    if not readable:
        return unknown("The policy cannot be read before deployment.")
    if found:
        return failed("The policy has no statement that denies requests without TLS to everyone.")
    return failed("There is no policy, so that requests without TLS are answered.")


def _policies(resource: Resource) -> Iterator[Resource]:
    for kind, path in _POLICIES[resource.type][0]:
        yield from resource.template.app.referring(resource, kind, path)


def _protects(statement: Statement, resource: Resource, actions: tuple[str, ...]) -> bool:
    return (
        denies_plain_http(statement)
        and all(statement.covers_action(action) for action in actions)
        and statement.covers_resource(resource)
    )


RULE = Rule(
    name="QueueTlsRequired",
    severity="error",
    resource_types=tuple(_POLICIES),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Deny everyone where aws:SecureTransport is false, in the queue's or topic's policy (enforce_ssl=True on "
    "sqs.Queue or sns.Topic).",
    check=check,
)
