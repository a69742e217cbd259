from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::IAM::User"), "passed"),
        (one("AWS::IAM::User", LoginProfile={"Password": GIVEN}), "failed"),
        (one("AWS::IAM::AccessKey", UserName="robot"), "failed"),
        (one("AWS::IAM::AccessKey", UserName="robot", Status="Inactive"), "passed"),
        (one("AWS::IAM::AccessKey", UserName="robot", Status=GIVEN), "unknown"),
        (one("AWS::IAM::Role"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("user_has_no_standing_credentials", resources) == expected
