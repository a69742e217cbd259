from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

CREATE = "iam:CreateServiceLinkedRole"
LINKED = "arn:aws:iam::111122223333:role/aws-service-role"


def _policy(**statement: Any) -> dict[str, Any]:
    document = {"Statement": [{"Effect": "Allow", "Action": CREATE, **statement}]}
    return one("AWS::IAM::ManagedPolicy", PolicyDocument=document)


def _for(service: Any, operator: str = "StringEquals") -> dict[str, Any]:
    return {operator: {"iam:AWSServiceName": service}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_policy(Resource="*"), "failed"),
        (_policy(Resource="arn:aws:iam::*:role/*"), "failed"),
        (
            _policy(Resource={"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/*"}),
            "failed",
        ),
        (_policy(Resource=f"{LINKED}/config.amazonaws.com/*"), "passed"),
        (_policy(Resource=f"{LINKED}/config.amazonaws.com/AWSServiceRoleForConfig"), "passed"),
        (_policy(Resource="*", Condition=_for("config.amazonaws.com")), "passed"),
        (_policy(Resource="*", Condition=_for(["config.amazonaws.com", "es.amazonaws.com"], "StringLike")), "passed"),
        (_policy(Resource="*", Condition=_for(GIVEN)), "passed"),
        (_policy(Resource="*", Condition=_for("*", "StringLike")), "failed"),
        (_policy(Resource="*", Condition=_for(GIVEN, "StringLike")), "unknown"),
        (_policy(Resource="*", Condition={"ForAnyValue:StringEquals": {"aws:CalledVia": "a.amazonaws.com"}}), "passed"),
        (_policy(Resource="*", Condition=GIVEN), "unknown"),
        (_policy(Resource=GIVEN), "passed"),
        (_policy(Effect="Deny", Resource="*"), "passed"),
        (_policy(Action="iam:GetRole", Resource="*"), "passed"),
        # This is GrantsBounded's.
        (_policy(Action="iam:Create*", Resource="*"), "passed"),
        (one("AWS::IAM::ServiceLinkedRole"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("service_linked_roles_named", resources) == expected
