from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, SEVERAL, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {
                "Listeners": [{"Protocol": "HTTPS", "LoadBalancerPort": "443", "PolicyNames": ["tls"]}],
                "Policies": [
                    {
                        "PolicyName": "tls",
                        "PolicyType": "SSLNegotiationPolicyType",
                        "Attributes": [
                            {"Name": "Reference-Security-Policy", "Value": "ELBSecurityPolicy-TLS-1-2-2017-01"}
                        ],
                    }
                ],
            },
            "passed",
        ),
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {
                "Listeners": [{"Protocol": "HTTPS", "LoadBalancerPort": "443", "PolicyNames": ["tls"]}],
                "Policies": [
                    {
                        "PolicyName": "tls",
                        "PolicyType": "SSLNegotiationPolicyType",
                        "Attributes": [{"Name": "Reference-Security-Policy", "Value": "ELBSecurityPolicy-2016-08"}],
                    }
                ],
            },
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {
                "Listeners": [{"Protocol": "HTTPS", "LoadBalancerPort": "443", "PolicyNames": ["tls"]}],
                "Policies": [
                    {
                        "PolicyName": "tls",
                        "PolicyType": "SSLNegotiationPolicyType",
                        "Attributes": [{"Name": "Protocol-TLSv1.2", "Value": "true"}],
                    }
                ],
            },
            "passed",
        ),
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {
                "Listeners": [{"Protocol": "HTTPS", "LoadBalancerPort": "443", "PolicyNames": ["tls"]}],
                "Policies": [
                    {
                        "PolicyName": "tls",
                        "PolicyType": "SSLNegotiationPolicyType",
                        "Attributes": [
                            {"Name": "Protocol-TLSv1.2", "Value": "true"},
                            {"Name": "Protocol-TLSv1", "Value": "true"},
                        ],
                    }
                ],
            },
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {
                "Listeners": [{"Protocol": "HTTPS", "LoadBalancerPort": "443", "PolicyNames": ["tls"]}],
                "Policies": [{"PolicyName": "tls", "PolicyType": "SSLNegotiationPolicyType", "Attributes": []}],
            },
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {
                "Listeners": [{"Protocol": "HTTPS", "LoadBalancerPort": "443", "PolicyNames": ["tls"]}],
                "Policies": [{"PolicyName": "tls", "PolicyType": "SSLNegotiationPolicyType", "Attributes": GIVEN}],
            },
            "unknown",
        ),
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {"Listeners": [{"Protocol": "HTTPS", "LoadBalancerPort": "443"}]},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {"Listeners": [{"Protocol": "HTTP", "LoadBalancerPort": "80"}]},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {"Listeners": [{"Protocol": "TCP", "LoadBalancerPort": "443"}]},
            "not_applicable",
        ),
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {"Listeners": [{"Protocol": "TCP", "LoadBalancerPort": "80"}]},
            "failed",
        ),
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {"Listeners": [{"Protocol": "TCP", "LoadBalancerPort": "5000"}]},
            "unknown",
        ),
        ("AWS::ElasticLoadBalancing::LoadBalancer", {"Listeners": GIVEN}, "unknown"),
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {"Listeners": [{"Protocol": "SSL", "PolicyNames": SEVERAL}], "Policies": []},
            "unknown",
        ),
        ("AWS::ElasticLoadBalancing::LoadBalancer", {"Listeners": [{"Protocol": GIVEN}]}, "unknown"),
        (
            "AWS::ElasticLoadBalancing::LoadBalancer",
            {"Listeners": [{"Protocol": "SSL", "PolicyNames": GIVEN}]},
            "unknown",
        ),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("classic_load_balancer_tls_required", one(kind, **properties)) == expected


def test_ssh_encrypts_by_itself() -> None:
    listeners = [{"Protocol": "TCP", "LoadBalancerPort": 22}]
    balancer = one("AWS::ElasticLoadBalancing::LoadBalancer", Listeners=listeners)
    assert judged("classic_load_balancer_tls_required", balancer) == "not_applicable"
