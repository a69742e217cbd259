"""The policy of a queue or topic lets in the services of AWS that are to send there.

They send as themselves, and no caller's rights stand in. A queue without policy lets in nobody else than those of its
account whose own policies say so, and the default policy of a topic admits alarms and others who publish for its owner,
but not EventBridge (docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html, and there
eb-use-resource-based.html and eb-rule-dlq.html): what they send is dropped, also what was to be kept for somebody to
look at, as in a dead-letter queue, and nobody is told. SNS needs the same for a queue that subscribes to a topic, or
that takes what it could not deliver (docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html and
sns-configure-dead-letter-queue.html there); S3 refuses the notices of a bucket, so that the stack fails
(docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html).

Compliant: a statement allows the service, or everybody, ``sqs:SendMessage`` or ``sns:Publish``; its conditions are
taken to hold, but for one that names other sources of the app alone (``aws:SourceArn``), or the owner as the default
policy of SNS does. Non-compliant: there is none. A warning, as of other messages that are lost. Unknown: a policy that
cannot be read, or that may be about another queue or topic. Not applicable: those to which none of these services
sends. A rule that sends by a role of its own is its caller, as pipes and schedules are, and SAM makes the policies of
what it makes. Whether the service may use the key is SendersMayUseKey's, and alarms are AlarmDelivered's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Ternary,
    Text,
    Unknown,
    all_of,
    any_of,
    as_items,
    as_mapping,
)
from hipaa_constructs.compliance.facts.aws_senders import senders_to, source_of
from hipaa_constructs.compliance.facts.key_users import lets_service
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, named, unknown, worst
from hipaa_constructs.iam.document import Condition, Statement, policy_at

_QUEUE, _TOPIC, _S3 = "AWS::SQS::Queue", "AWS::SNS::Topic", "s3.amazonaws.com"
# Type: its policies, each with where it names what it is about, and what a service does there.
_POLICIES: Mapping[str, tuple[Mapping[str, str], str]] = {
    _QUEUE: ({"AWS::SQS::QueuePolicy": "Queues", "AWS::SQS::QueueInlinePolicy": "Queue"}, "sqs:SendMessage"),
    _TOPIC: ({"AWS::SNS::TopicPolicy": "Topics", "AWS::SNS::TopicInlinePolicy": "TopicArn"}, "sns:Publish"),
}
_FIRST = {kind: next(iter(policies)) for kind, (policies, _) in _POLICIES.items()}
# The condition of the default policy of a topic, which EventBridge and S3 do not meet.
_OF_OWNER = "aws:sourceowner"
_OF_SOURCE = "aws:sourcearn"
# By a connector SAM makes the policies that it takes.
_CONNECTOR = "AWS::Serverless::Connector"


def check(resource: Resource) -> Verdict:
    senders = senders_to(resource)
    if not senders or _has_connectors(resource):
        return NOT_APPLICABLE
    policies = [policy_at(policy, "PolicyDocument", UNKNOWN) for policy in _policies(resource)]
    return worst(_judge(resource, policies, service, found) for service, found in senders.items())


def _has_connectors(resource: Resource) -> bool:
    body = as_mapping(resource.template.body.get("Resources"))
    return any("Connectors" in raw or raw.get("Type") == _CONNECTOR for raw in map(as_mapping, body.values()))


def _policies(store: Resource) -> Iterator[Resource]:
    """Yield the policies of a queue or topic, also those that know a queue by its URL."""
    app, name = store.template.app, store.get("QueueName")
    for kind, path in _POLICIES[store.type][0].items():
        found = app.referring(store, kind, path)
        yield from found
        for policy in app.of_type(kind) if isinstance(name, str) else ():
            urls = (one for one in as_items(policy.get(path)) if isinstance(one, str))
            if policy not in found and any(url.endswith(f"/{name}") for url in urls):
                yield policy


def _judge(
    store: Resource, policies: Sequence[Sequence[Statement] | Unknown], service: str, senders: Sequence[Resource]
) -> Verdict:
    action = _POLICIES[store.type][1]
    statements = [one for policy in policies if not isinstance(policy, Unknown) for one in policy]
    lets = [(sender, any_of(_lets(one, store, action, service, sender) for one in statements)) for sender in senders]
    refused = [sender for sender, answer in lets if answer is Ternary.NO]
    untold = any(isinstance(policy, Unknown) for policy in policies) or _any_untold(store)
    if refused and untold:
        return unknown("The policy cannot be read before deployment.")
    sends = "sends" if len(refused) == 1 else "send"
    why = "Its policy does not let" if policies else "It has no policy that lets"
    if store.type == _TOPIC and not policies:
        why = "The default policy of a topic does not let"
    lost = "S3 refuses the notices and the stack fails" if service == _S3 else f"what {named(refused)} {sends} is lost"
    return judge(
        Ternary.NO if refused else all_of(answer for _, answer in lets),
        f"{why} {service} {'publish' if store.type == _TOPIC else 'send'}, so that {lost}.",
        unknown_message=f"Whether {service} may send there is known only at deployment.",
        at="",
    )


def _any_untold(store: Resource) -> bool:
    """Whether some policy of the app does not tell what it is about."""
    app = store.template.app
    return any(
        app.cached(f"{kind} of what is not told", partial(_untold, kind=kind, path=path, of=store.type))
        for kind, path in _POLICIES[store.type][0].items()
    )


def _untold(app: App, *, kind: str, path: str, of: str) -> bool:
    return any(
        isinstance(one, (Unknown, Text)) and policy.template.target(one, of) is None
        for policy in app.of_type(kind)
        for one in as_items(policy.get(path))
    )


def _lets(statement: Statement, store: Resource, action: str, service: str, sender: Resource) -> Ternary:
    excluded = any(_excludes(one, sender) for one in statement.known_conditions())
    return all_of(
        (lets_service(statement, action, service), statement.covers_resource(store), Ternary.of(not excluded))
    )


def _excludes(condition: Condition, sender: Resource) -> bool:
    """Whether a condition certainly does not hold of what a service sends for a resource of the app."""
    if condition.key == _OF_OWNER:
        return True
    if condition.key != _OF_SOURCE or condition.operator not in ("arnequals", "arnlike", "stringequals"):
        return False
    source = source_of(sender)
    kinds = (source.type,) if source is not None else ()
    others = [sender.template.target(value, *kinds) for value in condition.values]
    return bool(kinds and others) and all(one is not None and one is not source for one in others)


_STATEMENT = "by the Condition {ArnEquals: {aws:SourceArn: <the ARN of the rule, topic or bucket>}}"

RULE = Rule(
    name="SendersLetIn",
    severity="warning",
    resource_types=tuple(_POLICIES),
    controls=("164.308(a)(6)(ii)", "164.312(c)(1)"),
    fix="Let each service that sends there do so, in the queue's or the topic's policy.",
    fixes=tuple(
        Fix(
            (kind,),
            template=f"An {_FIRST[kind]} that lists it in {_POLICIES[kind][0][_FIRST[kind]]} allows the service "
            f"{_POLICIES[kind][1]} on its ARN, {_STATEMENT}.{more}",
            cdk=(
                f'{l2}.add_to_resource_policy(iam.PolicyStatement(actions=["{_POLICIES[kind][1]}"], '
                f"principals=[iam.ServicePrincipal(<the service>)], resources=[<its ARN>]))",
            ),
        )
        for kind, l2, more in (
            (_QUEUE, "sqs.Queue", ""),
            (
                _TOPIC,
                "sns.Topic",
                " It takes the place of the default policy of the topic, so it also lets in who else publishes: for "
                "alarms cloudwatch.amazonaws.com.",
            ),
        )
    ),
    check=check,
    phi_only=True,
)
