from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, beanstalk, judged, one, verdict

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


MODERN = ("aws:elasticbeanstalk:environment", "LoadBalancerType", "application")
ENABLED = ("aws:elbv2:loadbalancer", "AccessLogsS3Enabled")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([MODERN, (*ENABLED, "true")], "passed"),
        ([MODERN, (*ENABLED, "false")], "failed"),
        ([MODERN], "failed"),
        ([], "failed"),
        ([MODERN, (*ENABLED, GIVEN)], "unknown"),
        ([(*MODERN[:2], GIVEN)], "unknown"),
        ([("aws:elasticbeanstalk:environment", "EnvironmentType", "SingleInstance")], "not_applicable"),
    ],
)
def test_elastic_beanstalk(options: list[tuple[str, str, Any]], expected: str) -> None:
    assert judged("load_balancer_logged", beanstalk(*options)) == expected


def test_what_only_files_of_the_application_switch_on_weighs_less() -> None:
    found = [verdict("load_balancer_logged", beanstalk(*options)) for options in ([], [MODERN])]
    assert [one.severity for one in found if one is not None] == ["warning", None]
