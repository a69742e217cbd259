from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

RULE = "user_pool_passwords_strong"
POOL = "AWS::Cognito::UserPool"
KINDS = {"RequireLowercase": True, "RequireNumbers": True, "RequireSymbols": True, "RequireUppercase": "true"}


def pool(**policy: Any) -> dict[str, Any]:
    return one(POOL, Policies={"PasswordPolicy": policy})


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"MinimumLength": 8, **KINDS}, "passed"),
        ({"MinimumLength": "12", **KINDS, "TemporaryPasswordValidityDays": 7}, "passed"),
        ({"MinimumLength": 15}, "passed"),
        ({"MinimumLength": 14}, "failed"),
        ({"MinimumLength": 6, **KINDS}, "failed"),
        (KINDS, "failed"),
        ({"MinimumLength": 12, **KINDS, "RequireSymbols": False}, "failed"),
        ({"MinimumLength": 12, **KINDS, "TemporaryPasswordValidityDays": 30}, "failed"),
        ({"MinimumLength": GIVEN, **KINDS}, "unknown"),
        ({"MinimumLength": 12, **KINDS, "RequireSymbols": GIVEN}, "unknown"),
        ({"MinimumLength": 12, **KINDS, "RequireSymbols": GIVEN, "RequireNumbers": False}, "failed"),
        ({"MinimumLength": 15, "TemporaryPasswordValidityDays": GIVEN}, "unknown"),
    ],
)
def test_outcome(policy: dict[str, Any], expected: str) -> None:
    assert judged(RULE, pool(**policy)) == expected


def test_a_pool_without_a_policy_takes_strong_passwords() -> None:
    assert judged(RULE, one(POOL)) == "passed"
    assert judged(RULE, one(POOL, Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}})) == "passed"


@pytest.mark.parametrize(
    ("policy", "severity"),
    [
        ({"MinimumLength": 6, **KINDS}, None),
        ({"MinimumLength": 10, **KINDS, "RequireSymbols": False}, "warning"),
        ({"MinimumLength": 15, "TemporaryPasswordValidityDays": 90}, "warning"),
    ],
)
def test_what_is_short_weighs_more(policy: dict[str, Any], severity: str | None) -> None:
    found = verdict(RULE, pool(**policy))
    assert found is not None
    assert found.severity == severity


@pytest.mark.parametrize(
    ("provider", "expected"), [("Hospital", "not_applicable"), ("COGNITO", "failed"), (GIVEN, "unknown")]
)
def test_passwords_of_other_providers_are_theirs(provider: Any, expected: str) -> None:
    resources = pool(MinimumLength=6)
    resources["Subject"]["Properties"]["AdminCreateUserConfig"] = {"AllowAdminCreateUserOnly": True}
    client = {"UserPoolId": {"Ref": "Subject"}, "SupportedIdentityProviders": [provider]}
    resources["Client"] = {"Type": "AWS::Cognito::UserPoolClient", "Properties": client}
    assert judged(RULE, resources) == expected


def test_what_is_to_be_done_has_the_choice_of_kinds() -> None:
    said = to_do(
        "user_pool_passwords_strong", one("AWS::Cognito::UserPool", Policies={"PasswordPolicy": {"MinimumLength": 6}})
    )
    assert "MinimumLength: 15" in said
    assert "MinimumLength stays 8 or more, and RequireLowercase" in said
