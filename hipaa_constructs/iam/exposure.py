"""Who is let in: whether a wildcard principal is tied to known callers by a condition."""

from __future__ import annotations

import fnmatch
import ipaddress
from collections.abc import Sequence
from dataclasses import replace

from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Reference,
    Resolved,
    Ternary,
    Unknown,
    all_of,
    any_of,
    negate,
    same,
)
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.document import FOR_ALL, Condition, Statement

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
# Ranges of IPv6 as wide as that which no router of the Internet passes on: RFC 4193, section 4.1; RFC 4291, section
# 2.5.6. Those of IPv4, RFC 1918, are no wider than 10.0.0.0/8.
_INSIDE = tuple(map(ipaddress.IPv6Network, ("fc00::/7", "fe80::/10")))
# With these, a Deny of others lets AWS's services through, which act for known callers.
_SERVICE_FLAGS = frozenset({"aws:principalisawsservice", "aws:viaawsservice"})


def is_open(statement: Statement, policy: Sequence[Statement]) -> Ternary:
    """Whether a statement of ``policy`` admits anybody."""
    everyone = all_of((statement.allows, admits_everyone(statement)))
    if everyone is Ternary.NO or any(_guards(other, statement) for other in policy):
        return Ternary.NO
    return all_of((everyone, negate(is_limited(statement))))


def admits_everyone(statement: Statement) -> Ternary:
    """Whether the principal is anybody, conditions aside."""
    if statement.not_principals:
        return Ternary.YES
    return any_of(
        Ternary.UNKNOWN if value is UNKNOWN else Ternary.of(isinstance(value, str) and value == "*")
        for kind, value in statement.principals
        if kind in ("*", "AWS", "Federated")
    )


def is_limited(statement: Statement) -> Ternary:
    """Whether conditions hold the callers to known accounts, networks or sources."""
    return any_of(map(_limits, statement.conditions))


def is_wide(cidr: str) -> Ternary:
    """Whether an address range is so wide that AWS takes it for the Internet, and not one of private networks."""
    try:
        network = ipaddress.ip_network(cidr.strip(), strict=False)
    except ValueError:
        return Ternary.UNKNOWN
    if isinstance(network, ipaddress.IPv6Network) and any(map(network.subnet_of, _INSIDE)):
        return Ternary.NO
    return Ternary.of(network.prefixlen < _WIDEST_PREFIX[network.version])


def _limits(condition: Condition | Unknown) -> Ternary:
    if isinstance(condition, Unknown):
        return Ternary.UNKNOWN
    # Both hold where the key is missing.
    if condition.if_exists or condition.quantifier == FOR_ALL:
        return Ternary.NO
    if condition.key in _LIMITING_FLAGS:
        return condition.is_flag(True)
    if condition.operator not in _POSITIVE or condition.key not in _LIMITING_KEYS or not condition.values:
        return Ternary.NO
    return all_of(_is_narrow(condition.operator, value) for value in condition.values)


def _is_narrow(operator: str, value: Resolved) -> Ternary:
    """Whether a compared value names something: not a bare wildcard, nor an ARN of any account."""
    if operator.startswith("stringequals") or isinstance(value, Reference):
        return Ternary.YES
    if not isinstance(value, str):
        return Ternary.UNKNOWN
    if operator == "ipaddress":
        return negate(is_wide(value))
    text = value.removeprefix("vpce-").removeprefix("vpc-").removeprefix("o-")
    arn = parse_arn(text)
    if arn is not None:
        text = arn.account or arn.name
    return Ternary.of(not text.startswith(("*", "?")) and text != "")


def _guards(deny: Statement, allow: Statement) -> bool:
    """Whether a Deny certainly turns away everybody but known callers from what ``allow`` allows."""
    if not deny.conditions:
        return False
    # An Allow without actions names those that it does not allow.
    asked: Sequence[object] = allow.actions or ["*"]
    covered = (any_of(_includes(other, action) for other in deny.actions) for action in asked)
    answers = (
        deny.denies,
        deny.names_everyone(),
        *map(_turns_away, deny.conditions),
        Ternary.of(any(condition.operator in _NEGATIVE for condition in deny.known_conditions())),
        all_of(covered),
        Ternary.of(_is_about_all(deny, allow)),
    )
    return all_of(answers) is Ternary.YES


def _turns_away(condition: Condition | Unknown) -> Ternary:
    """Whether a condition of a Deny holds for all but known callers, or for all but AWS's services."""
    if isinstance(condition, Unknown):
        return Ternary.UNKNOWN
    if condition.operator == "bool":
        return Ternary.of(condition.key in _SERVICE_FLAGS)
    if condition.operator not in _NEGATIVE or condition.quantifier:
        return Ternary.NO
    return _limits(replace(condition, operator=condition.operator.replace("not", ""), if_exists=False))


def _includes(pattern: Resolved, action: object) -> Ternary:
    """Whether a pattern of actions includes all that another stands for."""
    if isinstance(pattern, str) and pattern == "*":
        return Ternary.YES
    if not isinstance(pattern, str) or not isinstance(action, str):
        return Ternary.UNKNOWN
    return Ternary.of(fnmatch.fnmatchcase(action.lower(), pattern.lower()))


def _is_about_all(deny: Statement, allow: Statement) -> bool:
    if deny.not_resources:
        return False
    if not deny.resources or any(same(other, "*") for other in deny.resources):
        return True
    return all(any(same(item, other) for other in deny.resources) for item in allow.resources)
