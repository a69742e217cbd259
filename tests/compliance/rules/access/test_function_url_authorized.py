from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::Lambda::Url", AuthType="AWS_IAM"), "passed"),
        (one("AWS::Lambda::Url", AuthType="NONE"), "failed"),
        (one("AWS::Lambda::Url"), "failed"),
        (one("AWS::Lambda::Url", AuthType=GIVEN), "unknown"),
        (one("AWS::Lambda::Function"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("function_url_authorized", resources) == expected
