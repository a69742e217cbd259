"""Whether a policy admits anybody: a wildcard principal that no condition ties to known callers."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Unknown, as_bool, as_list
from hipaa_constructs.compliance.policy import Statement, statements
from hipaa_constructs.compliance.reading.arns import parse_arn
from hipaa_constructs.compliance.rule import PASSED, Verdict, failed, unknown

# Keys that tie a request to an account, an organization, a network or a named source. What AWS calls public:
# docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
_LIMITING_KEYS = frozenset(
    {
        "aws:ec2instancesourcevpc",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:userid",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "elasticfilesystem:accesspointarn",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)
# True only for callers who come through a network or a service that AWS vouches for.
_LIMITING_FLAGS = frozenset({"aws:principalisawsservice", "elasticfilesystem:accessedviamounttarget"})
_POSITIVE = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"})
_NEGATIVE = frozenset(
    {
        "stringnotequals",
        "stringnotequalsignorecase",
        "stringnotlike",
        "arnnotequals",
        "arnnotlike",
        "notipaddress",
    }
)
# AWS takes a range wider than these for public.
_WIDEST_PREFIX = {4: 8, 6: 32}


def judge_policy(document: Any, name: str) -> Verdict:
    """Judge a resolved policy document, which may be JSON text; ``name`` is how messages call it."""
    found = statements(parsed(document))
    if isinstance(found, Unknown):
        return unknown(f"{name} cannot be read before deployment.")
    verdicts = [(statement, is_open(statement, found)) for statement in found]
    for statement, open_ in verdicts:
        if open_ is True:
            return failed(f"{name} allows {_actions(statement)} to everyone{_sid(statement)}.")
    for statement, open_ in verdicts:
        if open_ is UNKNOWN:
            return unknown(f"Whom {name} admits is known only at deployment{_sid(statement)}.")
    return PASSED


def is_open(statement: Statement, policy: Sequence[Statement]) -> Any:
    """Whether a statement of ``policy`` admits anybody: True, False or ``UNKNOWN``."""
    if statement.denies:
        return False
    everyone = admits_everyone(statement)
    if everyone is False or any(_guards(other, statement) for other in policy):
        return False
    limited = is_limited(statement)
    if limited is True:
        return False
    return UNKNOWN if limited is UNKNOWN or everyone is UNKNOWN else True


def admits_everyone(statement: Statement) -> Any:
    """Whether the principal is anybody, conditions aside: True, False or ``UNKNOWN``."""
    values = [value for kind, value in statement.principals if kind in ("*", "AWS", "Federated")]
    if statement.not_principals or any(isinstance(value, str) and value == "*" for value in values):
        return True
    return UNKNOWN if any(value is UNKNOWN for value in values) else False


def is_limited(statement: Statement) -> Any:
    """Whether conditions hold the callers to known accounts, networks or sources."""
    conditions = statement.conditions
    if conditions is None:
        return False
    if not isinstance(conditions, Mapping):
        return UNKNOWN
    answers = [
        _limits(operator.lower().removeprefix("foranyvalue:"), name.lower(), value)
        for operator, entries in conditions.items()
        if isinstance(entries, Mapping)
        for name, value in entries.items()
    ]
    if any(answer is True for answer in answers):
        return True
    unreadable = any(not isinstance(entries, Mapping) for entries in conditions.values())
    return UNKNOWN if unreadable or any(answer is UNKNOWN for answer in answers) else False


def parsed(document: Any) -> Any:
    """Return a policy document as data, whether it was written as data or as JSON text."""
    if not isinstance(document, str):
        return document
    try:
        return json.loads(document)
    except ValueError:
        return UNKNOWN


def is_wide(cidr: str) -> Any:
    """Whether an address range is so wide that AWS takes it for the Internet; ``UNKNOWN`` if unreadable."""
    try:
        network = ipaddress.ip_network(cidr.strip(), strict=False)
    except ValueError:
        return UNKNOWN
    return network.prefixlen < _WIDEST_PREFIX[network.version]


def _limits(operator: str, key: str, value: Any) -> Any:
    if operator == "bool" and key in _LIMITING_FLAGS:
        return as_bool(value[0] if isinstance(value, list) and len(value) == 1 else value)
    if operator not in _POSITIVE or key not in _LIMITING_KEYS:
        return False
    values = as_list(value)
    answers = [_is_narrow(operator, item) for item in ([UNKNOWN] if values is UNKNOWN else values)]
    if any(answer is False for answer in answers):
        return False
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else bool(answers)


def _is_narrow(operator: str, value: Any) -> Any:
    """Whether a compared value names something: not a bare wildcard, nor an ARN of any account."""
    if operator.startswith("stringequals") or isinstance(value, Reference):
        return True
    if not isinstance(value, str):
        return UNKNOWN
    if operator == "ipaddress":
        wide = is_wide(value)
        return UNKNOWN if wide is UNKNOWN else not wide
    text = value.removeprefix("vpce-").removeprefix("vpc-").removeprefix("o-")
    arn = parse_arn(text)
    if arn is not None:
        text = arn.account or arn.name
    return not text.startswith(("*", "?")) and text != ""


def _guards(deny: Statement, allow: Statement) -> bool:
    """Whether a Deny turns away everybody but known callers from what ``allow`` allows."""
    if not deny.denies or not deny.names_everyone() or not isinstance(deny.conditions, Mapping):
        return False
    entries = [
        (operator.lower().removesuffix("ifexists"), name.lower(), value)
        for operator, pairs in deny.conditions.items()
        if isinstance(pairs, Mapping)
        for name, value in pairs.items()
    ]
    negated = [entry for entry in entries if entry[0] in _NEGATIVE and entry[1] in _LIMITING_KEYS]
    exempt = [entry for entry in entries if entry[0] == "bool" and entry[1] in _SERVICE_FLAGS]
    if not negated or len(negated) + len(exempt) != len(entries):
        return False
    if any(_limits(operator.replace("not", ""), key, value) is not True for operator, key, value in negated):
        return False
    covered = "*" in deny.actions or all(
        isinstance(action, str) and (action in deny.actions or f"{action.split(':')[0]}:*" in deny.actions)
        for action in allow.actions or [UNKNOWN]
    )
    everywhere = not deny.resources or "*" in deny.resources
    return covered and (everywhere or all(_among(item, deny.resources) for item in allow.resources))


_SERVICE_FLAGS = frozenset({"aws:principalisawsservice", "aws:viaawsservice"})


def _among(item: Any, items: Sequence[Any]) -> bool:
    return item is not UNKNOWN and any(item == other for other in items if other is not UNKNOWN)


def _actions(statement: Statement) -> str:
    if statement.not_actions:
        return "all actions but a few"
    shown = [str(action) for action in statement.actions]
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "") or "access"


def _sid(statement: Statement) -> str:
    return f" (statement {statement.sid})" if statement.sid else ""
