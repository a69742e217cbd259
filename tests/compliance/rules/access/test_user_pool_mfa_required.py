from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

RULE = "user_pool_mfa_required"
POOL = "AWS::Cognito::UserPool"
BY_ADMINISTRATORS = {"AllowAdminCreateUserOnly": True}


def client(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Cognito::UserPoolClient", "Properties": {"UserPoolId": {"Ref": "Subject"}, **properties}}


def risks(high: Any, medium: Any) -> dict[str, Any]:
    actions = {
        "HighAction": {"EventAction": high, "Notify": True},
        "MediumAction": {"EventAction": medium, "Notify": True},
    }
    return {
        "Risks": {
            "Type": "AWS::Cognito::UserPoolRiskConfigurationAttachment",
            "Properties": {
                "UserPoolId": {"Ref": "Subject"},
                "ClientId": "ALL",
                "AccountTakeoverRiskConfiguration": {"Actions": actions},
            },
        }
    }


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"MfaConfiguration": "ON"}, "passed"),
        ({"MfaConfiguration": "OFF"}, "failed"),
        ({}, "failed"),
        ({"MfaConfiguration": {"Ref": "AWS::NoValue"}}, "failed"),
        ({"MfaConfiguration": "OPTIONAL"}, "failed"),
        ({"MfaConfiguration": GIVEN}, "unknown"),
    ],
)
def test_outcome(properties: dict[str, Any], expected: str) -> None:
    assert judged(RULE, one(POOL, **properties)) == expected


def test_what_each_user_decides_is_a_warning() -> None:
    found = verdict(RULE, one(POOL, MfaConfiguration="OPTIONAL"))
    assert found is not None
    assert found.severity == "warning"


@pytest.mark.parametrize(
    ("mode", "high", "medium", "expected"),
    [
        ("ENFORCED", "BLOCK", "MFA_REQUIRED", "passed"),
        ("ENFORCED", "MFA_REQUIRED", "MFA_IF_CONFIGURED", "failed"),
        ("ENFORCED", "BLOCK", "NO_ACTION", "failed"),
        ("AUDIT", "BLOCK", "MFA_REQUIRED", "failed"),
        ("ENFORCED", GIVEN, "MFA_REQUIRED", "unknown"),
        (GIVEN, "BLOCK", "MFA_REQUIRED", "unknown"),
    ],
)
def test_optional_is_enough_where_a_factor_is_asked_for_at_risk(
    mode: Any, high: Any, medium: Any, expected: str
) -> None:
    pool = one(POOL, MfaConfiguration="OPTIONAL", UserPoolAddOns={"AdvancedSecurityMode": mode})
    assert judged(RULE, {**pool, **risks(high, medium)}) == expected


@pytest.mark.parametrize(
    ("clients", "expected"),
    [
        ([{"SupportedIdentityProviders": ["Hospital"]}], "not_applicable"),
        ([{"SupportedIdentityProviders": [{"Ref": "Provider"}]}], "not_applicable"),
        ([{"AllowedOAuthFlows": ["client_credentials"]}], "not_applicable"),
        ([{"SupportedIdentityProviders": ["COGNITO", "Hospital"]}], "failed"),
        ([{"SupportedIdentityProviders": ["Hospital"]}, {}], "failed"),
        ([{}], "failed"),
        ([{"SupportedIdentityProviders": [GIVEN]}], "unknown"),
    ],
)
def test_other_providers_and_programs_ask_for_factors_themselves(clients: list[dict[str, Any]], expected: str) -> None:
    provider = {
        "Type": "AWS::Cognito::UserPoolIdentityProvider",
        "Properties": {"UserPoolId": {"Ref": "Subject"}, "ProviderName": "Hospital", "ProviderType": "SAML"},
    }
    beside = {f"Client{number}": client(**properties) for number, properties in enumerate(clients)}
    resources = {"Provider": provider, **beside}
    assert judged(RULE, {**one(POOL, AdminCreateUserConfig=BY_ADMINISTRATORS), **resources}) == expected
    # Whoever signs up by himself has a password of the pool.
    assert judged(RULE, {**one(POOL), **resources}) == "failed"


def test_what_yaml_makes_of_a_word_without_quotes_is_told() -> None:
    found = verdict(RULE, one(POOL, MfaConfiguration=True))
    assert found.message == "MfaConfiguration is true, as YAML reads ON without quotes, and Cognito takes words alone."


def test_a_factor_that_users_have_stays() -> None:
    pool = one("AWS::Cognito::UserPool", MfaConfiguration="OPTIONAL", EnabledMfas=["SMS_MFA"])
    assert 'MfaConfiguration: "ON" and EnabledMfas: [SMS_MFA, SOFTWARE_TOKEN_MFA].' in to_do(
        "user_pool_mfa_required", pool
    )
    assert "sms=True" in to_do("user_pool_mfa_required", pool, in_cdk=True)
    assert "sms=False" in to_do("user_pool_mfa_required", one("AWS::Cognito::UserPool"), in_cdk=True)
