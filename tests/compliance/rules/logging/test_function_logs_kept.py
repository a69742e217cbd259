from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

FUNCTION = "AWS::Lambda::Function"


def _group(name: Any) -> dict[str, Any]:
    return {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(FUNCTION, LoggingConfig={"LogGroup": {"Ref": "Group"}}) | _group("any"), "passed"),
        (one(FUNCTION, LoggingConfig={"LogGroup": GIVEN}), "passed"),
        (one(FUNCTION, FunctionName="intake") | _group("/aws/lambda/intake"), "passed"),
        (one(FUNCTION) | _group({"Fn::Sub": "/aws/lambda/${Subject}"}), "passed"),
        (one(FUNCTION, FunctionName="intake") | _group("/aws/lambda/other"), "failed"),
        (one(FUNCTION, LoggingConfig={"LogFormat": "JSON"}), "failed"),
        (one(FUNCTION), "failed"),
        (one("AWS::Logs::LogGroup"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("function_logs_kept", resources) == expected
