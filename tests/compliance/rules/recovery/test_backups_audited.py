from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

TRAIL = {"Trail": {"Type": "AWS::CloudTrail::Trail"}}
PLAN = one("AWS::Backup::BackupPlan") | TRAIL
FRAMEWORK = {"Framework": {"Type": "AWS::Backup::Framework"}}
TESTS = {"Tests": {"Type": "AWS::Backup::RestoreTestingPlan"}}


def _reports(*templates: Any) -> dict[str, Any]:
    return {
        f"Report{number}": {
            "Type": "AWS::Backup::ReportPlan",
            "Properties": {"ReportSetting": {"ReportTemplate": name}},
        }
        for number, name in enumerate(templates)
    }


TWO = _reports("RESOURCE_COMPLIANCE_REPORT", "BACKUP_JOB_REPORT")
THREE = _reports("CONTROL_COMPLIANCE_REPORT", "BACKUP_JOB_REPORT", "RESTORE_JOB_REPORT")


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (PLAN | FRAMEWORK | TWO, "passed"),
        (PLAN | FRAMEWORK | TESTS | THREE, "passed"),
        (PLAN | FRAMEWORK | TESTS | TWO, "failed"),
        (PLAN | FRAMEWORK | _reports("BACKUP_JOB_REPORT"), "failed"),
        (PLAN | FRAMEWORK | _reports("BACKUP_JOB_REPORT", GIVEN), "unknown"),
        (PLAN | THREE, "failed"),
        (PLAN, "failed"),
        (one("AWS::Backup::BackupPlan"), "not_applicable"),
        # Who audits at all, audits whole.
        (one("AWS::Backup::BackupPlan") | FRAMEWORK, "failed"),
        (one("AWS::Backup::BackupPlan") | TWO, "failed"),
        (one("AWS::Backup::BackupPlan") | FRAMEWORK | TWO, "passed"),
        (one("AWS::Backup::BackupVault"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("backups_audited", resources) == expected


@pytest.mark.parametrize(
    ("region", "expected"), [("ca-west-1", "not_applicable"), ("us-gov-west-1", "failed"), (None, "failed")]
)
def test_no_framework_is_asked_for_where_there_is_none(region: str | None, expected: str) -> None:
    assert judged("backups_audited", PLAN, region=region) == expected
