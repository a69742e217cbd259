"""Customer keys for what only passes: queues, topics and the like, which keep nothing that outlives them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Reference, Resolved, Ternary, Unknown, as_int, is_one_of
from hipaa_constructs.compliance.facts.mentions import users_of
from hipaa_constructs.compliance.facts.operations import logs_operation_alone
from hipaa_constructs.compliance.facts.retention import KEPT
from hipaa_constructs.iam.document import policy_at
from hipaa_constructs.iam.locations import IDENTITY_POLICIES

_ALIAS, _LOGS, _STREAM = "AWS::KMS::Alias", "AWS::Logs::LogGroup", "AWS::Kinesis::Stream"
# What keeps a message for two weeks, an event for a day and a notification not at all:
# docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html and
# docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
_PASSING: Final = ("AWS::Events::EventBus", "AWS::SNS::Topic", "AWS::SQS::Queue")
# For how long a data stream may keep records and still be one of these: as long as KMS waits at least.
_WEEK_HOURS: Final = 7 * 24
# Services that send to these under their key, and nothing else:
# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
_SENDERS: Final = frozenset(
    f"{name}.amazonaws.com"
    for name in (
        "budgets",
        "cloudwatch",
        "codestar-notifications",
        "costalerts",
        "events",
        "s3",
        "scheduler",
        "ses",
        "sns",
        "sqs",
    )
)
_OF_LOGS: Final = re.compile(r"logs\.")
# This account, as a template names it.
_OWN_ROOT: Final = re.compile(r"arn:.*:iam::\$\{\??AWS::AccountId\}:root")


def passing_under(key: Resource) -> Sequence[Resource]:
    """Return what a key encrypts where that only passes, and goes with the stack as the key does; empty for others.

    Nobody else of the app names the key or its alias but policies, no program among them, and no export shows it; its
    own policy lets in this account, roles of the template and those who send there.
    """
    users = _users(key)
    if users is None:
        return ()
    stores = [user for user in users if user.type not in IDENTITY_POLICIES]
    if not stores or not all(map(_passes, stores)):
        return ()
    return stores if _lets_in_no_more(key, any(store.type == _LOGS for store in stores)) else ()


def _users(key: Resource) -> Sequence[Resource] | None:
    """Return what names a key, or an alias of it; None where others may."""
    found: dict[int, Resource] = {}
    direct = users_of(key)
    for user in direct or ():
        behind = users_of(user) if user.type == _ALIAS else [user]
        if behind is None:
            return None
        found.update({id(one): one for one in (*behind, *(_saying(user) if user.type == _ALIAS else ()))})
    return None if direct is None else list(found.values())


def _saying(alias: Resource) -> Iterator[Resource]:
    """Yield what says the name of an alias, where that is a plain text: anybody may use a key by it."""
    name = alias.written("AliasName")
    if isinstance(name, str):
        for template in alias.template.app.sources:
            for other in template.resources.values():
                if other is not alias and name in json.dumps(other.raw, default=str):
                    yield other


def _passes(store: Resource) -> bool:
    if store.deletion_policy is not None and is_one_of(store.deletion_policy, *KEPT) is not Ternary.NO:
        return False
    if store.type == _STREAM:
        hours = as_int(store.get("RetentionPeriodHours", 24))
        return isinstance(hours, int) and hours <= _WEEK_HOURS
    return store.type in _PASSING or (store.type == _LOGS and logs_operation_alone(store))


def _lets_in_no_more(key: Resource, logs: bool) -> bool:
    policy = policy_at(key, "KeyPolicy")
    if isinstance(policy, Unknown):
        return False
    allowed = [statement for statement in policy if statement.allows is not Ternary.NO]
    if any(statement.not_principals for statement in allowed):
        return False
    principals = [principal for statement in allowed for principal in statement.principals]
    return all(_is_at_hand(kind, value, logs) for kind, value in principals)


def _is_at_hand(kind: str, value: Resolved, logs: bool) -> bool:
    if kind == "Service":
        return isinstance(value, str) and (value in _SENDERS or (logs and _OF_LOGS.match(value) is not None))
    if isinstance(value, Reference):
        return True
    return isinstance(value, str) and _OWN_ROOT.fullmatch(value) is not None
