from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::IAM::User", Groups=["readers"]), "passed"),
        (one("AWS::IAM::User", ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]), "failed"),
        (one("AWS::IAM::User", Policies=[{"PolicyName": "p"}]), "failed"),
        (one("AWS::IAM::User", ManagedPolicyArns=GIVEN), "unknown"),
        (one("AWS::IAM::Policy", Users=["robot"]), "failed"),
        (one("AWS::IAM::Policy", Roles=["robot"], Users=[]), "passed"),
        (one("AWS::IAM::ManagedPolicy", Users=[{"Ref": "User"}]) | {"User": {"Type": "AWS::IAM::User"}}, "failed"),
        (one("AWS::IAM::UserPolicy", UserName=GIVEN), "failed"),
        (one("AWS::IAM::Role"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("user_has_no_policies", resources) == expected
