from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

PLAN = "AWS::Backup::BackupPlan"


def _plan(*lifecycles: Any, copy: Any = None, lock: Any = None) -> dict[str, Any]:
    copies = [] if copy is None else [{"DestinationBackupVaultArn": "arn", "Lifecycle": copy}]
    rules = [
        {"RuleName": "r", "TargetBackupVault": {"Ref": "Vault"}, "Lifecycle": lifecycle, "CopyActions": copies}
        for lifecycle in lifecycles
    ]
    vault = {"Type": "AWS::Backup::BackupVault", "Properties": {"LockConfiguration": lock or {}}}
    return {**one(PLAN, BackupPlan={"BackupPlanRule": rules}), "Vault": vault}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_plan({"DeleteAfterDays": 35}), "passed"),
        (_plan({"DeleteAfterDays": "2557", "MoveToColdStorageAfterDays": "90"}), "passed"),
        (_plan({"DeleteAfterDays": 7}), "failed"),
        (_plan({"DeleteAfterDays": 7}, {"DeleteAfterDays": 365}), "passed"),
        (_plan(None), "passed"),
        (_plan({"DeleteAfterDays": GIVEN}), "unknown"),
        (_plan(GIVEN), "unknown"),
        (_plan({"DeleteAfterDays": 120, "MoveToColdStorageAfterDays": 60}), "failed"),
        (_plan({"DeleteAfterDays": 35}, copy={"DeleteAfterDays": 100, "MoveToColdStorageAfterDays": 30}), "failed"),
        (_plan({"DeleteAfterDays": 35}, copy={"DeleteAfterDays": 1}), "failed"),
        (_plan({"DeleteAfterDays": 35}, copy={"DeleteAfterDays": 365}), "passed"),
        (_plan({"DeleteAfterDays": 35}, copy=GIVEN), "unknown"),
        (_plan({"DeleteAfterDays": 35}, lock={"MinRetentionDays": 35}), "passed"),
        (_plan({"DeleteAfterDays": 35}, lock={"MinRetentionDays": 90}), "failed"),
        (_plan({"DeleteAfterDays": 365}, lock={"MinRetentionDays": 7, "MaxRetentionDays": 90}), "failed"),
        (one(PLAN, BackupPlan={"BackupPlanRule": []}), "failed"),
        (one(PLAN, BackupPlan={"BackupPlanRule": GIVEN}), "unknown"),
        (one("AWS::Backup::BackupVault"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("backup_retained", resources) == expected
