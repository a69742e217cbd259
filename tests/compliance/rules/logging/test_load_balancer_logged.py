from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, beanstalk, judged, one, outcome, to_do, verdict

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
        ([(*MODERN[:2], "network")], "not_applicable"),
        ([("aws:elasticbeanstalk:environment", "EnvironmentType", "SingleInstance")], "not_applicable"),
    ],
)
def test_elastic_beanstalk(options: list[tuple[str, str, Any]], expected: str) -> None:
    assert judged("load_balancer_logged", beanstalk(*options)) == expected


def test_what_only_files_of_the_application_switch_on_weighs_less() -> None:
    found = [verdict("load_balancer_logged", beanstalk(*options)) for options in ([], [MODERN])]
    assert [one.severity for one in found if one is not None] == ["warning", None]


@pytest.mark.parametrize(
    ("given", "ours", "tls", "calls"),
    [
        ({"Type": "network"}, False, True, ["NetworkLoadBalancer"]),
        ({"Type": "application"}, True, False, ["ApplicationLoadBalancer"]),
        ({}, True, False, ["ApplicationLoadBalancer"]),
        ({"Type": GIVEN}, True, False, ["ApplicationLoadBalancer", "NetworkLoadBalancer"]),
    ],
)
def test_what_to_do_fits_the_kind_of_load_balancer(
    given: dict[str, Any], ours: bool, tls: bool, calls: list[str]
) -> None:
    fix = to_do("load_balancer_logged", one(BALANCER, **given))
    assert ("HttpsLoadBalancer" in fix, "Protocol: TLS" in fix) == (ours, tls)
    fix = to_do("load_balancer_logged", one(BALANCER, **given), in_cdk=True)
    assert [kind for kind in ("ApplicationLoadBalancer", "NetworkLoadBalancer") if f"elbv2.{kind}." in fix] == calls
    assert ("Protocol: TLS" in fix) is tls


def test_a_network_load_balancer_logs_connections_by_tls() -> None:
    found = verdict("load_balancer_logged", one(BALANCER, Type="network"))
    assert found is not None
    assert found.message == "The attribute access_logs.s3.enabled is not true, so connections by TLS are not logged."


@pytest.mark.parametrize(
    ("resources", "service"),
    [
        (one(BALANCER), "logdelivery.elasticloadbalancing.amazonaws.com"),
        (one("AWS::ElasticLoadBalancing::LoadBalancer"), "logdelivery.elasticloadbalancing.amazonaws.com"),
        (one(BALANCER, Type="network"), "lets delivery.logs.amazonaws.com"),
    ],
)
def test_what_to_do_names_who_writes_to_the_bucket(resources: dict[str, Any], service: str) -> None:
    said = to_do("load_balancer_logged", resources)
    assert service in said
    assert "s3:PutObject" in said


def _listeners(*protocols: Any) -> dict[str, Any]:
    return {
        f"Listener{number}": {
            "Type": "AWS::ElasticLoadBalancingV2::Listener",
            "Properties": {"LoadBalancerArn": {"Ref": "Subject"}, "Protocol": protocol, "Port": 5432},
        }
        for number, protocol in enumerate(protocols)
    }


ON = [{"Key": "access_logs.s3.enabled", "Value": "true"}]


@pytest.mark.parametrize(
    ("given", "protocols", "expected"),
    [
        ({"Type": "network"}, ["TCP"], "not_applicable"),
        ({"Type": "network"}, ["TCP", "UDP"], "not_applicable"),
        ({"Type": "network"}, ["TCP", "TLS"], "failed"),
        ({"Type": "network"}, [GIVEN], "unknown"),
        ({"Type": "network"}, [GIVEN, "TLS"], "failed"),
        ({"Type": "network", "LoadBalancerAttributes": ON}, ["TCP"], "passed"),
        ({"Type": "application"}, ["HTTP"], "failed"),
    ],
)
def test_a_network_load_balancer_without_tls_has_no_access_logs(
    given: dict[str, Any], protocols: list[Any], expected: str
) -> None:
    assert judged("load_balancer_logged", one(BALANCER, **given) | _listeners(*protocols)) == expected


def test_another_stack_may_give_it_a_listener() -> None:
    shown = {"Outputs": {"Arn": {"Value": {"Ref": "Subject"}, "Export": {"Name": "balancer"}}}}
    assert outcome("load_balancer_logged", one(BALANCER, Type="network") | _listeners("TCP"), **shown) == "unknown"
