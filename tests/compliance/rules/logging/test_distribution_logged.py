from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

KIND = "AWS::CloudFront::Distribution"
ARN = {"Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:distribution/${Subject}"}
SOURCE = {"Source": {"Type": "AWS::Logs::DeliverySource", "Properties": {"ResourceArn": ARN}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(KIND, DistributionConfig={"Logging": {"Bucket": "logs.s3.amazonaws.com"}}), "passed"),
        (one(KIND, DistributionConfig={"Logging": {"Bucket": ""}}), "failed"),
        (one(KIND, DistributionConfig={}), "failed"),
        (one(KIND, DistributionConfig={"Logging": GIVEN}), "unknown"),
        (one(KIND, DistributionConfig={}) | SOURCE, "passed"),
        (one("AWS::CloudFront::Function"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("distribution_logged", resources) == expected
