from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do


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


@pytest.mark.parametrize(
    ("path", "by_l2"),
    [("S/Subject", False), ("S/Sign-in/Subject", False), ("S/Pool/Resource", True)],
)
def test_the_l2_is_named_where_the_app_has_it(path: str, by_l2: bool) -> None:
    pool = one("AWS::Cognito::IdentityPool", AllowUnauthenticatedIdentities=True)
    said = to_do("guest_access_disabled", {"Subject": {**pool["Subject"], "Metadata": {"aws:cdk:path": path}}})
    assert ("cognito_identitypool" in said) is by_l2
    assert ("Set AllowUnauthenticatedIdentities: false." in said) is not by_l2
