"""Somebody checks that backups go on being made.

Compliant: the app has an AWS Backup Audit Manager framework and a report plan. Non-compliant: a backup plan without
them, so that a store which falls out of it, or a job that no longer runs, shows when the backup is needed
(docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-audit-manager.html). Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed
from hipaa_constructs.compliance.template import Resource

_TYPES = ("AWS::Backup::Framework", "AWS::Backup::ReportPlan")


def check(resource: Resource) -> Verdict:
    missing = [kind for kind in _TYPES if not resource.template.app.resources.get(kind)]
    return failed(f"The app has a backup plan and no {' and no '.join(missing)}.") if missing else PASSED


RULE = Rule(
    name="BackupsAudited",
    title="Somebody checks that backups go on being made",
    severity="warning",
    resource_types=("AWS::Backup::BackupPlan",),
    fix="Add backup.CfnFramework and backup.CfnReportPlan, or use BackupPlan, which has both.",
    check=check,
)
