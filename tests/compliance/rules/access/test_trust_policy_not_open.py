from __future__ import annotations

import json
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

COGNITO = "cognito-identity.amazonaws.com"
EKS = "oidc.eks.us-east-1.amazonaws.com/id/0123"
GITHUB = "token.actions.githubusercontent.com"
GUESTS = {"ForAnyValue:StringLike": {f"{COGNITO}:amr": "unauthenticated"}}
SIGNED_IN = {"ForAnyValue:StringLike": {f"{COGNITO}:amr": "authenticated"}}
OF_POOL = {"StringEquals": {f"{COGNITO}:aud": "pool"}}
ROLE_IN_ACCOUNT = "arn:aws:iam::111122223333:role/Deploy*"
ROLE_ANYWHERE = "arn:aws:iam::*:role/Deploy"


def _role(**statement: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", **statement}
    return one("AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": [allowed]})


def _web(provider: str, condition: Any = None) -> dict[str, Any]:
    name = provider if provider == COGNITO else f"arn:aws:iam::111122223333:oidc-provider/{provider}"
    more = {} if condition is None else {"Condition": condition}
    return _role(Action="sts:AssumeRoleWithWebIdentity", Principal={"Federated": name}, **more)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_role(Principal={"Service": "lambda.amazonaws.com"}), "passed"),
        (_role(Principal={"AWS": "arn:aws:iam::111122223333:root"}), "passed"),
        (_role(Principal={"AWS": "*"}), "failed"),
        (_role(Principal="*"), "failed"),
        (_role(Principal={"AWS": "*"}, Condition={"StringEquals": {"sts:ExternalId": "known"}}), "failed"),
        (_role(Principal={"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3"}}), "passed"),
        (_role(Principal={"AWS": "*"}, Condition={"ArnLike": {"aws:PrincipalArn": ROLE_IN_ACCOUNT}}), "passed"),
        (_role(Principal={"AWS": "*"}, Condition={"ArnLike": {"aws:PrincipalArn": ROLE_ANYWHERE}}), "failed"),
        (_role(Principal={"AWS": GIVEN}), "unknown"),
        (_role(Principal={"Federated": "*"}), "failed"),
        (_role(Effect="Deny", Principal="*"), "passed"),
        (_role(Action="sts:AssumeRoleWithSAML", Principal={"Federated": "arn:aws:iam::1:saml-provider/idp"}), "passed"),
        (_web(GITHUB), "failed"),
        (_web(GITHUB, {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}), "failed"),
        (_web(GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:clinic/*"}}), "failed"),
        (_web(GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:clinic/app:*"}}), "failed"),
        (_web(GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:clinic/app:ref:refs/heads/main"}}), "passed"),
        (_web(GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:clinic/*:environment:production"}}), "passed"),
        (
            _web(GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:clinic/*", f"{GITHUB}:ref": "refs/heads/main"}}),
            "passed",
        ),
        (_web(GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:*"}}), "failed"),
        (_web(GITHUB, {"StringLike": {f"{GITHUB}:sub": GIVEN}}), "unknown"),
        (_web(GITHUB, {"StringEquals": {f"{GITHUB}:sub": GIVEN}}), "passed"),
        (_web(GITHUB, {"StringEqualsIfExists": {f"{GITHUB}:sub": "repo:clinic/app"}}), "failed"),
        (_web(GITHUB, GIVEN), "unknown"),
        (_web(GITHUB, {"StringEquals": GIVEN}), "unknown"),
        (_web(EKS, {"StringEquals": {f"{EKS}:aud": "sts.amazonaws.com"}}), "failed"),
        (_web(EKS, {"StringEquals": {f"{EKS}:sub": "system:serviceaccount:clinic:api"}}), "passed"),
        (_web("idp.example.org", {"StringEquals": {"idp.example.org:aud": "clinic"}}), "passed"),
        (_web(COGNITO), "failed"),
        (_web(COGNITO, {**OF_POOL, **SIGNED_IN}), "passed"),
        (_web(COGNITO, {**OF_POOL, "ForAnyValue:StringLike": {f"{COGNITO}:amr": "graph.facebook.com"}}), "passed"),
        (_web(COGNITO, SIGNED_IN), "failed"),
        (_web(COGNITO, OF_POOL), "failed"),
        (_web(COGNITO, {**OF_POOL, "ForAnyValue:StringLike": {f"{COGNITO}:amr": "*"}}), "failed"),
        (_web(COGNITO, {**OF_POOL, "ForAnyValue:StringLike": {f"{COGNITO}:amr": GIVEN}}), "unknown"),
        (_web(COGNITO, {**OF_POOL, "ForAnyValue:StringLike": GIVEN}), "unknown"),
        (_web(COGNITO, {**OF_POOL, **GUESTS}), "failed"),
        (one("AWS::IAM::Role", AssumeRolePolicyDocument=GIVEN), "unknown"),
        (one("AWS::IAM::User"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("trust_policy_not_open", resources) == expected


def test_any_branch_of_a_repository_is_a_warning() -> None:
    found = verdict("trust_policy_not_open", _web(GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:clinic/app:*"}}))
    assert found is not None
    assert found.severity == "warning"
    assert found.message == "What runs in repo:clinic/app:* may assume the role from any branch (statement 1)."


def test_a_role_that_does_not_tell_guests_from_others_is_a_warning() -> None:
    found = verdict("trust_policy_not_open", _web(COGNITO, OF_POOL))
    assert found is not None
    assert found.severity == "warning"
    assert found.message == ("Guests of the identity pool may assume the role too: no condition on amr (statement 1).")


def _attached(condition: Any, **roles: Any) -> dict[str, Any]:
    pool = {
        "IdentityPoolId": {"Ref": "Pool"},
        "Roles": {kind: {"Fn::GetAtt": [name, "Arn"]} for kind, name in roles.items()},
    }
    return {
        **_web(COGNITO, condition),
        "Pool": {"Type": "AWS::Cognito::IdentityPool", "Properties": {"AllowUnauthenticatedIdentities": True}},
        "Attached": {"Type": "AWS::Cognito::IdentityPoolRoleAttachment", "Properties": pool},
    }


def test_the_role_for_guests_is_kept_for_them() -> None:
    """With ``amr: authenticated`` nobody could take it."""
    own = {"StringEquals": {f"{COGNITO}:aud": {"Ref": "Pool"}}}
    found = verdict("trust_policy_not_open", _attached(own, unauthenticated="Subject"))
    assert found is not None
    assert (found.severity, found.message) == (
        "warning",
        "Who signs in may assume the role for guests too: no condition on amr (statement 1).",
    )
    advice = to_do("trust_policy_not_open", _attached(own, unauthenticated="Subject"))
    assert f"{COGNITO}:amr: unauthenticated" in advice
    assert judged("trust_policy_not_open", _attached({**own, **GUESTS}, unauthenticated="Subject")) == "passed"


@pytest.mark.parametrize(
    "roles", [{"authenticated": "Subject"}, {"authenticated": "Subject", "unauthenticated": "Subject"}]
)
def test_a_role_for_who_signs_in_is_kept_from_guests(roles: dict[str, str]) -> None:
    app = _attached(OF_POOL, **roles)
    found = verdict("trust_policy_not_open", app)
    assert found is not None
    assert found.message == "Guests of the identity pool may assume the role too: no condition on amr (statement 1)."
    assert f"{COGNITO}:amr: authenticated" in to_do("trust_policy_not_open", app)


@pytest.mark.parametrize("guests", [True, False, GIVEN])
def test_guests_of_a_pool_of_the_app_are_told_of_at_the_pool(guests: Any) -> None:
    role = _web(COGNITO, {"StringEquals": {f"{COGNITO}:aud": {"Ref": "Pool"}}, **GUESTS})
    pool = {"Type": "AWS::Cognito::IdentityPool", "Properties": {"AllowUnauthenticatedIdentities": guests}}
    assert judged("trust_policy_not_open", {**role, "Pool": pool}) == "passed"
    assert judged("trust_policy_not_open", role) == "failed"
    others = _web(COGNITO, {"StringNotEquals": {f"{COGNITO}:aud": {"Ref": "Pool"}}, **GUESTS})
    assert judged("trust_policy_not_open", {**others, "Pool": pool}) == "failed"


@pytest.mark.parametrize("key", ["${Provider}:sub", "${Provider.Issuer}:sub"])
def test_keys_of_conditions_are_not_filled_in(key: str) -> None:
    found = verdict("trust_policy_not_open", _web(EKS, {"StringEquals": {key: "system:serviceaccount:clinic:intake"}}))
    assert found
    assert found.severity == "warning"
    assert key in found.message


def test_keys_in_text_are_filled_in() -> None:
    """A whole policy in ``Fn::Sub`` is the way to name a provider of the template in a key."""
    policy = json.dumps(_web(EKS, {"StringEquals": {"${Issuer}:sub": "system:serviceaccount:clinic:intake"}}))
    document = json.dumps(json.loads(policy)["Subject"]["Properties"]["AssumeRolePolicyDocument"])
    role = one("AWS::IAM::Role", AssumeRolePolicyDocument={"Fn::Sub": [document, {"Issuer": GIVEN}]})
    assert judged("trust_policy_not_open", role) == "passed"


def test_a_function_in_place_of_keys_is_not_known() -> None:
    condition = {"StringEquals": {"Fn::Join": [":", [GIVEN, "sub"]]}}
    assert judged("trust_policy_not_open", _web(EKS, condition)) == "unknown"


@pytest.mark.parametrize(
    ("provider", "claim", "values"),
    [
        ("cognito-identity.amazonaws.com", "aud", "*"),
        ("token.actions.githubusercontent.com", "sub", ["repo:clinic/records:*", "*"]),
    ],
)
def test_a_wildcard_that_is_compared_by_the_letter_lets_nobody_in(provider: str, claim: str, values: Any) -> None:
    found = verdict("trust_policy_not_open", _web(provider, {"StringEquals": {f"{provider}:{claim}": values}}))
    assert found.severity == "warning"
    assert f"{provider} sends nobody whose {claim} has a wildcard in it" in found.message


@pytest.mark.parametrize("in_cdk", [False, True])
def test_what_is_to_be_done_for_cognito_names_its_pool_and_who_signed_in(in_cdk: bool) -> None:
    def role(provider: str) -> dict[str, Any]:
        action = "sts:AssumeRoleWithWebIdentity"
        trust = {"Statement": [{"Effect": "Allow", "Action": action, "Principal": {"Federated": provider}}]}
        return one("AWS::IAM::Role", AssumeRolePolicyDocument=trust)

    said = to_do("trust_policy_not_open", role("cognito-identity.amazonaws.com"), in_cdk=in_cdk)
    assert "cognito-identity.amazonaws.com:aud" in said
    assert "cognito-identity.amazonaws.com:amr" in said
    assert "sub claim" not in said
    assert "sub claim" in to_do("trust_policy_not_open", role("token.actions.githubusercontent.com"), in_cdk=in_cdk)
