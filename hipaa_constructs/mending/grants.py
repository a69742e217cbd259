"""What roles reach: the resources that the owner names, in place of all."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.rules.access.data_grants_name_resources import REACHING_ACTIONS
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
        kept: list[Any] = []
        for statement in listed(document.get("Statement")):
            if not is_plain(statement) or not _is_wide(statement):
                kept.append(statement)
                continue
            actions = listed(statement.get("Action"))
            if not all(isinstance(one, str) for one in actions):
                raise CannotMendError(DECIDED)
            reaching = [one for one in actions if one.lower() in _REACHING or _ALL_NAMED.fullmatch(one.lower())]
            others = [one for one in actions if one not in reaching]
            if reaching:
                done = True
                says = f"ARNs of what {name} reads, writes and starts"
                arns = draft.given("data-resources", called=f"{name}Resources", says=says)
                if others:
                    named = copy.deepcopy(statement)
                    if "Sid" in named:
                        named["Sid"] = unlike(f"{named['Sid']}Named", listed(document["Statement"]))
                    statement["Action"] = others if len(others) > 1 else others[0]
                    kept += [statement, {**named, "Action": reaching, "Resource": arns}]
                    continue
                statement["Resource"] = arns
            kept.append(statement)
        if len(kept) != len(listed(document.get("Statement"))):
            document["Statement"] = kept
    if not done:
        raise CannotMendError(_OTHERS)


def _documents(properties: dict[str, Any], kind: str) -> Iterator[Any]:
    policies = listed(properties.get("Policies", [])) if kind == "AWS::IAM::Role" else [properties]
    for one in policies:
        if is_plain(one):
            yield one.get("PolicyDocument")


def _is_wide(statement: dict[str, Any]) -> bool:
    return statement.get("Effect") == "Allow" and "Action" in statement and "*" in listed(statement.get("Resource"))
