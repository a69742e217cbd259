from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

RULE = "security_group_chain_closed"
GROUP = "AWS::EC2::SecurityGroup"
INGRESS = "AWS::EC2::SecurityGroupIngress"


def tcp(first: Any, last: Any = None, **source: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": first if last is None else last, **source}


FROM_WEB = {"SourceSecurityGroupId": {"Fn::GetAtt": ["Web", "GroupId"]}}
ANYWHERE = {"CidrIp": "0.0.0.0/0"}


def group(*rules: Any) -> dict[str, Any]:
    return {"Type": GROUP, "Properties": {"SecurityGroupIngress": list(rules)}}


def web(*rules: Any) -> dict[str, Any]:
    return {"Web": group(*(rules or [tcp(443, **ANYWHERE)]))}


def balancer(kind: str = "AWS::ElasticLoadBalancingV2::LoadBalancer") -> dict[str, Any]:
    return {"Balancer": {"Type": kind, "Properties": {"SecurityGroups": [{"Fn::GetAtt": ["Web", "GroupId"]}]}}}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (tcp(5432), "failed"),
        (tcp(22), "failed"),
        (tcp("3306"), "failed"),
        (tcp(0, 65535), "failed"),
        ({"IpProtocol": "-1"}, "failed"),
        (tcp(8080), "passed"),
        (tcp(443), "passed"),
        ({"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1}, "passed"),
        (tcp(GIVEN), "unknown"),
    ],
)
def test_ports_of_data_and_administration_count(rule: dict[str, Any], expected: str) -> None:
    assert judged(RULE, one(GROUP, SecurityGroupIngress=[{**rule, **FROM_WEB}]) | web()) == expected
    assert judged(RULE, one(INGRESS, GroupId="sg-1", **rule, **FROM_WEB) | web()) == expected


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        (web(tcp(443, **ANYWHERE)), "failed"),
        (web(tcp(22, CidrIpv6="::/0")), "failed"),
        (web(tcp(443, CidrIp="10.0.0.0/8")), "passed"),
        (web({"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, **ANYWHERE}), "passed"),
        (web({"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, **ANYWHERE}, tcp(443, **ANYWHERE)), "failed"),
        (web({"IpProtocol": GIVEN, "FromPort": 8, "ToPort": 8, **ANYWHERE}), "unknown"),
        (web(tcp(443, **ANYWHERE)) | balancer(), "passed"),
        (web(tcp(443, **ANYWHERE), tcp(80, **ANYWHERE)) | balancer(), "passed"),
        (web(tcp(443, **ANYWHERE)) | balancer("AWS::ElasticLoadBalancing::LoadBalancer"), "passed"),
        (web({"IpProtocol": "-1", **ANYWHERE}) | balancer(), "passed"),
        (web(tcp(443, CidrIp=GIVEN)), "unknown"),
        (web(GIVEN), "unknown"),
        # A rule that stands for itself opens the group too.
        (
            {
                "Web": {"Type": GROUP},
                "Open": {
                    "Type": INGRESS,
                    "Properties": {"GroupId": {"Fn::GetAtt": ["Web", "GroupId"]}, **tcp(443), **ANYWHERE},
                },
            },
            "failed",
        ),
    ],
)
def test_the_group_that_is_let_in(beside: dict[str, Any], expected: str) -> None:
    assert judged(RULE, one(GROUP, SecurityGroupIngress=[tcp(5432, **FROM_WEB)]) | beside) == expected


def test_three_tiers_behind_a_load_balancer_comply() -> None:
    from_app = {"SourceSecurityGroupId": {"Fn::GetAtt": ["App", "GroupId"]}}
    tiers = {**web(), **balancer(), "App": group(tcp(8080, **FROM_WEB))}
    assert judged(RULE, {**one(GROUP, SecurityGroupIngress=[tcp(5432, **from_app)]), **tiers}) == "passed"
    assert judged(RULE, {**one(GROUP, SecurityGroupIngress=[tcp(8080, **FROM_WEB)]), **tiers}) == "passed"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(GROUP), "passed"),
        (one(GROUP, SecurityGroupIngress=GIVEN), "unknown"),
        (one(GROUP, SecurityGroupIngress=[tcp(5432, SourceSecurityGroupId="sg-1")]), "passed"),
        (one(GROUP, SecurityGroupIngress=[tcp(5432, SourceSecurityGroupId=GIVEN)]), "passed"),
        # SecurityGroupNotOpen's.
        (one(GROUP, SecurityGroupIngress=[tcp(5432, **ANYWHERE)]), "passed"),
        (
            one(
                GROUP,
                SecurityGroupIngress=[
                    tcp(22, **ANYWHERE),
                    tcp(5432, SourceSecurityGroupId={"Fn::GetAtt": ["Subject", "GroupId"]}),
                ],
            ),
            "passed",
        ),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged(RULE, resources) == expected


def test_the_message_says_what_is_reached_through_which_group() -> None:
    found = verdict(RULE, one(GROUP, SecurityGroupIngress=[tcp(5432, **FROM_WEB)]) | web())
    assert found is not None
    assert found.message == "Ingress from Web, which the Internet reaches, is open on tcp port 5432 (PostgreSQL)."
