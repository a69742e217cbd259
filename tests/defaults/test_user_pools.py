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
