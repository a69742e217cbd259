from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

USER = "AWS::Transfer::User"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(USER, HomeDirectoryType="LOGICAL"), "passed"),
        (one(USER, HomeDirectoryType="PATH", HomeDirectory="/records/lab"), "failed"),
        (one(USER, HomeDirectory="/records/lab"), "failed"),
        (one(USER), "failed"),
        (one(USER, HomeDirectoryType=GIVEN), "unknown"),
        (one(USER, HomeDirectory="/records/lab", Policy='{"Statement": []}'), "passed"),
        (one(USER, HomeDirectory="/records/lab", Policy=""), "failed"),
        (one(USER, HomeDirectory="/records/lab", Policy=GIVEN), "unknown"),
        (one("AWS::Transfer::Server"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("transfer_users_confined", resources) == expected
