"""What identity policies of every form allow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, Unknown, any_of, is_present
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.document import Statement, matches, policies_at
from hipaa_constructs.iam.locations import HOLDERS, IDENTITY_POLICIES

IDENTITY_TYPES = tuple(IDENTITY_POLICIES)
# What only lists and describes; a Get may read data, so it counts by service below.
_READ_VERBS = ("describe", "list", "get", "batchget", "search", "lookup")
# Services whose Get* actions return what patients and passwords are stored as.
_DATA_SERVICES = frozenset(
    {"dynamodb", "healthlake", "kinesis", "medical-imaging", "omics", "s3", "secretsmanager", "sqs", "ssm"}
)
_WHOLE_SERVICE = re.compile(r"\*+|[\w-]+:\*+|\*+:\*+")


def documents(resource: Resource) -> Sequence[Sequence[Statement] | Unknown]:
    """Return the statements of each policy document of an identity resource; ``UNKNOWN`` for one that is unreadable."""
    return policies_at(resource, IDENTITY_POLICIES[resource.type])


def only_bounds(policy: Resource) -> bool:
    """Whether a policy serves only as permissions boundary."""
    if policy.type != "AWS::IAM::ManagedPolicy":
        return False
    app = policy.template.app
    bounds = any(app.referring(policy, kind, "PermissionsBoundary") for kind in ("AWS::IAM::Role", "AWS::IAM::User"))
    attached = any(
        app.referring(policy, kind, "ManagedPolicyArns")
        for kind in ("AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::User")
    )
    held = (is_present(policy.get(name)) for name in HOLDERS[policy.type])
    return bounds and not attached and any_of(held) is Ternary.NO


def is_whole_service(action: object) -> bool:
    """Whether an action pattern stands for everything, or for everything of a service."""
    return isinstance(action, str) and _WHOLE_SERVICE.fullmatch(action) is not None


def is_every_resource(resource: object) -> bool:
    """Whether a resource pattern stands for everything, or for everything of a service."""
    if not isinstance(resource, str):
        return False
    arn = parse_arn(resource)
    return re.fullmatch(r"[*?]+(/[*?]+)?", resource if arn is None else arn.name) is not None


def is_broad(action: object) -> bool:
    """Whether an action must not stand on every resource: passing roles, and wildcards that do more than look."""
    if not isinstance(action, str):
        return False
    if matches(action, "iam:PassRole"):
        return True
    service, _, verb = action.lower().partition(":")
    if "*" not in verb and "?" not in verb:
        return False
    is_read = verb.startswith(_READ_VERBS)
    return not is_read or (service in _DATA_SERVICES and not verb.startswith(("describe", "list")))


def wide_actions(
    statement: Statement, actions: Sequence[str], kinds: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str | Unknown, str]]:
    """Yield what a statement says of ``actions`` and on what; an action that is not known comes last."""
    items = [item for item in statement.resources if isinstance(item, str) and item.endswith(("*", "?"))]
    for pattern in statement.actions if items else ():
        if not isinstance(pattern, str):
            continue
        for action in () if is_whole_service(pattern) else _meant(pattern, actions):
            for item in items:
                everywhere = is_every_resource(item)
                if (everywhere and not is_broad(pattern)) or _is_kind(item, kinds.get(action.split(":")[0], ())):
                    yield pattern, item
    if any(action is UNKNOWN for action in statement.actions):
        yield from ((UNKNOWN, item) for item in items if is_every_resource(item))


def _meant(pattern: str, actions: Sequence[str]) -> Sequence[str]:
    """What of ``actions`` a statement's action stands for; few have a wildcard."""
    if "*" in pattern or "?" in pattern:
        return [action for action in actions if matches(pattern, action)]
    known = _by_lower_case(tuple(actions)).get(pattern.lower())
    return () if known is None else (known,)


@cache
def _by_lower_case(actions: tuple[str, ...]) -> Mapping[str, str]:
    return {action.lower(): action for action in actions}


def _is_kind(item: str, names: Sequence[str]) -> bool:
    arn = parse_arn(item)
    return arn is not None and arn.name in names
