"""Actions that an identity policy allows on every resource, or on all of a kind, without a condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN
from hipaa_constructs.compliance.policy import Statement, matches
from hipaa_constructs.compliance.reading.arns import parse_arn
from hipaa_constructs.compliance.reading.conditions import is_conditioned
from hipaa_constructs.compliance.reading.grants import is_broad, is_every_resource, is_whole_service, judge_grants
from hipaa_constructs.compliance.rule import PASSED, Verdict, failed, unknown


def judge_wide_grants(resource: Resource, actions: Sequence[str], kinds: Mapping[str, Sequence[str]]) -> Verdict:
    """Judge whether an identity policy allows one of ``actions`` without a limit.

    ``kinds`` says by service how the ARNs that stand for all of a kind end, such as ``volume/*``. Whole services, and
    wildcard actions on every resource, are left to GrantsBounded.
    """

    def judge(statement: Statement) -> Verdict:
        conditioned = is_conditioned(statement)
        if conditioned is True:
            return PASSED
        for action, item in _wide(statement, actions, kinds):
            if action is UNKNOWN:
                return unknown("The actions of a statement are known only at deployment.")
            if conditioned is UNKNOWN:
                return unknown(f"The condition on which a statement allows {action} is known only at deployment.")
            return failed(f"A statement allows {action} on {item}.")
        return PASSED

    return judge_grants(resource, judge)


def _wide(
    statement: Statement, actions: Sequence[str], kinds: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Any, str]]:
    """Yield what a statement says of ``actions`` and on what; an action that is not known comes last."""
    items = [item for item in statement.resources if isinstance(item, str) and item.endswith(("*", "?"))]
    for pattern in statement.actions if items else ():
        for action in () if is_whole_service(pattern) else _meant(pattern, actions):
            for item in items:
                everywhere = is_every_resource(item)
                if (everywhere and not is_broad(pattern)) or _is_kind(item, kinds.get(action.split(":")[0], ())):
                    yield pattern, item
    if UNKNOWN in statement.actions:
        yield from ((UNKNOWN, item) for item in items if is_every_resource(item))


def _meant(pattern: Any, actions: Sequence[str]) -> Sequence[str]:
    """What of ``actions`` a statement's action stands for; few have a wildcard."""
    if isinstance(pattern, str) and "*" not in pattern and "?" not in pattern:
        return [action for action in actions if action.lower() == pattern.lower()]
    return [action for action in actions if matches(pattern, action)]


def _is_kind(item: str, names: Sequence[str]) -> bool:
    arn = parse_arn(item)
    return arn is not None and arn.name in names
