from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

MODEL = "arn:aws:bedrock:us-east-1::foundation-model/"
INVOKE = "bedrock:InvokeModel"


@pytest.mark.parametrize(
    ("action", "resource", "more", "expected"),
    [
        (INVOKE, f"{MODEL}amazon.nova-pro-v1:0", {}, "passed"),
        (INVOKE, f"{MODEL}anthropic.*", {}, "passed"),
        (INVOKE, "*", {}, "failed"),
        (INVOKE, f"{MODEL}*", {}, "failed"),
        ("bedrock:invokemodelwithresponsestream", "*", {}, "failed"),
        (INVOKE, "arn:aws:bedrock:*:*:inference-profile/*", {}, "failed"),
        (INVOKE, "*", {"Condition": {"StringEquals": {"aws:ResourceTag/approved": "phi"}}}, "passed"),
        (INVOKE, GIVEN, {}, "passed"),
        (GIVEN, "*", {}, "unknown"),
        ("bedrock:ListFoundationModels", "*", {}, "passed"),
        ("bedrock:*", "*", {}, "passed"),
    ],
)
def test_outcome(action: Any, resource: Any, more: dict[str, Any], expected: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    policy = one("AWS::IAM::ManagedPolicy", PolicyDocument={"Statement": [statement]}, Roles=["intake"])
    assert judged("model_access_named", policy) == expected


def test_a_boundary_grants_nothing() -> None:
    statement = {"Effect": "Allow", "Action": INVOKE, "Resource": "*"}
    stack = {
        **one("AWS::IAM::ManagedPolicy", PolicyDocument={"Statement": [statement]}),
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": {"Ref": "Subject"}}},
    }
    assert judged("model_access_named", stack) == "not_applicable"
