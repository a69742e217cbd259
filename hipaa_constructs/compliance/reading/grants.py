"""What identity policies of every form allow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Unknown, spread
from hipaa_constructs.compliance.policy import Statement, matches, statements
from hipaa_constructs.compliance.reading.arns import parse_arn
from hipaa_constructs.compliance.reading.exposure import parsed
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Verdict, unknown, worst

# Where each type keeps its policy documents.
_PATHS: Mapping[str, str] = {
    "AWS::IAM::Group": "Policies[].PolicyDocument",
    "AWS::IAM::GroupPolicy": "PolicyDocument",
    "AWS::IAM::ManagedPolicy": "PolicyDocument",
    "AWS::IAM::Policy": "PolicyDocument",
    "AWS::IAM::Role": "Policies[].PolicyDocument",
    "AWS::IAM::RolePolicy": "PolicyDocument",
    "AWS::IAM::User": "Policies[].PolicyDocument",
    "AWS::IAM::UserPolicy": "PolicyDocument",
    "AWS::SSO::PermissionSet": "InlinePolicy",
}
IDENTITY_TYPES = tuple(_PATHS)
_ATTACHED = ("Groups", "Roles", "Users")
# What only lists and describes; a Get may read data, so it counts by service below.
_READING = ("describe", "list", "get", "batchget", "search", "lookup")
# Services whose Get* actions return what patients and passwords are stored as.
_DATA_SERVICES = frozenset(
    {"dynamodb", "healthlake", "kinesis", "medical-imaging", "omics", "s3", "secretsmanager", "sqs", "ssm"}
)
_WHOLE_SERVICE = re.compile(r"\*+|[\w-]+:\*+|\*+:\*+")


def judge_grants(resource: Resource, judge_statement: Callable[[Statement], Verdict]) -> Verdict:
    """Judge every Allow of an identity policy; a permissions boundary is not applicable, for it grants nothing."""
    if only_bounds(resource):
        return NOT_APPLICABLE
    return worst(_judged(resource, judge_statement))


def documents(resource: Resource) -> Iterator[Sequence[Statement] | Unknown]:
    """Yield the statements of each policy document of an identity resource; ``UNKNOWN`` for one that is unreadable."""
    for document in spread(resource.properties, _PATHS[resource.type]):
        if document is not None:
            yield statements(parsed(document))


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
    return bounds and not attached and all(policy.get(name) in (None, []) for name in _ATTACHED)


def is_whole_service(action: Any) -> bool:
    """Whether an action pattern stands for everything, or for everything of a service."""
    return isinstance(action, str) and _WHOLE_SERVICE.fullmatch(action) is not None


def is_every_resource(resource: Any) -> bool:
    """Whether a resource pattern stands for everything, or for everything of a service."""
    if not isinstance(resource, str):
        return False
    arn = parse_arn(resource)
    return re.fullmatch(r"[*?]+(/[*?]+)?", resource if arn is None else arn.name) is not None


def is_broad(action: Any) -> bool:
    """Whether an action must not stand on every resource: passing roles, and wildcards that do more than look."""
    if not isinstance(action, str):
        return False
    if matches(action, "iam:PassRole"):
        return True
    service, _, verb = action.lower().partition(":")
    if "*" not in verb and "?" not in verb:
        return False
    reading = verb.startswith(_READING)
    return not reading or (service in _DATA_SERVICES and not verb.startswith(("describe", "list")))


def _judged(resource: Resource, judge_statement: Callable[[Statement], Verdict]) -> Iterator[Verdict]:
    for found in documents(resource):
        if isinstance(found, Unknown):
            yield unknown("The policy cannot be read at synth.")
        else:
            yield PASSED
            yield from (judge_statement(statement) for statement in found if statement.allows)
