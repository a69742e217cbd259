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
