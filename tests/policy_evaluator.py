"""IAM's evaluation of policy documents, as far as the policies of this library go.

moto enforces actions only, without conditions. This follows
docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html, and raises on what it
does not know, so that no statement passes by being misread.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Context = Mapping[str, Any]


def allowed(
    documents: Sequence[Mapping[str, Any]],
    action: str,
    resource: str = "*",
    *,
    context: Context | None = None,
    principal: str | None = None,
) -> bool:
    """Whether documents together allow a call: some statement allows it and none denies it."""
    effects = {
        statement["Effect"]
        for document in documents
        for statement in document["Statement"]
        if applies(statement, action, resource, context=context, principal=principal)
    }
    return effects == {"Allow"}


def denied(documents: Sequence[Mapping[str, Any]], action: str, resource: str = "*", **request: Any) -> bool:
    """Whether some statement denies the call."""
    return any(
        statement["Effect"] == "Deny" and applies(statement, action, resource, **request)
        for document in documents
        for statement in document["Statement"]
    )


def applies(
    statement: Mapping[str, Any],
    action: str,
    resource: str = "*",
    *,
    context: Context | None = None,
    principal: str | None = None,
) -> bool:
    """Whether a statement is about a call, whatever its effect."""
    unknown = set(statement) - {
        "Sid",
        "Effect",
        "Principal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
    assert not unknown, unknown
    if principal is not None and not _names(statement["Principal"], principal):
        return False
    if "Action" in statement and not _any(statement["Action"], action.lower(), fold=True):
        return False
    if "NotAction" in statement and _any(statement["NotAction"], action.lower(), fold=True):
        return False
    if "Resource" in statement and not _any(statement["Resource"], resource):
        return False
    if "NotResource" in statement and _any(statement["NotResource"], resource):
        return False
    given = {key.lower(): value for key, value in (context or {}).items()}
    return all(
        _holds(operator, given.get(key.lower()), _list(wanted))
        for operator, entries in statement.get("Condition", {}).items()
        for key, wanted in entries.items()
    )


def _holds(operator: str, got: Any, wanted: Sequence[Any]) -> bool:
    if operator == "Null":
        return (got is None) == (str(wanted[0]).lower() == "true")
    if operator.endswith("IfExists"):
        return got is None or _holds(operator.removesuffix("IfExists"), got, wanted)
    negated = operator.replace("Not", "", 1)
    if "Not" in operator and negated in _OPERATORS:
        return got is None or not any(_OPERATORS[negated](str(got), str(item)) for item in wanted)
    if operator == "NotIpAddress":
        return got is None or not any(_in_network(str(got), str(item)) for item in wanted)
    return got is not None and any(_OPERATORS[operator](str(got), str(item)) for item in wanted)


def _in_network(got: str, wanted: str) -> bool:
    return ipaddress.ip_address(got) in ipaddress.ip_network(wanted)


def _like(got: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(got, pattern.replace("[", "[[]"))


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda got, wanted: got.lower() == wanted.lower(),
    "DateGreaterThan": lambda got, wanted: got > wanted,
    "DateLessThan": lambda got, wanted: got < wanted,
    "IpAddress": _in_network,
    "NumericGreaterThan": lambda got, wanted: float(got) > float(wanted),
    "NumericLessThan": lambda got, wanted: float(got) < float(wanted),
    "NumericLessThanEquals": lambda got, wanted: float(got) <= float(wanted),
    "StringEquals": lambda got, wanted: got == wanted,
    "StringLike": _like,
}


def _names(principals: Any, principal: str) -> bool:
    if principals == "*":
        return True
    return any(_any(values, principal) for values in principals.values())


def _any(patterns: Any, value: str, *, fold: bool = False) -> bool:
    return any(_like(value, re.sub(r"\$\{.*?\}", "*", item.lower() if fold else item)) for item in _list(patterns))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
