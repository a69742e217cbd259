from __future__ import annotations

import pytest

from tests.compliance.rules.support import one, outcome


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"EnableKeyRotation": True}, "passed"),
        ({"EnableKeyRotation": "true"}, "passed"),
        ({"EnableKeyRotation": False}, "failed"),
        ({}, "failed"),
        ({"EnableKeyRotation": {"Ref": "Rotate"}}, "unknown"),
        ({"KeySpec": "RSA_2048"}, "not_applicable"),
        ({"Origin": "EXTERNAL"}, "not_applicable"),
    ],
)
def test_outcome(properties: dict[str, object], expected: str) -> None:
    assert (
        outcome("key_rotated", one("AWS::KMS::Key", **properties), Parameters={"Rotate": {"Type": "String"}})
        == expected
    )
