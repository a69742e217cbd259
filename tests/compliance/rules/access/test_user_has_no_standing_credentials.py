from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::IAM::User"), "passed"),
        (one("AWS::IAM::User", LoginProfile={"Password": GIVEN}), "failed"),
        (one("AWS::IAM::AccessKey", UserName="robot"), "failed"),
        (one("AWS::IAM::AccessKey", UserName="robot", Status="Inactive"), "passed"),
        (one("AWS::IAM::AccessKey", UserName="robot", Status=GIVEN), "unknown"),
        (one("AWS::IAM::Role"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("user_has_no_standing_credentials", resources) == expected


def _may(*actions: str) -> dict[str, Any]:
    return {"Statement": {"Effect": "Allow", "Action": [*actions], "Resource": "*"}}


def _weight(resources: dict[str, Any]) -> str:
    found = verdict("user_has_no_standing_credentials", resources)
    assert found
    return (found.severity or "error") if found.outcome == "failed" else found.outcome.value


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (_may("s3:*"), "warning"),
        (_may("iam:ChangePassword", "dynamodb:GetItem"), "warning"),
        (_may("iam:ChangePassword", "sts:GetCallerIdentity"), "passed"),
        ({"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}, "passed"),
        (GIVEN, "passed"),
    ],
)
def test_a_user_with_rights_and_no_password_has_access_keys(document: Any, expected: str) -> None:
    user = {"UserName": {"Ref": "Subject"}, "PolicyName": "own", "PolicyDocument": document}
    inside = one("AWS::IAM::User", Policies=[{"PolicyName": "own", "PolicyDocument": document}])
    assert _weight(inside) == expected
    for kind, holder in (("AWS::IAM::UserPolicy", user), ("AWS::IAM::Policy", {**user, "Users": [user["UserName"]]})):
        assert _weight(one("AWS::IAM::User") | {"Policy": {"Type": kind, "Properties": holder}}) == expected


def test_it_is_said_once_of_a_key_or_a_password() -> None:
    policies = [{"PolicyName": "own", "PolicyDocument": _may("s3:*")}]
    key = {"Key": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": {"Ref": "Subject"}}}}
    assert _weight(one("AWS::IAM::User", Policies=policies) | key) == "passed"
    assert _weight(one("AWS::IAM::User", Policies=policies, LoginProfile={"Password": GIVEN})) == "error"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("CONNECT_MANAGED", "warning"), ("SAML", "passed"), ("EXISTING_DIRECTORY", "passed"), (GIVEN, "unknown")],
)
def test_a_contact_center_keeps_no_passwords_of_its_own(kind: Any, expected: str) -> None:
    assert _weight(one("AWS::Connect::Instance", IdentityManagementType=kind)) == expected


def _key(principal: Any, effect: str = "Allow") -> dict[str, Any]:
    statement = {"Effect": effect, "Principal": principal, "Action": "kms:Decrypt", "Resource": "*"}
    return one("AWS::KMS::Key", KeyPolicy={"Statement": [statement]})


USER = {"User": {"Type": "AWS::IAM::User"}}
WITH_PASSWORD = {"User": {"Type": "AWS::IAM::User", "Properties": {"LoginProfile": {"Password": "secret"}}}}
OF_USER = {"Fn::GetAtt": ["User", "Arn"]}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_key({"AWS": "arn:aws:iam::111122223333:user/ann"}), "warning"),
        (_key({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:user/keys/ann"}}), "warning"),
        (_key({"AWS": ["arn:aws:iam::111122223333:role/keys", OF_USER]}) | USER, "warning"),
        # That user is told of itself.
        (_key({"AWS": OF_USER}) | WITH_PASSWORD, "passed"),
        (_key({"AWS": "arn:aws:iam::111122223333:user/ann"}, "Deny"), "passed"),
        (_key({"AWS": "arn:aws:iam::111122223333:role/user/ann"}), "passed"),
        (_key({"AWS": "arn:aws:iam::111122223333:root"}), "passed"),
        (_key({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}), "passed"),
        (_key({"AWS": GIVEN}), "passed"),
        (one("AWS::KMS::Key", KeyPolicy=GIVEN), "not_applicable"),
        (one("AWS::KMS::Key"), "passed"),
    ],
)
def test_a_policy_lets_in_no_user_by_name(resources: dict[str, Any], expected: str) -> None:
    assert _weight(resources) == expected


READS = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


@pytest.mark.parametrize("profile", [{}, {"LoginProfile": {"Password": GIVEN}}])
def test_what_is_done_is_about_what_the_user_has(profile: dict[str, Any]) -> None:
    user = one("AWS::IAM::User", Policies=[{"PolicyDocument": READS}], **profile)
    found = verdict("user_has_no_standing_credentials", user)
    assert found is not None
    assert ("which the app does not make" in found.message) is (not profile)
    said = to_do("user_has_no_standing_credentials", user)
    assert ("Leave LoginProfile out" in said) is bool(profile)
    assert ("with its access keys" in said) is (not profile)
