from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

PERMISSION = "AWS::Lambda::Permission"
BUS = "AWS::Events::EventBusPolicy"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(PERMISSION, Principal="*"), "failed"),
        (one(PERMISSION, Principal="*", FunctionUrlAuthType="AWS_IAM"), "failed"),
        (one(PERMISSION, Principal="*", PrincipalOrgID="o-a1b2c3d4e5"), "passed"),
        (one(PERMISSION, Principal="*", SourceAccount=GIVEN), "passed"),
        (one(PERMISSION, Principal="111122223333"), "passed"),
        (one(PERMISSION, Principal=GIVEN), "unknown"),
        (one(PERMISSION, Principal="events.amazonaws.com"), "passed"),
        (one(PERMISSION, Principal="s3.amazonaws.com"), "failed"),
        (one(PERMISSION, Principal="s3.amazonaws.com", SourceAccount="111122223333"), "passed"),
        (one("AWS::Lambda::LayerVersionPermission", Principal="*"), "failed"),
        (one("AWS::Lambda::LayerVersionPermission", Principal="*", OrganizationId="o-a1b2c3d4e5"), "passed"),
        (one(BUS, Principal="*", Action="events:PutEvents"), "failed"),
        (one(BUS, Principal="*", Condition={"Key": "aws:PrincipalOrgID", "Value": "o-a1b2c3d4e5"}), "passed"),
        (one(BUS, Principal="111122223333"), "passed"),
        (one(BUS, Statement={"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents"}), "failed"),
        (one(BUS, Statement={"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*"}), "passed"),
        (one(BUS, Statement='{"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents"}'), "failed"),
        (one("AWS::Lambda::Function"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("permission_not_public", resources) == expected


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        ({"FunctionUrlAuthType": "NONE", "Principal": "*"}, "not_applicable"),
        ({"FunctionUrlAuthType": "AWS_IAM", "Principal": "111122223333"}, "failed"),
        ({"Principal": "*"}, "failed"),
    ],
)
@pytest.mark.parametrize(("by_url", "alone"), [(True, ""), (False, "failed")])
def test_the_second_permission_of_a_url_is_told_with_the_first(
    beside: dict[str, Any], expected: str, by_url: bool, alone: str
) -> None:
    named = {"FunctionName": {"Ref": "Intake"}}
    resources = {
        **one("AWS::Lambda::Permission", Principal="*", InvokedViaFunctionUrl=by_url, **named),
        "Intake": {"Type": "AWS::Lambda::Function", "Properties": {}},
        "First": {"Type": "AWS::Lambda::Permission", "Properties": {**named, **beside}},
    }
    assert judged("permission_not_public", resources) == (alone or expected)
