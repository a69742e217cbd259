"""What the conditions of a statement ask for, and whether they limit it at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.values import UNKNOWN, as_list
from hipaa_constructs.iam.document import Statement

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


def by_operator(statement: Statement) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the conditions of a statement by operator."""
    if isinstance(statement.conditions, Mapping):
        for operator, entries in statement.conditions.items():
            if isinstance(entries, Mapping):
                yield operator, entries


def first_compared(policy: Sequence[Statement], key: str, default: str) -> str:
    """Return the first value that any statement compares a condition key with, for a request that differs elsewhere."""
    for statement in policy:
        for values in statement.condition_values(key).values():
            if values is not UNKNOWN and values and isinstance(values[0], str):
                return str(values[0])
    return default


def is_conditioned(statement: Statement) -> Any:
    """Whether a condition can fail at all: True, False or ``UNKNOWN``. Conditions of a statement must all hold."""
    conditions = statement.conditions
    if conditions is UNKNOWN:
        return UNKNOWN
    if not isinstance(conditions, Mapping):
        return False
    answers = [
        _can_fail(operator.lower(), key.lower(), value)
        for operator, entries in conditions.items()
        for key, value in (entries.items() if isinstance(entries, Mapping) else [("", entries)])
    ]
    if any(answer is True for answer in answers):
        return True
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else False


def denies_plain_http(statement: Statement) -> bool:
    """Whether a statement denies something to everyone who comes without TLS, and on no other condition."""
    conditions = statement.conditions
    if not (statement.denies and statement.names_everyone() and isinstance(conditions, Mapping)):
        return False
    insecure = [
        value
        for operator, values in statement.condition_values("aws:SecureTransport").items()
        if operator.lower().startswith("bool")
        for value in ([UNKNOWN] if values is UNKNOWN else values)
    ]
    keys = sum(len(entries) for entries in conditions.values() if isinstance(entries, Mapping))
    return [str(value).lower() for value in insecure] == ["false"] and keys == 1


def _can_fail(operator: str, key: str, value: Any) -> Any:
    if not key:
        # No comparison stands there, unless deployment puts one.
        return UNKNOWN if value is UNKNOWN else False
    found = as_list(value)
    values = [UNKNOWN] if found is UNKNOWN else found
    operator, absent = operator.removeprefix("foranyvalue:"), False
    if operator.startswith("forallvalues:") or operator.endswith("ifexists"):
        operator, absent = operator.removeprefix("forallvalues:").removesuffix("ifexists"), True
    always = absent or key in _ALWAYS_PRESENT
    texts = [str(item).lower() for item in values if item is not UNKNOWN]
    if operator in _WITH_WILDCARDS and always:
        return False if "*" in texts else UNKNOWN if UNKNOWN in values else True
    if operator == "ipaddress" and "0.0.0.0/0" in texts:
        return False
    if operator == "bool" and key == "aws:securetransport":
        # The services answer no other requests.
        return texts != ["true"]
    if operator == "null" and key in _ALWAYS_PRESENT:
        return texts != ["false"]
    return True
