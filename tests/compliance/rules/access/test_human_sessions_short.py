from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

CLIENT, ROLE, SET = "AWS::Cognito::UserPoolClient", "AWS::IAM::Role", "AWS::SSO::PermissionSet"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
PEOPLE = {"AWS": "arn:aws:iam::111122223333:root"}
SAML = {"Federated": "arn:aws:iam::111122223333:saml-provider/Hospital"}


def _role(principal: Any, condition: Any = None, **properties: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole*", "Condition": condition}
    return one(ROLE, AssumeRolePolicyDocument={"Statement": [statement]}, **properties)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_role(PEOPLE, MFA), "passed"),
        (_role(PEOPLE, MFA, MaxSessionDuration=28800), "passed"),
        (_role(PEOPLE, MFA, MaxSessionDuration=28801), "failed"),
        (_role(PEOPLE, MFA, MaxSessionDuration="43200"), "failed"),
        (_role(PEOPLE, MFA, MaxSessionDuration=GIVEN), "unknown"),
        (_role(PEOPLE, MaxSessionDuration=43200), "not_applicable"),
        (_role(SAML, MaxSessionDuration=43200), "failed"),
        (_role({"Service": "ec2.amazonaws.com"}, MaxSessionDuration=43200), "not_applicable"),
        (one(ROLE, AssumeRolePolicyDocument=GIVEN, MaxSessionDuration=43200), "not_applicable"),
        (one(SET), "passed"),
        (one(SET, SessionDuration="PT8H"), "passed"),
        (one(SET, SessionDuration="PT12H"), "failed"),
        (one(SET, SessionDuration="PT8H30M"), "failed"),
        (one(SET, SessionDuration="P1D"), "failed"),
        (one(SET, SessionDuration="long"), "unknown"),
        (one(SET, SessionDuration=7), "unknown"),
        (one(SET, SessionDuration=GIVEN), "unknown"),
        (one("AWS::IAM::User"), "not_inspected"),
        (one(CLIENT), "passed"),
        (one(CLIENT, AccessTokenValidity=8, IdTokenValidity="8", RefreshTokenValidity=92), "passed"),
        (one(CLIENT, AccessTokenValidity=9), "failed"),
        (one(CLIENT, IdTokenValidity=24), "failed"),
        (one(CLIENT, RefreshTokenValidity=93), "failed"),
        (one(CLIENT, AccessTokenValidity=60, TokenValidityUnits={"AccessToken": "minutes"}), "passed"),
        (one(CLIENT, AccessTokenValidity=1, TokenValidityUnits={"AccessToken": "days"}), "failed"),
        (one(CLIENT, RefreshTokenValidity=3650, TokenValidityUnits={"AccessToken": "minutes"}), "failed"),
        (one(CLIENT, RefreshTokenValidity=3650, TokenValidityUnits={"RefreshToken": "minutes"}), "passed"),
        (one(CLIENT, RefreshTokenValidity=GIVEN), "unknown"),
        (one(CLIENT, TokenValidityUnits=GIVEN), "unknown"),
        (one(CLIENT, AccessTokenValidity=24, AllowedOAuthFlows=["client_credentials"]), "not_applicable"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("human_sessions_short", resources) == expected


def test_how_long_is_said() -> None:
    found = verdict("human_sessions_short", one(SET, SessionDuration="PT10H30M"))
    assert found is not None
    assert found.message == "Sessions last up to 10.5 hours, longer than a shift of 8."
