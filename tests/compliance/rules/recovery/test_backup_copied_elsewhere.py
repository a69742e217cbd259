from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from tests.compliance.rules.support import GIVEN, judged, one, rule


def _plan(*arns: Any) -> dict[str, Any]:
    copies = [{"DestinationBackupVaultArn": arn} for arn in arns]
    return one("AWS::Backup::BackupPlan", BackupPlan={"BackupPlanRule": [{"CopyActions": copies}]})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_plan("arn:aws:backup:us-west-2:111122223333:backup-vault:copies"), "passed"),
        (_plan({"Fn::Sub": "arn:aws:backup:us-west-2:${AWS::AccountId}:backup-vault:copies"}), "passed"),
        (_plan({"Fn::Sub": "arn:aws:backup:${AWS::Region}:444455556666:backup-vault:copies"}), "passed"),
        (_plan({"Fn::Sub": "arn:aws:backup:${AWS::Region}:${AWS::AccountId}:backup-vault:copies"}), "failed"),
        (
            _plan({"Fn::GetAtt": ["Vault", "BackupVaultArn"]}) | {"Vault": {"Type": "AWS::Backup::BackupVault"}},
            "failed",
        ),
        (_plan(GIVEN), "unknown"),
        (_plan("not an ARN"), "unknown"),
        (_plan(), "failed"),
        (one("AWS::Backup::BackupPlan", BackupPlan=GIVEN), "unknown"),
        (one("AWS::Backup::BackupVault"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("backup_copied_elsewhere", resources) == expected


@pytest.mark.parametrize(("region", "expected"), [("us-west-2", "passed"), ("us-east-1", "failed"), (None, "passed")])
def test_vault_of_another_stack(region: str | None, expected: str) -> None:
    app = App()
    vault = {"Vault": {"Type": "AWS::Backup::BackupVault"}}
    arn = {"Value": {"Fn::GetAtt": ["Vault", "BackupVaultArn"]}, "Export": {"Name": "vault"}}
    app.add("copies", {"Resources": vault, "Outputs": {"Vault": arn}}, region=region)
    plan = app.add("plan", {"Resources": _plan({"Fn::ImportValue": "vault"})}, region="us-east-1")
    assert rule("backup_copied_elsewhere").check(plan.resources["Subject"]).outcome == expected


def test_region_of_the_app_is_known() -> None:
    app = App()
    plan = app.add(
        "plan",
        {"Resources": _plan("arn:aws:backup:us-east-1:111122223333:backup-vault:copies")},
        region="us-east-1",
        account="111122223333",
    )
    assert rule("backup_copied_elsewhere").check(plan.resources["Subject"]).outcome == "failed"
