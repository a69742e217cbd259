"""Backup plans copy recovery points to another Region or account.

A warning: 45 CFR 164.308(a)(7)(ii)(B) asks that any loss can be restored, and names no Region. Compliant: a
rule copies to a vault whose ARN names another Region or account. Non-compliant: no copies, or only to a vault
of the same Region and account, lost with it. Unknown: an ARN that only deployment fills in. Not applicable:
nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.values import Reference, Resolved, Ternary, any_of, spread
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge
from hipaa_constructs.iam.arns import parse_arn

_DESTINATION = "BackupPlan.BackupPlanRule[].CopyActions[].DestinationBackupVaultArn"


def _is_elsewhere(arn: Resolved, here: Template) -> Ternary:
    if isinstance(arn, Reference):
        there = arn.resource.template
        if there is here or (there.region, there.account) == (here.region, here.account):
            return Ternary.NO if there is here or there.region else Ternary.UNKNOWN
        return Ternary.YES
    parts = parse_arn(arn) if isinstance(arn, str) else None
    if parts is None:
        return Ternary.UNKNOWN
    return Ternary.of(_differs(parts.region, here.region) or _differs(parts.account, here.account))


def _differs(written: str, own: str | None) -> bool:
    """Whether a written Region or account is another; a placeholder stands for one's own."""
    return "$" not in written and written != own


def check(resource: Resource) -> Verdict:
    copies = [_is_elsewhere(arn, resource.template) for arn in spread(resource.properties, _DESTINATION)]
    return judge(
        any_of(copies),
        "The plan copies only within its Region." if copies else "No rule of the plan makes copies.",
        unknown_message="Where the plan copies to is known only at deployment.",
    )


RULE = Rule(
    name="BackupCopiedElsewhere",
    severity="warning",
    resource_types=("AWS::Backup::BackupPlan",),
    controls=("164.308(a)(7)(i)", "164.308(a)(7)(ii)(B)"),
    fix="Copy recovery points to a vault in another Region or account.",
    fixes=(
        Fix(
            properties={
                "BackupPlan.BackupPlanRule[].CopyActions": [
                    {"DestinationBackupVaultArn": Choose("the ARN of a vault in another Region")}
                ]
            },
            cdk=(
                "backup.BackupPlanRule(copy_actions=[backup.BackupPlanCopyActionProps("
                "destination_backup_vault=<a vault in another Region>)])",
            ),
            constructs=("BackupPlan",),
        ),
    ),
    check=check,
)
