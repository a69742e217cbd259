from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

PLAN = one("AWS::Backup::BackupPlan")
NAME = {"RestoreTestingPlanName": "quarterly"}
TESTING = {"Testing": {"Type": "AWS::Backup::RestoreTestingPlan", "Properties": NAME}}


def _selection(plan: Any) -> dict[str, Any]:
    properties = {"RestoreTestingPlanName": plan}
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
