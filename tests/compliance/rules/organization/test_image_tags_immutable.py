from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"ImageTagMutability": "IMMUTABLE"}, "passed"),
        ({"ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION"}, "passed"),
        ({"ImageTagMutability": "MUTABLE"}, "failed"),
        ({"ImageTagMutability": "MUTABLE_WITH_EXCLUSION"}, "failed"),
        ({}, "failed"),
        ({"ImageTagMutability": GIVEN}, "unknown"),
    ],
)
def test_outcome(properties: dict[str, Any], expected: str) -> None:
    assert judged("image_tags_immutable", one("AWS::ECR::Repository", **properties)) == expected
