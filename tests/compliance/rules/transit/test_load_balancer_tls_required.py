from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
            "passed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"},
            "passed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"},
            "passed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS-1-2-2017-01"},
            "passed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-FS-1-2-Res-2020-10"},
            "passed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-1-2021-06"},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS-1-1-2017-01"},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-FS-1-1-2019-08"},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-FS-2018-06"},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-2016-08"},
            "failed",
        ),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "HTTPS"}, "failed"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "TLS", "SslPolicy": GIVEN}, "unknown"),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "TLS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
            "passed",
        ),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": GIVEN}, "unknown"),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {
                "Protocol": "HTTP",
                "DefaultActions": [
                    {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
                ],
            },
            "passed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {
                "Protocol": "HTTP",
                "DefaultActions": [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}],
            },
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTP", "DefaultActions": [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTP"}}]},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTP", "DefaultActions": [{"Type": "redirect", "RedirectConfig": GIVEN}]},
            "unknown",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTP", "DefaultActions": [{"Type": "forward", "TargetGroupArn": "arn"}]},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Protocol": "HTTP", "DefaultActions": [{"Type": "fixed-response"}]},
            "passed",
        ),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "HTTP", "DefaultActions": GIVEN}, "unknown"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "TCP", "Port": 443}, "not_applicable"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "TCP", "Port": 80}, "failed"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "TCP", "Port": 5432}, "unknown"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "UDP", "Port": 4789}, "unknown"),
        ("AWS::ElasticLoadBalancingV2::Listener", {"Protocol": "TCP", "Port": GIVEN}, "unknown"),
        ("AWS::ElasticLoadBalancingV2::Listener", {}, "not_applicable"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("load_balancer_tls_required", one(kind, **properties)) == expected


def test_rule_of_another_stack_that_forwards_http() -> None:
    redirect = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
    stack = {
        **one("AWS::ElasticLoadBalancingV2::Listener", Protocol="HTTP", DefaultActions=[redirect]),
        "Rule": {
            "Type": "AWS::ElasticLoadBalancingV2::ListenerRule",
            "Properties": {"ListenerArn": {"Ref": "Subject"}, "Actions": [{"Type": "forward"}]},
        },
    }
    assert judged("load_balancer_tls_required", stack) == "failed"


def test_tcp_in_front_of_an_application_load_balancer() -> None:
    actions = [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}]
    stack = {
        **one("AWS::ElasticLoadBalancingV2::Listener", Protocol="TCP", Port=80, DefaultActions=actions),
        "Targets": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": {"TargetType": "alb"}},
    }
    assert judged("load_balancer_tls_required", stack) == "not_applicable"


def test_a_listener_without_a_policy_has_the_oldest() -> None:
    found = verdict("load_balancer_tls_required", one("AWS::ElasticLoadBalancingV2::Listener", Protocol="HTTPS"))
    assert found is not None
    assert found.message == (
        "SslPolicy is not set, so it is ELBSecurityPolicy-2016-08, which accepts TLS older than 1.2."
    )
