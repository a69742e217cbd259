"""What roles reach: the resources that the owner names, in place of all."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from hipaa_constructs.compliance.facts.reaching_actions import REACHING_ACTIONS
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.mending.additions import unlike
from hipaa_constructs.mending.draft import DECIDED, CannotMendError, Draft, is_plain, listed

_REACHING = frozenset(map(str.lower, REACHING_ACTIONS))
# Wildcards that stand for nothing but actions on resources: docs.aws.amazon.com/service-authorization/latest/reference/
# list_amazons3.html, list_awskeymanagementservice.html, list_amazonsqs.html.
_ALL_NAMED = re.compile(
    r"s3:(get|put|delete)object[a-z]*\*|kms:(generatedatakey|reencrypt|decrypt|encrypt)\*"
    r"|sqs:(send|receive|delete)message\*"
)
_OTHERS = "Which of its actions need every resource, and which resources the others, only its owner knows."


def resources_named(draft: Draft, finding: Finding) -> None:
    """Let what reaches data reach the owner's resources alone; what else a statement allows stays in one of its own."""
    name = finding.resource_logical_id
    done = False
    for document in list(_documents(draft.properties(name), finding.resource_type)):
        if not is_plain(document):
            raise CannotMendError(DECIDED)
        statements = listed(document.get("Statement"))
        apart = {at: reaching for at, one in enumerate(statements) if (reaching := _reaching(one))}
        if not apart:
            continue
        done = True
        says = f"ARNs of what {name} reads, writes and starts"
        arns = draft.given("data-resources", called=f"{name}Resources", says=says)
        kept = [
            part
            for at, one in enumerate(statements)
            for part in (_divided(one, apart[at], arns, statements) if at in apart else [one])
        ]
        if len(kept) != len(statements):
            document["Statement"] = kept
    if not done:
        raise CannotMendError(_OTHERS)


def _reaching(statement: Any) -> list[str]:
    """Return the actions of a statement on every resource that reach data."""
    if not is_plain(statement) or not _is_wide(statement):
        return []
    actions = listed(statement.get("Action"))
    if not all(isinstance(one, str) for one in actions):
        raise CannotMendError(DECIDED)
    return [one for one in actions if one.lower() in _REACHING or _ALL_NAMED.fullmatch(one.lower())]


def _divided(statement: dict[str, Any], reaching: list[str], arns: Any, beside: list[Any]) -> list[Any]:
    """Let a statement's reaching actions reach ``arns`` alone, in one of its own where it has others."""
    others = [one for one in listed(statement["Action"]) if one not in reaching]
    if not others:
        statement["Resource"] = arns
        return [statement]
    named = copy.deepcopy(statement)
    if "Sid" in named:
        named["Sid"] = unlike(f"{named['Sid']}Named", beside)
    statement["Action"] = others if len(others) > 1 else others[0]
    return [statement, {**named, "Action": reaching, "Resource": arns}]


def _documents(properties: dict[str, Any], kind: str) -> Iterator[Any]:
    policies = listed(properties.get("Policies", [])) if kind == "AWS::IAM::Role" else [properties]
    for one in policies:
        if is_plain(one):
            yield one.get("PolicyDocument")


def _is_wide(statement: dict[str, Any]) -> bool:
    return statement.get("Effect") == "Allow" and "Action" in statement and "*" in listed(statement.get("Resource"))
