from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network

import pytest

from hipaa_constructs.network.address_plan import AddressPlan, plan_addresses
from hipaa_constructs.network.network_acls import (
    Rule,
    egress_rules,
    isolated_rules,
    load_balancer_rules,
    private_rules,
    transit_rules,
)

PLAN = plan_addresses("10.0.0.0/16")
INTERNET = "198.51.100.7"
RULES = {
    "private": private_rules,
    "isolated": isolated_rules,
    "load_balancers": load_balancer_rules,
    "egress": egress_rules,
    "transit": transit_rules,
}


def host(tier: str) -> str:
    return str(IPv4Network(getattr(PLAN, tier)[0])[10])


def lets(rules: Sequence[Rule], *, outward: bool, peer: str, port: int) -> bool:
    """Whether an ACL passes TCP to ``port``: outwards the peer's, inwards the tier's own."""
    return any(
        rule.outward is outward
        and IPv4Address(peer) in IPv4Network(rule.cidr)
        and (rule.ports is None or rule.ports[0] <= port <= rule.ports[1])
        for rule in rules
    )


def connects(source: str, target: str, port: int, *, source_port: int = 40_000) -> bool:
    """Whether a connection gets through the ACLs of both ends, and its answers get back."""
    for end, peer, out_port, in_port in (
        (source, target, port, source_port),
        (target, source, source_port, port),
    ):
        if end == "internet":
            continue
        rules = RULES[end](PLAN)
        address = INTERNET if peer == "internet" else host(peer)
        if not lets(rules, outward=True, peer=address, port=out_port):
            return False
        if not lets(rules, outward=False, peer=address, port=in_port):
            return False
    return True


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [
        ("private", "isolated", 5432),
        ("private", "private", 443),
        ("isolated", "private", 443),
        ("isolated", "isolated", 3306),
        ("load_balancers", "private", 8443),
        ("private", "internet", 443),
        ("egress", "internet", 443),
        ("internet", "load_balancers", 443),
        ("internet", "load_balancers", 80),
    ],
)
@pytest.mark.parametrize("source_port", [1024, 32_768, 65_535])
def test_what_a_tier_is_for_passes(source: str, target: str, port: int, source_port: int) -> None:
    assert connects(source, target, port, source_port=source_port)


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [
        ("isolated", "internet", 443),
        ("internet", "isolated", 5432),
        ("load_balancers", "isolated", 5432),
        ("egress", "isolated", 5432),
        ("internet", "private", 443),
        ("internet", "private", 22),
        ("internet", "private", 3389),
        ("internet", "egress", 22),
        ("internet", "egress", 3389),
        ("internet", "load_balancers", 22),
        ("internet", "load_balancers", 8080),
        ("private", "internet", 80),
        ("private", "internet", 25),
        ("egress", "internet", 25),
    ],
)
def test_anything_else_does_not(source: str, target: str, port: int) -> None:
    assert not connects(source, target, port)


@pytest.mark.parametrize("tier", RULES)
def test_remote_access_is_open_to_no_outside_address(tier: str) -> None:
    rules: Callable[[AddressPlan], list[Rule]] = RULES[tier]
    for port in (22, 3389):
        assert not lets(rules(PLAN), outward=False, peer=INTERNET, port=port)


@pytest.mark.parametrize("tier", RULES)
def test_rules_stay_far_below_the_quota_of_twenty(tier: str) -> None:
    rules = RULES[tier](PLAN)
    assert all(sum(rule.outward is outward for rule in rules) <= 5 for outward in (True, False))
