from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

MACHINE = "AWS::StepFunctions::StateMachine"


@pytest.mark.parametrize(
    ("logging", "expected"),
    [
        ({"Level": "ALL", "IncludeExecutionData": False}, "passed"),
        ({"Level": "ALL"}, "passed"),
        ({"Level": "ALL", "IncludeExecutionData": True}, "failed"),
        ({"Level": "ERROR", "IncludeExecutionData": "true"}, "failed"),
        ({"Level": "ALL", "IncludeExecutionData": GIVEN}, "unknown"),
        ({"Level": GIVEN, "IncludeExecutionData": True}, "failed"),
        ({"Level": "OFF", "IncludeExecutionData": True}, "not_applicable"),
        ({}, "not_applicable"),
    ],
)
def test_outcome(logging: dict[str, Any], expected: str) -> None:
    assert judged("execution_data_not_logged", one(MACHINE, LoggingConfiguration=logging)) == expected


def test_a_machine_that_logs_nothing_is_not_its_concern() -> None:
    assert judged("execution_data_not_logged", one(MACHINE)) == "not_applicable"


def test_a_machine_without_phi_is_not_inspected() -> None:
    tags = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]
    logging = {"Level": "ALL", "IncludeExecutionData": True}
    resources = one(MACHINE, LoggingConfiguration=logging, Tags=tags)
    assert judged("execution_data_not_logged", resources) == "not_inspected"
