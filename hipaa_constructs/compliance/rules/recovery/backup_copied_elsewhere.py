"""Backup plans copy recovery points to another Region or account.

A warning: 45 CFR 164.308(a)(7)(ii)(B) asks that any loss can be restored, and names no Region. Compliant: a
rule copies to a vault whose ARN names another Region or account. Non-compliant: no copies, or only to a vault
of the same Region and account, lost with it. Unknown: an ARN that only deployment fills in. Not applicable:
nothing.
"""

from __future__ import annotations

from typing import Any

from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, spread
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.arns import parse_arn

_DESTINATION = "BackupPlan.BackupPlanRule[].CopyActions[].DestinationBackupVaultArn"


def _is_elsewhere(arn: Any, here: Template) -> Any:
    if isinstance(arn, Reference):
        there = arn.resource.template
        if there is here or (there.region, there.account) == (here.region, here.account):
            return False if there is here or there.region else UNKNOWN
        return True
    parts = parse_arn(arn) if isinstance(arn, str) else None
    if parts is None:
        return UNKNOWN
    return _differs(parts.region, here.region) or _differs(parts.account, here.account)


def _differs(written: str, own: str | None) -> bool:
    """Whether a written Region or account is another; a placeholder stands for one's own."""
    return "$" not in written and written != own


def check(resource: Resource) -> Verdict:
    copies = [_is_elsewhere(arn, resource.template) for arn in spread(resource.properties, _DESTINATION)]
    if any(copy is True for copy in copies):
        return PASSED
    if any(copy is UNKNOWN for copy in copies):
        return unknown("Where the plan copies to is known only at deployment.")
    return failed("The plan copies only within its Region." if copies else "No rule of the plan makes copies.")


RULE = Rule(
    name="BackupCopiedElsewhere",
    severity="warning",
    resource_types=("AWS::Backup::BackupPlan",),
    controls=("164.308(a)(7)(i)", "164.308(a)(7)(ii)(B)"),
    fix="Add copy_actions to a vault in another Region, or pass BackupPlan a RecoveryVault there as copy_to.",
    check=check,
)
