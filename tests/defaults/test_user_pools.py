"""User pools and their clients: what they ask for, what they tell, and to whom they send tokens."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cognito as cognito

from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.testing import findings
from tests.defaults.support import Synthesized, lint_errors, new_stack, synthesized

_OWN = cognito.OAuthSettings(
    flows=cognito.OAuthFlows(authorization_code_grant=True), callback_urls=["https://clinic.example"]
)


def _client(stack: cdk.Stack, **arguments: Any) -> None:
    cognito.UserPool(stack, "People").add_client("Portal", **arguments)


def _of(made: Synthesized) -> dict[str, Any]:
    (client,) = made.of("AWS::Cognito::UserPoolClient")
    return dict(client)


def test_a_new_client_tells_nobody_who_is_a_user_and_sends_nothing_to_example_com() -> None:
    made = synthesized(_client, new_stores=True)
    client = _of(made)
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["AllowedOAuthFlowsUserPoolClient"] is False
    assert "CallbackURLs" not in client
    assert made.changed("S/People/Portal") == {"prevent_user_existence_errors", "disable_o_auth"}
    assert lint_errors(made) == []


def test_a_client_that_may_be_deployed_keeps_its_flows() -> None:
    made, before = synthesized(_client), synthesized(_client, secure=False)
    assert _of(made) == {**_of(before), "PreventUserExistenceErrors": "ENABLED"}


@pytest.mark.parametrize("said", [{"o_auth": _OWN}, {"disable_o_auth": True}])
def test_what_a_client_says_stays(said: dict[str, Any]) -> None:
    def define(stack: cdk.Stack) -> None:
        _client(stack, prevent_user_existence_errors=False, **said)

    assert _of(synthesized(define, new_stores=True)) == _of(synthesized(define, secure=False))


def test_the_rule_is_content() -> None:
    def found(secure: bool) -> set[str]:
        stack = new_stack()
        app = stack.node.root
        assert isinstance(app, cdk.App)
        if secure:
            secure_defaults(stack, new_stores=True)
        _client(stack)
        return {one.rule_id for one in findings(app)}

    assert "HIPAA.Constructs-UserPoolClientFlowsSafe" in found(secure=False) - found(secure=True)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ({}, ("ON", ["SOFTWARE_TOKEN_MFA"])),
        ({"mfa": cognito.Mfa.OFF}, ("OFF", None)),
        (
            {"mfa": cognito.Mfa.OPTIONAL, "mfa_second_factor": cognito.MfaSecondFactor(otp=True, sms=False)},
            ("OPTIONAL", ["SOFTWARE_TOKEN_MFA"]),
        ),
    ],
)
def test_new_pools_ask_for_a_second_factor_unless_the_app_says_otherwise(said: dict[str, Any], asked: Any) -> None:
    made = synthesized(lambda stack: cognito.UserPool(stack, "People", **said), new_stores=True)
    (pool,) = made.of("AWS::Cognito::UserPool")
    assert (pool.get("MfaConfiguration"), pool.get("EnabledMfas")) == asked
    assert bool(made.changed("S/People") & {"mfa", "mfa_second_factor"}) is (not said)


def test_a_pool_that_runs_asks_as_before() -> None:
    made = synthesized(lambda stack: cognito.UserPool(stack, "People"))
    assert not made.changed("S/People") & {"mfa", "mfa_second_factor"}


_RISKS = "AWS::Cognito::UserPoolRiskConfigurationAttachment"


def _guard(made: Synthesized) -> tuple[Any, Any, int]:
    (pool,) = made.of("AWS::Cognito::UserPool")
    return pool.get("UserPoolAddOns"), pool.get("UserPoolTier"), len(made.of(_RISKS))


@pytest.mark.parametrize("kind", [cognito.UserPool, cognito.CfnUserPool])
def test_new_pools_refuse_stolen_passwords_and_nothing_else_of_what_is_found(kind: Any) -> None:
    made = synthesized(lambda stack: kind(stack, "People"), new_stores=True)
    assert _guard(made) == ({"AdvancedSecurityMode": "ENFORCED"}, "PLUS", 1)
    (risks,) = made.of(_RISKS)
    assert risks["CompromisedCredentialsRiskConfiguration"] == {"Actions": {"EventAction": "BLOCK"}}
    assert "AccountTakeoverRiskConfiguration" not in risks
    assert lint_errors(made) == []


@pytest.mark.parametrize(
    "said",
    [
        {"feature_plan": cognito.FeaturePlan.ESSENTIALS},
        {"advanced_security_mode": cognito.AdvancedSecurityMode.AUDIT},
        {
            "feature_plan": cognito.FeaturePlan.PLUS,
            "standard_threat_protection_mode": cognito.StandardThreatProtectionMode.AUDIT_ONLY,
        },
    ],
)
def test_what_a_pool_says_of_threats_stays(said: dict[str, Any]) -> None:
    def define(stack: cdk.Stack) -> None:
        cognito.UserPool(stack, "People", **said)

    assert _guard(synthesized(define, new_stores=True)) == _guard(synthesized(define, secure=False))


@pytest.mark.parametrize("kind", [cognito.UserPool, cognito.CfnUserPool])
def test_a_pool_that_runs_keeps_its_plan(kind: Any) -> None:
    assert _guard(synthesized(lambda stack: kind(stack, "People"))) == (None, None, 0)


def test_a_plan_of_cloudformations_own_class_stays() -> None:
    made = synthesized(lambda stack: cognito.CfnUserPool(stack, "People", user_pool_tier="LITE"), new_stores=True)
    assert _guard(made) == (None, "LITE", 0)


def test_what_the_app_says_is_done_about_risks_stays() -> None:
    def define(stack: cdk.Stack) -> None:
        pool = cognito.UserPool(stack, "People")
        cognito.CfnUserPoolRiskConfigurationAttachment(stack, "Own", user_pool_id=pool.user_pool_id, client_id="ALL")

    assert _guard(synthesized(define, new_stores=True)) == ({"AdvancedSecurityMode": "ENFORCED"}, "PLUS", 1)
