from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict


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
