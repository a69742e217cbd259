from __future__ import annotations

import json
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, SEVERAL, judged, one

DETECTOR, VAULT = "AWS::GuardDuty::Detector", "AWS::Backup::BackupVault"
TARGETS = [{"Arn": "arn:aws:sns:us-east-1:111122223333:alerts", "Id": "0"}]


def _rule(source: Any = "aws.guardduty", **properties: Any) -> dict[str, Any]:
    pattern = {"source": source if isinstance(source, dict) else [source]}
    given = {"EventPattern": pattern, "State": "ENABLED", "Targets": TARGETS, **properties}
    return {"Rule": {"Type": "AWS::Events::Rule", "Properties": given}}


def _backups(*events: str) -> dict[str, Any]:
    return _rule(EventPattern={"source": ["aws.backup"], **({"detail-type": list(events)} if events else {})})


def _changes(**detail: Any) -> dict[str, Any]:
    pattern = {"source": ["aws.backup"], "detail-type": ["Recovery Point State Change"]}
    return _rule(EventPattern={**pattern, "detail": detail})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(DETECTOR) | _rule(), "passed"),
        (one(DETECTOR) | _rule("aws.securityhub"), "passed"),
        (one(DETECTOR) | _rule(EventPattern=json.dumps({"source": ["aws.guardduty"]})), "passed"),
        (one(DETECTOR) | _rule("aws.macie"), "failed"),
        (one(DETECTOR) | _rule(State="DISABLED"), "failed"),
        (one(DETECTOR) | _rule(Targets=[]), "failed"),
        (one(DETECTOR) | _rule(EventPattern=GIVEN), "unknown"),
        (one(DETECTOR) | _rule(GIVEN), "unknown"),
        (one(DETECTOR) | _rule(EventPattern="not json"), "unknown"),
        (one(DETECTOR) | _rule(EventPattern={"detail-type": ["any"]}), "failed"),
        (one(DETECTOR), "failed"),
        (one("AWS::Backup::BackupPlan") | _backups("Backup Job State Change"), "passed"),
        (one(VAULT, Notifications={"SNSTopicArn": "t", "BackupVaultEvents": ["COPY_JOB_FAILED"]}), "passed"),
        (one(VAULT) | _backups("Backup Job State Change"), "failed"),
        (one(VAULT) | _backups("Recovery Point State Change"), "passed"),
        (one(VAULT) | _backups(), "passed"),
        (one(VAULT) | _changes(), "passed"),
        (one(VAULT) | _changes(status=["DELETED", "MODIFIED"]), "passed"),
        (one(VAULT) | _changes(status=[{"anything-but": ["COMPLETED"]}]), "passed"),
        (one(VAULT) | _changes(backupVaultName=["records"]), "passed"),
        (one(VAULT) | _changes(status=["STOPPED"]), "failed"),
        (one(VAULT) | _changes(state=["FAILED"]), "failed"),
        (one(VAULT) | _changes(**{"$or": [{"state": ["FAILED"]}, {"status": ["STOPPED"]}]}), "failed"),
        (one(VAULT) | _changes(**{"$or": [{"state": ["FAILED"]}, {"status": ["MODIFIED"]}]}), "passed"),
        (one(VAULT) | _changes(status=[GIVEN]), "unknown"),
        (one(VAULT) | _rule(EventPattern={"source": ["aws.backup"], "detail": GIVEN}), "unknown"),
        (one(VAULT) | _rule(EventPattern={"source": ["aws.backup"], "detail-type": SEVERAL}), "unknown"),
        (one(DETECTOR) | _rule(EventPattern={"source": SEVERAL}), "unknown"),
        (one("AWS::Events::Rule"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("findings_routed", resources) == expected


def test_what_nobody_hears_of_backups_is_said_once() -> None:
    plan = {"Plan": {"Type": "AWS::Backup::BackupPlan"}}
    assert judged("findings_routed", one("AWS::Backup::BackupVault")) == "failed"
    assert judged("findings_routed", one("AWS::Backup::BackupVault") | plan) == "not_applicable"
    assert judged("findings_routed", one("AWS::Backup::BackupPlan")) == "failed"
