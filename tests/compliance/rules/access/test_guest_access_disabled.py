from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::Cognito::IdentityPool", AllowUnauthenticatedIdentities=False), "passed"),
        (one("AWS::Cognito::IdentityPool", AllowUnauthenticatedIdentities="true"), "failed"),
        (one("AWS::Cognito::IdentityPool", AllowUnauthenticatedIdentities=GIVEN), "unknown"),
        (one("AWS::Cognito::UserPool"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("guest_access_disabled", resources) == expected
