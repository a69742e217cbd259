from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:check"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}, "passed"),
        ({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": "true"}}, "passed"),
        ({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False}}, "failed"),
        ({"AdminCreateUserConfig": {}}, "failed"),
        ({}, "failed"),
        ({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": GIVEN}}, "unknown"),
        ({"LambdaConfig": {"PreSignUp": FUNCTION}}, "passed"),
        ({"LambdaConfig": {"PostConfirmation": FUNCTION}}, "failed"),
        ({"LambdaConfig": GIVEN}, "unknown"),
    ],
)
def test_outcome(properties: dict[str, Any], expected: str) -> None:
    assert judged("user_pool_sign_up_closed", one("AWS::Cognito::UserPool", **properties)) == expected


def test_a_template_is_told_of_the_function_too() -> None:
    assert "LambdaConfig.PreSignUp" in to_do("user_pool_sign_up_closed", one("AWS::Cognito::UserPool"))
