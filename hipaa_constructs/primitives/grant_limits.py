"""What no role may be granted: whole services, and wildcards of actions on every resource.

The gate's rule ``GrantsBounded`` finds the same in the template; here the error comes where the grant is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import aws_iam as iam

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs.iam.arn_services import may_be_about
from hipaa_constructs.iam.grants import is_broad, is_every_resource, is_whole_service

_FULL_ACCESS = re.compile(r"::aws:policy/(.*/)?(AdministratorAccess|PowerUserAccess|\w*FullAccess\w*)$")


def require_bounded(statement: Mapping[str, Any]) -> None:
    """Refuse a statement that allows more than anyone can mean to; what is, or has in it, a token passes."""
    if statement.get("Effect", "Allow") != "Allow":
        return
    for problem, fix in _problems(statement):
        refuse("statement", _named(statement), allowed=problem, fix=fix)


def require_no_full_access(argument: str, policy: iam.IManagedPolicy) -> None:
    """Refuse a policy of AWS's own that allows all of a service, or all of AWS."""
    arn = policy.managed_policy_arn
    found = _FULL_ACCESS.search(arn if not is_token(arn) else _ending(arn))
    if found:
        refuse(
            argument,
            found[2],
            allowed="AWS's policies for administrators and full access reach every resource",
            fix="Grant what is needed with grant_* methods or add_to_policy.",
        )


def _ending(arn: str) -> str:
    """Return the literal end of an ARN whose partition is a token."""
    return arn[arn.rfind("}") + 1 :]


def _problems(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "NotAction" in statement:
        yield "it would allow all actions but those in NotAction", "Name the actions that are needed."
    if "NotResource" in statement:
        yield "it would allow its actions on all resources but those in NotResource", "Name the resources."
    resources = _strings(statement.get("Resource"))
    actions = _strings(statement.get("Action"))
    for action in actions:
        if is_whole_service(action):
            yield f"{action!r} is every action of {_service(action)}", "Name the actions that are needed."
    for resource in resources:
        if is_every_resource(resource):
            for action in actions:
                if is_broad(action) and may_be_about(action, resource):
                    yield (
                        f"{action!r} may not stand on {resource!r}, which is every resource",
                        "Name the ARNs, or the actions one by one.",
                    )


def _service(action: str) -> str:
    service = action.partition(":")[0]
    return "AWS" if "*" in service else service


def _strings(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str) and not is_token(item)]


def _named(statement: Mapping[str, Any]) -> str:
    """Return how an error calls a statement: its Sid, else what it says."""
    if "Sid" in statement:
        return str(statement["Sid"])
    text = json.dumps(statement)
    return text if len(text) <= 200 else f"{text[:197]}…"
