from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

SETTING = one("AWS::ApiGateway::Account", CloudWatchRoleArn={"Fn::GetAtt": ["Role", "Arn"]})
KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def _role(**policies: Any) -> dict[str, Any]:
    return {"Role": {"Type": "AWS::IAM::Role", **policies}}


def _policy(**policies: Any) -> dict[str, Any]:
    return {"Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"Roles": [{"Ref": "Role"}]}, **policies}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (SETTING | _role(**KEPT), "passed"),
        (SETTING | _role(**KEPT) | _policy(**KEPT), "passed"),
        (SETTING | _role(), "failed"),
        (SETTING | _role(**KEPT | {"DeletionPolicy": "Delete"}), "failed"),
        (SETTING | _role(**KEPT | {"UpdateReplacePolicy": "Delete"}), "failed"),
        (SETTING | _role(**KEPT | {"DeletionPolicy": GIVEN}), "unknown"),
        (SETTING | _role(**KEPT) | _policy(), "failed"),
        (one("AWS::ApiGateway::Account", CloudWatchRoleArn="arn:aws:iam::1:role/elsewhere"), "not_applicable"),
        (one("AWS::ApiGateway::Account"), "not_applicable"),
        (one("AWS::IAM::Role"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("api_logging_kept", resources) == expected
