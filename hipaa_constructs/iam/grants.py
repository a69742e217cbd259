"""What identity policies of every form allow."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Reference,
    Resolved,
    Ternary,
    Text,
    Unknown,
    any_of,
    is_present,
)
from hipaa_constructs.iam.arn_services import may_be_about
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.document import Statement, matches, policies_at
from hipaa_constructs.iam.locations import HOLDERS, IDENTITY_POLICIES

IDENTITY_TYPES = tuple(IDENTITY_POLICIES)
_MANAGED = "AWS::IAM::ManagedPolicy"
# What only lists and describes; a Get may read data, so it counts by service below.
_READ_VERBS = ("describe", "list", "get", "batchget", "search", "lookup")
# Services whose Get* actions return what patients and passwords are stored as.
_DATA_SERVICES = frozenset(
    {"dynamodb", "healthlake", "kinesis", "medical-imaging", "omics", "profile", "s3", "secretsmanager", "sqs", "ssm"}
)
_WHOLE_SERVICE = re.compile(r"\*+|[\w-]+:\*+|\*+:\*+")


def documents(resource: Resource) -> Sequence[Sequence[Statement] | Unknown]:
    """Return the statements of each policy document of an identity resource; ``UNKNOWN`` for one that is unreadable."""
    return policies_at(resource, IDENTITY_POLICIES[resource.type])


def only_bounds(policy: Resource) -> bool:
    """Whether a policy serves only as permissions boundary, in the present world or any other.

    It is one too of what is made outside the app, if a policy asks for it by ``iam:PermissionsBoundary``
    (docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html).
    """
    if policy.type != _MANAGED:
        return False
    app = policy.template.app
    attached = any(
        app.referring(policy, kind, "ManagedPolicyArns")
        for kind in ("AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::User")
    )
    held = (is_present(policy.get(name)) for name in HOLDERS[policy.type])
    if attached or any_of(held) is not Ternary.NO:
        return False
    return _bounds(policy) or any(app.worlds.every(lambda: _bounds(policy)))


def _bounds(policy: Resource) -> bool:
    app = policy.template.app
    bounded = any(app.referring(policy, kind, "PermissionsBoundary") for kind in ("AWS::IAM::Role", "AWS::IAM::User"))
    return bounded or bool(app.told(policy, "boundaries asked for", IDENTITY_TYPES, _asked_for))


def _asked_for(holder: Resource) -> Iterator[tuple[Resource, None]]:
    """Yield the policies that an identity's policies ask for as boundaries."""
    for document in documents(holder):
        for statement in () if isinstance(document, Unknown) else document:
            for condition in statement.compared("iam:permissionsboundary"):
                for value in condition.values:
                    policy = holder.template.target(value, _MANAGED)
                    if policy is not None:
                        yield policy, None


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


# Of which no action reaches data, opens something or gives rights: what scales resources that there are, and the prices
# of AWS (docs.aws.amazon.com/service-authorization/latest/reference/list_application-autoscaling.html,
# …/list_autoscaling-plans.html, …/list_pricing.html). What scales may set capacity to none, and so take something away
# for a while; a role that it is given to scale by takes iam:PassRole besides.
_WITHOUT_DATA = ("application-autoscaling", "autoscaling-plans", "pricing")


def is_without_data(action: object) -> bool:
    """Whether an action pattern stands for actions of one service by which nobody reaches data or has more rights."""
    return isinstance(action, str) and action.lower().partition(":")[0] in _WITHOUT_DATA


# What takes a whole store away with all that it holds, or its key, so that nobody reads it again; by type of the store.
_DESTROYING: Mapping[str, str] = {
    "AWS::DynamoDB::": "dynamodb:DeleteTable",
    "AWS::EFS::": "elasticfilesystem:DeleteFileSystem",
    "AWS::HealthLake::": "healthlake:DeleteFHIRDatastore",
    "AWS::KMS::": "kms:ScheduleKeyDeletion",
    "AWS::Kinesis::": "kinesis:DeleteStream",
    "AWS::Logs::": "logs:DeleteLogGroup",
    "AWS::RDS::": "rds:DeleteDBCluster",
    "AWS::S3::": "s3:DeleteBucket",
    "AWS::SNS::": "sns:DeleteTopic",
    "AWS::SQS::": "sqs:DeleteQueue",
    "AWS::SecretsManager::": "secretsmanager:DeleteSecret",
}
# Parts of a store, by the end of their ARN, which these actions are not about.
_PART = re.compile(r"/(?:index|stream|backup|export)/|:log-stream:|:s3:::[^/]*/|\}/")


def destroyed_by(statement: Statement) -> Iterator[tuple[str, str]]:
    """Yield the wildcards of a statement, short of a whole service, that take away a store, and what they mean so."""
    stores = [item for item in statement.resources if _PART.search(str(item)) is None]
    for pattern in statement.actions if stores else ():
        if not isinstance(pattern, str) or "*" not in pattern or is_whole_service(pattern):
            continue
        for kind, action in _DESTROYING.items():
            if matches(pattern, action) and any(_is_of(item, kind, action.partition(":")[0]) for item in stores):
                yield pattern, action


# By what a bucket is opened to others: its policy, its list of who may, and the block on both.
_OPENING = ("s3:PutBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketPublicAccessBlock")


def opened_by(statement: Statement) -> Iterator[tuple[str, str]]:
    """Yield the actions of a statement, short of a whole service, that may open buckets it names, and what they mean.

    What names no bucket is on every one.
    """
    buckets = [
        item
        for item in statement.resources
        if _PART.search(str(item)) is None and not is_every_resource(item) and _is_of(item, "AWS::S3::", "s3")
    ]
    for pattern in statement.actions if buckets else ():
        if isinstance(pattern, str) and not is_whole_service(pattern):
            opens = next((action for action in _OPENING if matches(pattern, action)), None)
            if opens:
                yield pattern, opens


def _is_of(item: Resolved, kind: str, service: str) -> bool:
    """Whether a resource of a policy is certainly of a service: by its ARN, or what of the template it names."""
    if isinstance(item, str) and item.startswith("arn:"):
        return item.split(":")[2:3] == [service]
    named = item.references if isinstance(item, Text) else (item,) if isinstance(item, Reference) else ()
    return any(reference.resource.type.startswith(kind) for reference in named)


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
                everywhere = is_every_resource(item) and may_be_about(action, item)
                if (everywhere and not is_broad(pattern)) or is_kind(item, kinds.get(action.split(":")[0], ())):
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


# A name that no pattern spells out.
_ANY_NAME = "\ue000" * 80


def is_kind(text: str, kinds: Iterable[str]) -> bool:
    """Whether a pattern for ARNs has all resources of a kind, such as ``function:*``, short of every resource."""
    arn = parse_arn(text)
    if arn is None or is_every_resource(text):
        return False
    pattern = arn.name.replace("[", "[[]")
    return any(fnmatch.fnmatchcase(kind.replace("*", _ANY_NAME), pattern) for kind in kinds)
