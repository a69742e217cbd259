from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

PLAN = one("AWS::Backup::BackupPlan")
NAME = {"RestoreTestingPlanName": "quarterly"}
TESTING = {"Testing": {"Type": "AWS::Backup::RestoreTestingPlan", "Properties": NAME}}


def _selection(plan: Any, kind: Any = "S3") -> dict[str, Any]:
    properties = {"RestoreTestingPlanName": plan, "ProtectedResourceType": kind}
    return {"Selection": {"Type": "AWS::Backup::RestoreTestingSelection", "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (PLAN, "failed"),
        (PLAN | TESTING, "failed"),
        (PLAN | TESTING | _selection({"Ref": "Testing"}), "passed"),
        (PLAN | TESTING | _selection("quarterly"), "passed"),
        (PLAN | TESTING | _selection("yearly"), "failed"),
        (PLAN | TESTING | _selection(GIVEN), "passed"),
        (one("AWS::Backup::RestoreTestingPlan"), "failed"),
        (one("AWS::Backup::RestoreTestingPlan") | _selection({"Ref": "Subject"}), "passed"),
        (one("AWS::Backup::BackupVault"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("restore_tested", resources) == expected


def test_testing_plan_in_another_stack() -> None:
    assert judged("restore_tested", PLAN, TESTING | _selection("quarterly")) == "passed"


BACKED_UP = {
    "Table": {"Type": "AWS::DynamoDB::Table"},
    "Stores": {
        "Type": "AWS::Backup::BackupSelection",
        "Properties": {"BackupSelection": {"Resources": [{"Fn::GetAtt": ["Table", "Arn"]}]}},
    },
}


@pytest.mark.parametrize(("kind", "expected"), [("DynamoDB", "passed"), ("S3", "failed"), (GIVEN, "unknown")])
def test_every_kind_of_store_is_restored(kind: Any, expected: str) -> None:
    assert judged("restore_tested", PLAN | TESTING | BACKED_UP | _selection("quarterly", kind)) == expected


def test_a_kind_that_is_left_out_is_a_warning() -> None:
    found = verdict("restore_tested", PLAN | TESTING | BACKED_UP | _selection("quarterly"))
    assert found is not None
    assert found.severity == "warning"
    assert "DynamoDB" in found.message


@pytest.mark.parametrize(
    ("region", "expected"), [("us-gov-west-1", "not_applicable"), ("ca-west-1", "failed"), (None, "failed")]
)
def test_no_restore_test_is_asked_for_where_there_is_none(region: str | None, expected: str) -> None:
    assert judged("restore_tested", PLAN, region=region) == expected
