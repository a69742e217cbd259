from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, SEVERAL, judged, one, to_do, verdict

RULE = "user_pool_client_flows_safe"
CLIENT = "AWS::Cognito::UserPoolClient"
# How a program signs in, which no user does.
PROGRAM = {"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["client_credentials"]}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, "passed"),
        ({"PreventUserExistenceErrors": "LEGACY"}, "failed"),
        ({"PreventUserExistenceErrors": GIVEN}, "unknown"),
        ({**PROGRAM, "PreventUserExistenceErrors": "LEGACY"}, "passed"),
        ({**PROGRAM, "AllowedOAuthFlowsUserPoolClient": False, "PreventUserExistenceErrors": "LEGACY"}, "failed"),
        ({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}, "passed"),
        ({"ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH", "ALLOW_CUSTOM_AUTH"]}, "passed"),
        ({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"]}, "failed"),
        ({"ExplicitAuthFlows": ["USER_PASSWORD_AUTH"]}, "failed"),
        ({"ExplicitAuthFlows": SEVERAL}, "unknown"),
        ({"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code"]}, "passed"),
        ({"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["client_credentials"]}, "passed"),
        ({"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code", "implicit"]}, "failed"),
        ({"AllowedOAuthFlowsUserPoolClient": False, "AllowedOAuthFlows": ["implicit"]}, "passed"),
        ({"AllowedOAuthFlows": ["implicit"]}, "passed"),
        ({"AllowedOAuthFlowsUserPoolClient": GIVEN, "AllowedOAuthFlows": ["implicit"]}, "unknown"),
        ({"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": SEVERAL}, "unknown"),
        ({"EnableTokenRevocation": True}, "passed"),
        ({"AllowedOAuthFlowsUserPoolClient": True, "CallbackURLs": ["https://portal.example.org"]}, "passed"),
        ({"AllowedOAuthFlowsUserPoolClient": True, "CallbackURLs": ["portal://signed-in"]}, "passed"),
        (
            {"AllowedOAuthFlowsUserPoolClient": True, "CallbackURLs": [{"Fn::Sub": "https://${AWS::Region}.x/"}]},
            "passed",
        ),
        (
            {
                "AllowedOAuthFlowsUserPoolClient": True,
                "CallbackURLs": ["https://portal.example.org", "HTTP://localhost:3000"],
            },
            "failed",
        ),
        ({"AllowedOAuthFlowsUserPoolClient": True, "CallbackURLs": [{"Fn::Sub": "http://${Given}/"}]}, "failed"),
        ({"AllowedOAuthFlowsUserPoolClient": True, "CallbackURLs": [{"Fn::Sub": "${Given}/signed-in"}]}, "unknown"),
        ({"AllowedOAuthFlowsUserPoolClient": True, "CallbackURLs": [GIVEN]}, "unknown"),
        ({"CallbackURLs": ["http://localhost:3000"]}, "passed"),
        # What CDK writes where an author names none.
        ({"AllowedOAuthFlowsUserPoolClient": True, "CallbackURLs": ["https://example.com"]}, "failed"),
        ({"AllowedOAuthFlowsUserPoolClient": True, "CallbackURLs": ["https://www.example.org/in"]}, "failed"),
        ({"AllowedOAuthFlowsUserPoolClient": True, "CallbackURLs": ["https://example.com.clinic.io"]}, "passed"),
        ({"CallbackURLs": ["https://example.com"]}, "passed"),
        ({"EnableTokenRevocation": False}, "failed"),
        ({"EnableTokenRevocation": GIVEN}, "unknown"),
    ],
)
def test_outcome(properties: dict[str, Any], expected: str) -> None:
    assert judged(RULE, one(CLIENT, **{"PreventUserExistenceErrors": "ENABLED", **properties})) == expected


def test_by_default_answers_tell_who_has_an_account() -> None:
    found = verdict(RULE, one(CLIENT))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")
    assert found.message == "PreventUserExistenceErrors is not ENABLED, so anybody can ask who has an account."


def test_a_password_that_is_sent_weighs_less_than_a_token_in_an_address() -> None:
    sent = {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}
    found = verdict(RULE, one(CLIENT, **sent))
    assert found is not None
    assert found.severity == "warning"
    found = verdict(RULE, one(CLIENT, AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthFlows=["implicit"], **sent))
    assert found is not None
    assert found.severity is None


@pytest.mark.parametrize("name", ["CallbackURLs", "LogoutURLs"])
@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["https://portal.clinic.org"], "passed"),
        (["portal://signed-in"], "passed"),
        (["http://localhost:3000/in"], "warning"),
        (["https://localhost:3000/in"], "warning"),
        (["http://127.0.0.1:8080"], "warning"),
        (["http://[::1]/"], "warning"),
        (["http://localhost.clinic.org/"], "error"),
        (["http://portal.clinic.org/in"], "error"),
        (["https://portal.clinic.org", "HTTP://portal.clinic.org/in"], "error"),
        ([{"Fn::Sub": "http://${Given}/in"}], "warning"),
        ([{"Fn::Sub": "http://portal.${Given}/in"}], "error"),
        ([GIVEN], "unknown"),
        (SEVERAL, "unknown"),
    ],
)
def test_people_come_back_by_https(name: str, addresses: Any, expected: str) -> None:
    client = {"AllowedOAuthFlowsUserPoolClient": True, "PreventUserExistenceErrors": "ENABLED", name: addresses}
    found = verdict(RULE, one(CLIENT, **client))
    assert found is not None
    assert (found.severity or "error" if found.outcome == "failed" else found.outcome) == expected
    # Without OAuth, nobody comes back by an address.
    assert judged(RULE, one(CLIENT, **{**client, "AllowedOAuthFlowsUserPoolClient": False})) == "passed"


SIGNS_IN = "ExplicitAuthFlows: [ALLOW_USER_SRP_AUTH"


@pytest.mark.parametrize(
    ("properties", "said", "unsaid"),
    [
        ({"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}, f"{SIGNS_IN}]", "OAuth"),
        (
            {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]},
            f"{SIGNS_IN}, ALLOW_REFRESH_TOKEN_AUTH]",
            "CallbackURLs",
        ),
        ({"ExplicitAuthFlows": ["USER_PASSWORD_AUTH"]}, f"{SIGNS_IN}, ALLOW_REFRESH_TOKEN_AUTH]", "OAuth"),
        ({"PreventUserExistenceErrors": "LEGACY"}, "PreventUserExistenceErrors: ENABLED", "ExplicitAuthFlows"),
        (
            {"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["implicit"]},
            "AllowedOAuthFlows: [code]",
            "ExplicitAuthFlows",
        ),
        (
            {"AllowedOAuthFlowsUserPoolClient": True, "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]},
            f"{SIGNS_IN}]",
            "REFRESH",
        ),
    ],
)
def test_what_is_to_be_done_fits_the_client(properties: dict[str, Any], said: str, unsaid: str) -> None:
    done = to_do(RULE, one(CLIENT, **{"PreventUserExistenceErrors": "LEGACY", **properties}))
    assert said in done
    assert unsaid not in done


_TAKES_OAUTH = {"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code"]}
_ANSWERS = {"PreventUserExistenceErrors": "ENABLED"}


@pytest.mark.parametrize(
    ("properties", "in_template", "in_cdk"),
    [
        (_TAKES_OAUTH, "Set PreventUserExistenceErrors: ENABLED.", "prevent_user_existence_errors=True"),
        ({}, "Set PreventUserExistenceErrors: ENABLED.", "prevent_user_existence_errors=True"),
        (
            {**_ANSWERS, "EnableTokenRevocation": False},
            "Set EnableTokenRevocation: true.",
            "enable_token_revocation=True",
        ),
        (
            {**_ANSWERS, "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]},
            "Set ExplicitAuthFlows: [ALLOW_USER_SRP_AUTH].",
            "auth_flows=cognito.AuthFlow(user_srp=True)",
        ),
        (
            {**_ANSWERS, **_TAKES_OAUTH, "AllowedOAuthFlows": ["implicit"]},
            "Set AllowedOAuthFlows: [code].",
            "o_auth=cognito.OAuthSettings(flows=cognito.OAuthFlows(authorization_code_grant=True))",
        ),
        (
            {**_ANSWERS, **_TAKES_OAUTH, "LogoutURLs": ["http://portal.clinic.org"]},
            "LogoutURLs are https:// addresses of the application.",
            "o_auth=cognito.OAuthSettings(logout_urls=[<an https:// address of the application>])",
        ),
        (
            {**_TAKES_OAUTH, "CallbackURLs": ["https://example.com"], "LogoutURLs": ["http://portal.clinic.org"]},
            "Set PreventUserExistenceErrors: ENABLED. CallbackURLs and LogoutURLs are https:// addresses of the "
            "application.",
            "o_auth=cognito.OAuthSettings(callback_urls=[<an https:// address of the application>], "
            "logout_urls=[<an https:// address of the application>]), prevent_user_existence_errors=True",
        ),
    ],
)
def test_nothing_is_to_be_done_that_is_done(properties: dict[str, Any], in_template: str, in_cdk: str) -> None:
    assert to_do(RULE, one(CLIENT, **properties)) == in_template
    said = to_do(RULE, one(CLIENT, **properties), in_cdk=True)
    assert said.startswith(f"cognito.UserPoolClient({in_cdk}).")


@pytest.mark.parametrize(
    ("flows", "left", "in_cdk"),
    [
        (
            ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "ALLOW_USER_AUTH, ALLOW_USER_SRP_AUTH, ALLOW_CUSTOM_AUTH, ALLOW_REFRESH_TOKEN_AUTH",
            "user=True, user_srp=True, custom=True",
        ),
        (
            ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"],
            "ALLOW_USER_SRP_AUTH, ALLOW_ADMIN_USER_PASSWORD_AUTH",
            "user_srp=True, admin_user_password=True",
        ),
        (
            ["USER_PASSWORD_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "ADMIN_NO_SRP_AUTH"],
            "ALLOW_USER_SRP_AUTH, ALLOW_CUSTOM_AUTH, ALLOW_ADMIN_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH",
            "user_srp=True, custom=True, admin_user_password=True",
        ),
    ],
)
def test_flows_that_send_no_password_stay(flows: list[str], left: str, in_cdk: str) -> None:
    client = one(CLIENT, **{**_ANSWERS, "ExplicitAuthFlows": flows})
    assert to_do(RULE, client) == f"Set ExplicitAuthFlows: [{left}]."
    assert f"auth_flows=cognito.AuthFlow({in_cdk})" in to_do(RULE, client, in_cdk=True)
