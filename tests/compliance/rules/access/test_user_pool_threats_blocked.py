from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

POOL, CLIENT = "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient"
CLOSED = {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}


def _mode(mode: Any, **properties: Any) -> dict[str, Any]:
    return one(POOL, UserPoolAddOns={"AdvancedSecurityMode": mode}, **properties)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_mode("ENFORCED"), "passed"),
        (_mode("AUDIT"), "failed"),
        (_mode("OFF"), "failed"),
        (_mode(GIVEN), "unknown"),
        (one(POOL), "failed"),
        (one(POOL, MfaConfiguration="ON"), "failed"),
        (one(POOL, UserPoolAddOns=GIVEN), "unknown"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("user_pool_threats_blocked", resources) == expected


@pytest.mark.parametrize(("providers", "expected"), [(["Hospital"], "not_applicable"), (["COGNITO"], "failed")])
def test_a_pool_without_passwords_has_none_to_steal(providers: list[str], expected: str) -> None:
    client = {"UserPoolId": {"Ref": "Subject"}, "SupportedIdentityProviders": providers}
    resources = one(POOL, **CLOSED) | {"Client": {"Type": CLIENT, "Properties": client}}
    assert judged("user_pool_threats_blocked", resources) == expected
