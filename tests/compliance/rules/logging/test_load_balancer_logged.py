from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(BALANCER, LoadBalancerAttributes=[{"Key": "access_logs.s3.enabled", "Value": "true"}]), "passed"),
        (one(BALANCER, LoadBalancerAttributes=[{"Key": "access_logs.s3.enabled", "Value": "false"}]), "failed"),
        (one(BALANCER), "failed"),
        (one(BALANCER, LoadBalancerAttributes=GIVEN), "unknown"),
        (one(BALANCER, LoadBalancerAttributes=[{"Key": "access_logs.s3.enabled", "Value": GIVEN}]), "unknown"),
        (one(BALANCER, Type="gateway"), "not_applicable"),
        (one("AWS::ElasticLoadBalancing::LoadBalancer", AccessLoggingPolicy={"Enabled": True}), "passed"),
        (one("AWS::ElasticLoadBalancing::LoadBalancer"), "failed"),
        (one("AWS::ElasticLoadBalancingV2::Listener"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("load_balancer_logged", resources) == expected
