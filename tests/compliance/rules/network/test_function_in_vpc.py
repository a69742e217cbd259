from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

NO_PHI = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]


def _edge(behavior: str) -> dict[str, Any]:
    associated: Any = {"LambdaFunctionAssociations": [{"LambdaFunctionARN": {"Ref": "Version"}}]}
    config = {behavior: [associated] if behavior == "CacheBehaviors" else associated}
    return {
        "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Subject"}}},
        "Distribution": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}},
    }


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": ["subnet-1"]}), "passed"),
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": []}), "failed"),
        (one("AWS::Lambda::Function"), "failed"),
        (one("AWS::Lambda::Function", VpcConfig=GIVEN), "unknown"),
        (one("AWS::Lambda::Function") | _edge("DefaultCacheBehavior"), "not_applicable"),
        (one("AWS::Lambda::Function") | _edge("CacheBehaviors"), "not_applicable"),
        (one("AWS::Lambda::Function", Tags=NO_PHI), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("function_in_vpc", resources) == expected
