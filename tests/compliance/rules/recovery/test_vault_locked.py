from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::Backup::BackupVault", LockConfiguration={"MinRetentionDays": 35}), "passed"),
        (one("AWS::Backup::BackupVault", LockConfiguration={"MinRetentionDays": 1}), "failed"),
        (one("AWS::Backup::BackupVault", LockConfiguration={"ChangeableForDays": 3}), "failed"),
        (one("AWS::Backup::BackupVault"), "failed"),
        (one("AWS::Backup::BackupVault", LockConfiguration=GIVEN), "unknown"),
        (one("AWS::Backup::LogicallyAirGappedBackupVault"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("vault_locked", resources) == expected
