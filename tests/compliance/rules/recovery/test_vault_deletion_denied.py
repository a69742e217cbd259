from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

VAULT = "AWS::Backup::BackupVault"
POINTS = ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]
DENY = {"Effect": "Deny", "Principal": "*", "Action": POINTS, "Resource": "*"}
UNPROTECTING = [
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:PutBackupVaultAccessPolicy",
    "backup:PutBackupVaultLockConfiguration",
]
GUARD = {**DENY, "Action": UNPROTECTING, "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/cdk-*"}}}


def _vault(statement: dict[str, Any], guard: dict[str, Any] = GUARD) -> dict[str, Any]:
    return one(VAULT, AccessPolicy={"Statement": [statement, guard]})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_vault(DENY), "passed"),
        (_vault({**DENY, "Action": "backup:*"}), "passed"),
        (_vault({**DENY, "Principal": {"AWS": "*"}}), "passed"),
        (_vault({**DENY, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}), "failed"),
        (_vault({**DENY, "Action": POINTS[0]}), "failed"),
        (_vault({**DENY, "Action": POINTS[1]}), "failed"),
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


@pytest.mark.parametrize("action", UNPROTECTING)
def test_a_policy_that_can_be_removed_is_a_warning(action: str) -> None:
    guard = {**GUARD, "Action": [other for other in UNPROTECTING if other != action]}
    found = verdict("vault_deletion_denied", _vault(DENY, guard))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")
    assert action in found.message
