"""What CDK itself writes into key policies, held to this account."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from hipaa_constructs._stacks import account_of
from hipaa_constructs.iam.key_actions import SEND
from hipaa_constructs.primitives.key_statements import EVENT_BUS, for_service, for_topics, within_account


def held_to_account(statement: iam.PolicyStatement, *, stack: cdk.Stack) -> Sequence[iam.PolicyStatement]:
    """Return what to write instead of ``statement`` into the policy of a key in ``stack``.

    Where a queue or topic under the key is told of something, CDK lets the sender use the key: on behalf of any
    account, or of one bucket or topic. The second is a circle as soon as that is under the key as well, and
    CloudFormation refuses it (github.com/aws/aws-cdk/issues/11158 and 17786). The policy of the queue or topic names
    the sender; here it is enough that it belongs to this account. That is what AWS asks of a key's policy
    (docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services), and CDK's own way out
    for rules, ``@aws-cdk/aws-events:eventsTargetQueueSameAccount``. An archive names its event bus in the same way.
    Any other statement stays as it is.
    """
    written: dict[str, Any] = stack.resolve(statement.to_statement_json())
    principal, actions, conditions = written.get("Principal"), written.get("Action"), written.get("Condition", {})
    service = principal.get("Service") if isinstance(principal, Mapping) and len(principal) == 1 else None
    if not (isinstance(service, str) and isinstance(actions, list) and written["Effect"] == "Allow"):
        return [statement]
    if _is_reference(conditions.get("StringEquals", {}).get(EVENT_BUS)):
        return [for_service(service, actions, within_account(stack, EVENT_BUS, "events", "event-bus/*"))]
    if not (_SENDERS.match(service) and frozenset(actions) in _SENDING and _for_any_account(conditions)):
        return [statement]
    held = [for_service(service, SEND, {"StringEquals": {"aws:SourceAccount": account_of(stack)}})]
    if service.startswith("events."):
        # The first counts for queues; for topics it would lock EventBridge out, see grant_topic_publisher.
        held.append(for_service(service, SEND, for_topics(stack)))
    return held


# Whom CDK's notifications, subscriptions and event targets let in, and for what.
_SENDERS = re.compile(r"(events|s3|sns)(\.[a-z0-9-]+)?\.amazonaws\.com")
_SENDING = (
    frozenset(SEND),
    frozenset({"kms:Decrypt", "kms:GenerateDataKey"}),
    frozenset({"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"}),
)


def _for_any_account(conditions: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether nothing says whose requests are meant, or only the ARN of a resource that is made in the app."""
    keys = [(key.lower(), value) for tests in conditions.values() for key, value in tests.items()]
    return all(key == "aws:sourcearn" and _is_reference(value) for key, value in keys)


def _is_reference(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "Fn::GetAtt" in value or not str(value.get("Ref", "AWS::")).startswith("AWS::")
    return isinstance(value, list) and any(_is_reference(item) for item in value)
