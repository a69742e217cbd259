from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, beanstalk, judged, one, to_do, verdict

GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
ARN = {"Ref": "Subject"}


def _behind(protocol: Any, action: dict[str, Any] | None = None, **group: Any) -> dict[str, Any]:
    """Return a target group behind a listener of a protocol."""
    actions = [action or {"Type": "forward", "TargetGroupArn": ARN}]
    listener = {"Protocol": protocol, "Port": 443, "DefaultActions": actions}
    return {
        **one(GROUP, **{"Protocol": "TCP", "Port": 443, **group}),
        "Front": {"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": listener},
    }


def _weighted() -> dict[str, Any]:
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": ARN, "Weight": 1}]}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(GROUP, Protocol="HTTPS", Port=443), "passed"),
        (one(GROUP, Protocol="HTTPS", Port=8443, ProtocolVersion="GRPC"), "passed"),
        (one(GROUP, Protocol="TLS", Port=443), "passed"),
        (one(GROUP, Protocol="HTTP", Port=80), "failed"),
        (one(GROUP, Protocol="HTTP", Port=443, TargetType="ip"), "failed"),
        (one(GROUP, Protocol=GIVEN), "unknown"),
        (one(GROUP, TargetType="lambda"), "not_applicable"),
        (one(GROUP, Protocol="GENEVE", Port=6081), "not_applicable"),
        (one(GROUP, Protocol="UDP", Port=53), "not_applicable"),
        (one(GROUP, Protocol="TCP", Port=443), "not_applicable"),
        (_behind("TCP"), "not_applicable"),
        (_behind("TLS"), "failed"),
        (_behind("TLS", _weighted()), "failed"),
        (_behind("TLS", TargetType="alb"), "not_applicable"),
        (_behind("TLS", Protocol="TLS"), "passed"),
        (_behind(GIVEN), "unknown"),
    ],
)
def test_target_group(resources: dict[str, Any], expected: str) -> None:
    assert judged("target_tls_required", resources) == expected


def test_a_finding_names_the_listener_that_takes_tls_off() -> None:
    found = verdict("target_tls_required", _behind("TLS"))
    assert found is not None
    assert found.message == "Protocol is TCP behind the listener Front, which takes TLS off."


def _listener(outside: Any, inside: Any = None) -> dict[str, Any]:
    found = {"Protocol": outside, "LoadBalancerPort": "443", "InstancePort": "443"}
    return found if inside is None else {**found, "InstanceProtocol": inside}


@pytest.mark.parametrize(
    ("listeners", "expected"),
    [
        ([_listener("HTTPS", "HTTPS")], "passed"),
        ([_listener("ssl", "ssl")], "passed"),
        ([_listener("HTTPS", "HTTP")], "failed"),
        ([_listener("SSL", "TCP")], "failed"),
        ([_listener("HTTPS", "HTTPS"), _listener("HTTPS", "HTTP")], "failed"),
        ([_listener("HTTPS")], "unknown"),
        ([_listener("HTTPS", GIVEN)], "unknown"),
        ([_listener(GIVEN, "HTTP")], "unknown"),
        ([_listener("HTTP", "HTTP")], "not_applicable"),
        ([_listener("TCP", "TCP")], "not_applicable"),
        (GIVEN, "unknown"),
    ],
)
def test_classic_load_balancer(listeners: Any, expected: str) -> None:
    assert judged("target_tls_required", one(CLASSIC, Listeners=listeners)) == expected


MODERN = ("aws:elasticbeanstalk:environment", "LoadBalancerType", "application")
PROCESS = ("aws:elasticbeanstalk:environment:process:default", "Protocol")
FRONT = ("aws:elb:listener:443", "ListenerProtocol", "HTTPS")
BEHIND = ("aws:elb:listener:443", "InstanceProtocol")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([MODERN, (*PROCESS, "HTTPS")], "passed"),
        ([MODERN, (*PROCESS, "HTTP")], "failed"),
        ([MODERN], "failed"),
        ([MODERN, (*PROCESS, "HTTPS"), ("aws:elasticbeanstalk:environment:process:admin", "Port", "81")], "failed"),
        ([MODERN, (*PROCESS, GIVEN)], "unknown"),
        ([(*MODERN[:2], "network")], "not_applicable"),
        ([(*MODERN[:2], GIVEN)], "unknown"),
        ([FRONT, (*BEHIND, "HTTPS")], "passed"),
        ([FRONT, (*BEHIND, "HTTP")], "failed"),
        ([FRONT], "failed"),
        ([FRONT, (*BEHIND, GIVEN)], "unknown"),
        ([(*FRONT[:2], GIVEN)], "unknown"),
        ([FRONT, ("aws:elb:listener:443", "ListenerEnabled", "false")], "not_applicable"),
        ([], "not_applicable"),
    ],
)
def test_elastic_beanstalk(options: list[tuple[str, str, Any]], expected: str) -> None:
    assert judged("target_tls_required", beanstalk(*options)) == expected


def test_the_targets_have_to_speak_tls_too() -> None:
    said = to_do("target_tls_required", one(GROUP, Protocol="HTTP", Port=80))
    assert "speaks TLS on that port" in said
    assert "HealthCheckProtocol: HTTPS" in said
    assert "Protocol: TLS" in to_do("target_tls_required", _behind("TLS"))


@pytest.mark.parametrize(
    ("kind", "protocol", "expected"),
    [
        ("IP", "HTTPS", "passed"),
        ("IP", "HTTP", "failed"),
        ("INSTANCE", "HTTP", "failed"),
        ("IP", "TCP", "not_applicable"),
        ("ALB", "HTTP", "not_applicable"),
        ("IP", GIVEN, "unknown"),
    ],
)
def test_targets_of_vpc_lattice(kind: str, protocol: Any, expected: str) -> None:
    group = one("AWS::VpcLattice::TargetGroup", Type=kind, Config={"Protocol": protocol, "Port": 443})
    assert judged("target_tls_required", group) == expected


def test_functions_behind_vpc_lattice_are_invoked() -> None:
    assert judged("target_tls_required", one("AWS::VpcLattice::TargetGroup", Type="LAMBDA")) == "not_applicable"
