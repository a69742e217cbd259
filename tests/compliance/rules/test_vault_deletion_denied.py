from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

VAULT = "AWS::Backup::BackupVault"
DENY = {"Effect": "Deny", "Principal": "*", "Action": ["backup:DeleteRecoveryPoint"], "Resource": "*"}


def _vault(statement: dict[str, Any]) -> dict[str, Any]:
    return one(VAULT, AccessPolicy={"Statement": [statement]})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_vault(DENY), "passed"),
        (_vault({**DENY, "Action": "backup:*"}), "passed"),
        (_vault({**DENY, "Principal": {"AWS": "*"}}), "passed"),
        (_vault({**DENY, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}), "failed"),
        (_vault({**DENY, "Action": "backup:UpdateRecoveryPointLifecycle"}), "failed"),
        (_vault({**DENY, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}), "failed"),
        (_vault({**DENY, "Effect": "Allow"}), "failed"),
        (one(VAULT), "failed"),
        (one(VAULT, AccessPolicy=GIVEN), "unknown"),
        (one(VAULT, LockConfiguration={"MinRetentionDays": 1, "ChangeableForDays": 3}), "passed"),
        (one("AWS::Backup::BackupPlan"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("vault_deletion_denied", resources) == expected
