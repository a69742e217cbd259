"""What the conditions of a statement ask for, and whether they limit it at all."""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, Unknown, all_of, any_of, negate
from hipaa_constructs.iam.document import FOR_ALL, Condition, Statement

# They are in every request, or in every request of the actions that are limited by them, so that any value is no limit:
# docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_ALWAYS_PRESENT = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principaltype",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:useragent",
        "aws:userid",
        "aws:viaawsservice",
        "iam:awsservicename",
    }
)
_WITH_WILDCARDS = frozenset({"arnequals", "arnlike", "stringlike"})


def first_compared(policy: Sequence[Statement], key: str, default: str) -> str:
    """Return the first value that any statement compares a condition key with, for a request that differs elsewhere."""
    for statement in policy:
        for condition in statement.compared(key.lower()):
            if condition.values and isinstance(condition.values[0], str):
                return str(condition.values[0])
    return default


def is_conditioned(statement: Statement) -> Ternary:
    """Whether a condition can fail at all. Conditions of a statement must all hold."""
    return any_of(map(_can_fail, statement.conditions))


def denies_plain_http(statement: Statement) -> Ternary:
    """Whether a statement denies something to everyone who comes without TLS, and on no other condition."""
    if not statement.conditions:
        return Ternary.NO
    return all_of((statement.denies, statement.names_everyone(), *map(_is_plain_http, statement.conditions)))


def _is_plain_http(condition: Condition | Unknown) -> Ternary:
    if isinstance(condition, Unknown):
        return Ternary.UNKNOWN
    return condition.is_flag(False) if condition.key == "aws:securetransport" else Ternary.NO


def _can_fail(condition: Condition | Unknown) -> Ternary:
    if isinstance(condition, Unknown):
        return Ternary.UNKNOWN
    operator, texts = condition.operator, condition.texts()
    unclear = any(text is UNKNOWN for text in texts)
    always = condition.quantifier == FOR_ALL or condition.if_exists or condition.key in _ALWAYS_PRESENT
    if operator in _WITH_WILDCARDS and always:
        if any(text is not UNKNOWN and text == "*" for text in texts):
            return Ternary.NO
        return Ternary.UNKNOWN if unclear else Ternary.YES
    if operator == "ipaddress" and any(text is not UNKNOWN and text == "0.0.0.0/0" for text in texts):
        return Ternary.NO
    if operator == "bool" and condition.key == "aws:securetransport":
        # The services answer no other requests.
        return negate(condition.is_flag(True))
    if operator == "null" and condition.key in _ALWAYS_PRESENT:
        return Ternary.UNKNOWN if unclear else Ternary.of(texts != ["false"])
    return Ternary.YES
