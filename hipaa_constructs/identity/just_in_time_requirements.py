"""What ``JustInTimeAccess`` refuses: people who could approve themselves, and elevations that would not end."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs.identity.break_glass_role import NEVER
from hipaa_constructs.identity.phi_actions import ESCALATIONS
from hipaa_constructs.primitives.grant_limits import require_bounded

# docs.aws.amazon.com/singlesignon/latest/APIReference/API_PutInlinePolicyToPermissionSet.html
_POLICY_CHARACTERS = 32_768
# docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-approve.html
_MOST_APPROVERS = 10
_SHORTEST, _LONGEST = 15, 8 * 60
# docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
_FOREIGN = re.compile(r":role/aws-(reserved|service-role)/")
_LOCAL_ROLE = "Define a LeastPrivilegeRole in this account that the people may take."

# What would outlast the elevation, such as rights, other roles and deployed code, or would erase its traces.
WITHHELD = tuple(sorted({*ESCALATIONS, *NEVER}))

# RDS asks for a restore on each kind of resource at once; "db" and "cluster" stand for source and target:
# docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
_INSTANCE, _CLUSTER = ("db", "og", "pg", "subgrp"), ("cluster", "cluster-pg", "og", "subgrp")
_RESTORED_FROM = {
    "rds:RestoreDBClusterFromS3": _CLUSTER,
    "rds:RestoreDBClusterFromSnapshot": _CLUSTER,
    "rds:RestoreDBClusterToPointInTime": _CLUSTER,
    "rds:RestoreDBInstanceFromDBSnapshot": _INSTANCE,
    "rds:RestoreDBInstanceFromS3": _INSTANCE,
    "rds:RestoreDBInstanceToPointInTime": _INSTANCE,
}


def require_accounts(account_ids: Sequence[str], own: str) -> None:
    """Refuse no account, what is none, one that stands twice, and the one that the runbooks are in."""
    if not account_ids:
        refuse("account_ids", [], allowed="an elevation is in an account", fix="Name at least one.")
    for account in account_ids:
        if is_token(account):
            continue
        if not re.fullmatch(r"\d{12}", account):
            refuse("account_ids", account, allowed="it takes account ids", fix="Write twelve digits, as text.")
        if list(account_ids).count(account) > 1:
            refuse("account_ids", account, allowed="each account stands once", fix="Leave out the repetition.")
        if account == own:
            refuse(
                "account_ids",
                account,
                allowed="it takes other accounts than that of the runbooks, whose revocation could be stopped there",
                fix="Leave it out; define a BreakGlassRole for this account.",
            )


def require_people(requesters: Sequence[iam.IRole], approvers: Sequence[iam.IRole], own: str) -> None:
    """Refuse nobody, more approvers than AWS takes, roles out of reach, and who would approve their own requests."""
    seen: dict[str, str] = {}
    for argument, roles in {"requesters": requesters, "approvers": approvers}.items():
        if not roles:
            refuse(argument, [], allowed="somebody has to ask and somebody to approve", fix="Pass at least one role.")
        for role in roles:
            arn = role.role_arn
            if seen.get(arn) == argument:
                refuse(argument, arn, allowed="each role stands once", fix="Leave out the repetition.")
            if arn in seen:
                refuse(
                    argument,
                    arn,
                    allowed="who asks may not approve",
                    fix="Pass roles that different people take.",
                )
            seen[arn] = argument
            _require_reachable(argument, arn, own)
    if len(approvers) > _MOST_APPROVERS:
        refuse(
            "approvers",
            f"{len(approvers)} roles",
            allowed=f"an approval step takes {_MOST_APPROVERS}",
            fix="Let several people take the same role.",
        )


def _require_reachable(argument: str, arn: str, own: str) -> None:
    if is_token(arn):
        return
    account = arn.split(":")[4]
    if not is_token(own) and account != own:
        refuse(argument, arn, allowed="automations are started and approved in their own account", fix=_LOCAL_ROLE)
    if _FOREIGN.search(arn):
        refuse(argument, arn, allowed="a role of AWS or of a permission set takes no policies", fix=_LOCAL_ROLE)


def require_duration(duration: cdk.Duration | None) -> None:
    """Refuse a time that is not known now, is too short to work in, or is longer than a shift."""
    if duration is None:
        return
    if duration.is_unresolved():
        refuse("duration", "a token", allowed="the time is fixed in the runbook", fix="Pass a known duration.")
    if not _SHORTEST * 60 <= duration.to_seconds() <= _LONGEST * 60:
        refuse(
            "duration",
            f"{duration.to_minutes(integral=False):g} minutes",
            allowed=f"allowed are {_SHORTEST} minutes to {_LONGEST // 60} hours",
            fix="Leave it out for one hour.",
        )


def require_statements(statements: Sequence[iam.PolicyStatement], stack: cdk.Stack) -> None:
    """Refuse nothing to do, statements for resources, too broad ones, and those that are withheld anyway."""
    if not statements:
        refuse("statements", [], allowed="an elevation is for something", fix="Pass at least one statement.")
    resolved = [stack.resolve(statement.to_statement_json()) for statement in statements]
    for statement, document in zip(statements, resolved, strict=True):
        for problem in statement.validate_for_identity_policy():
            refuse("statements", document, allowed=problem, fix="Name actions and resources, and no principal.")
        require_bounded(document)
        _require_of_use(document)
    _require_all_kinds(resolved)
    # What is withheld stands there too.
    size = len(json.dumps([*resolved, *WITHHELD], separators=(",", ":")))
    if size > _POLICY_CHARACTERS - 200:
        refuse(
            "statements",
            f"{size} characters",
            allowed=f"a permission set holds {_POLICY_CHARACTERS}",
            fix="Define one JustInTimeAccess for each task.",
        )


def _require_of_use(statement: Mapping[str, Any]) -> None:
    if statement["Effect"] != "Allow":
        return
    for action in _list(statement["Action"]):
        if any(fnmatch.fnmatch(str(action).lower(), pattern.lower()) for pattern in WITHHELD):
            refuse(
                "statements",
                action,
                allowed="an elevation changes no rights, takes no other role, deploys nothing and erases no record",
                fix="Leave it out; such changes go through a pipeline and its review.",
            )


def _require_all_kinds(statements: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a restore that RDS would deny, for lack of one kind of resource, when somebody needs it."""
    for action, kinds in _RESTORED_FROM.items():
        patterns = [
            arn for statement in statements if _allows(statement, action) for arn in _list(statement["Resource"])
        ]
        # An ARN that is known only at deployment may be of any kind.
        if not patterns or not all(isinstance(arn, str) for arn in patterns):
            continue
        missing = [kind for kind in kinds if not any(fnmatch.fnmatch(kind, _kind(arn)) for arn in patterns)]
        if missing:
            refuse(
                "statements",
                action,
                allowed=f"RDS asks for {', '.join(kinds)} alike, and {', '.join(missing)} is not among the resources",
                fix="Name source and target, and the groups that the target gets, such as '…:subgrp:clinic*'.",
            )


def _allows(statement: Mapping[str, Any], action: str) -> bool:
    patterns = _list(statement.get("Action", []))
    return statement["Effect"] == "Allow" and any(
        fnmatch.fnmatch(action.lower(), str(pattern).lower()) for pattern in patterns
    )


def _kind(arn: str) -> str:
    """Return the pattern of an RDS resource's kind: it stands before its name."""
    return arn.split(":", 5)[-1].partition(":")[0]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
