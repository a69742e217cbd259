"""Who is let in: whether a wildcard principal is tied to known callers by a condition."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, as_bool, as_list
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.document import Statement

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
    # IAM ignores the case of actions.
    denied = {action.lower() for action in deny.actions if isinstance(action, str)}
    covered = "*" in denied or all(
        isinstance(action, str) and not denied.isdisjoint((action.lower(), f"{action.lower().split(':')[0]}:*"))
        for action in allow.actions or [UNKNOWN]
    )
    everywhere = not deny.resources or "*" in deny.resources
    return covered and (everywhere or all(_among(item, deny.resources) for item in allow.resources))


_SERVICE_FLAGS = frozenset({"aws:principalisawsservice", "aws:viaawsservice"})


def _among(item: Any, items: Sequence[Any]) -> bool:
    return item is not UNKNOWN and any(item == other for other in items if other is not UNKNOWN)


def open_to_everyone(statement: Statement) -> Any:
    """Whether a statement allows any account, since no condition says whose: True, False or ``UNKNOWN``."""
    if not statement.allows:
        return False
    if not statement.not_principals and not statement.names_everyone():
        unknown = any(value is UNKNOWN for kind, value in statement.principals if kind in ("*", "AWS"))
        return UNKNOWN if unknown else False
    if statement.conditions is UNKNOWN:
        return UNKNOWN
    return not any(_ties_to_someone(statement.condition_values(key)) for key in _WHOSE)


# Condition keys that say whose request it may be. docs.aws.amazon.com/AmazonS3/latest/userguide/
# access-control-block-public-access.html lists them as what makes a policy with a wildcard principal not public.
_WHOSE = (
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:userid",
    "kms:CallerAccount",
    "s3:DataAccessPointAccount",
)
_OPERATORS = frozenset(("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"))
_ANYBODY = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:\*?:\*|0\.0\.0\.0/0|::/0")


def _ties_to_someone(values: Mapping[str, Any]) -> bool:
    """Whether a comparison fails for strangers; ``IfExists`` and ``ForAllValues`` hold where the key is missing."""
    return any(
        operator.lower().removeprefix("foranyvalue:") in _OPERATORS
        # A value that only deployment fills in still is somebody's.
        and (items is UNKNOWN or not any(isinstance(item, str) and _ANYBODY.fullmatch(item) for item in items))
        for operator, items in values.items()
    )
