"""Backup jobs are audited.

Compliant: the app has an AWS Backup Audit Manager framework, and reports on what it finds and on backup jobs; on
restore jobs too, if the app tests restores. Non-compliant: a backup plan without them, so a store that falls out of it,
or a job that no longer runs, is noticed only when the backup is needed
(docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-audit-manager.html). Not applicable: a plan in a Region that
has no audit frameworks; one in an app without a trail that has neither framework nor reports, since auditing is a duty
of the account, which falls to the app that records the account.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import any_of, is_one_of
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.compliance.facts.regions import of_account
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, worst

_FRAMEWORK = "AWS::Backup::Framework"
_REPORTS = "AWS::Backup::ReportPlan"
_COMPLIANCE = ("RESOURCE_COMPLIANCE_REPORT", "CONTROL_COMPLIANCE_REPORT")
_BACKUPS = ("BACKUP_JOB_REPORT",)
_RESTORES = ("RESTORE_JOB_REPORT",)


def _judge(app: App) -> Verdict:
    if next(app.of_type(_FRAMEWORK), None) is None:
        return failed("The app has a backup plan and no audit framework.")
    reports = [plan.get("ReportSetting.ReportTemplate") for plan in app.of_type(_REPORTS)]
    tested = next(app.of_type("AWS::Backup::RestoreTestingPlan"), None) is not None
    return worst(
        judge(
            any_of(is_one_of(report, *wanted) for report in reports),
            f"No report plan of the app makes a {wanted[0]}.",
            unknown_message="ReportTemplate of a report plan is known only at deployment.",
        )
        for wanted in ((_COMPLIANCE, _BACKUPS, _RESTORES) if tested else (_COMPLIANCE, _BACKUPS))
    )


def check(resource: Resource) -> Verdict:
    audits = of_account(resource, "AWS::CloudTrail::Trail", _FRAMEWORK, _REPORTS)
    if is_absent(_FRAMEWORK, resource.template.region) or not audits:
        return NOT_APPLICABLE
    return resource.template.app.cached("audit of backups", _judge)


RULE = Rule(
    name="BackupsAudited",
    severity="warning",
    resource_types=("AWS::Backup::BackupPlan",),
    controls=("164.308(a)(7)(ii)(D)", "164.308(a)(8)"),
    fix="Audit backups with a framework of AWS Backup Audit Manager, and have reports made of it and of the jobs.",
    fixes=(
        Fix(
            beside=f"Write an {_FRAMEWORK}, and an AWS::Backup::ReportPlan for each ReportSetting.ReportTemplate: "
            f"{_COMPLIANCE[0]}, {_BACKUPS[0]} and, where restores are tested, {_RESTORES[0]}.",
            constructs=("BackupPlan",),
        ),
    ),
    needs="app",
    check=check,
)
