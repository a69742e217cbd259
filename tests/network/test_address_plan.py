from __future__ import annotations

from ipaddress import IPv4Network, collapse_addresses

import aws_cdk as cdk
import pytest

from hipaa_constructs.network.address_plan import AddressPlan, plan_addresses

BLOCKS = [f"10.64.0.0/{prefix}" for prefix in range(16, 23)]


def tiers(plan: AddressPlan) -> dict[str, list[IPv4Network]]:
    return {
        name: [IPv4Network(block) for block in getattr(plan, name)]
        for name in ("private", "isolated", "load_balancers", "egress")
    }


@pytest.mark.parametrize("cidr", BLOCKS)
def test_three_zones_of_every_tier_fit_without_overlap(cidr: str) -> None:
    plan = plan_addresses(cidr)
    subnets = [subnet for tier in tiers(plan).values() for subnet in tier]
    assert len(subnets) == 12
    assert all(subnet.subnet_of(IPv4Network(cidr)) for subnet in subnets)
    assert not any(a.overlaps(b) for i, a in enumerate(subnets) for b in subnets[i + 1 :])


@pytest.mark.parametrize("cidr", BLOCKS)
def test_every_tier_is_large_enough_for_its_use(cidr: str) -> None:
    found = tiers(plan_addresses(cidr))
    assert all(subnet.prefixlen <= 25 for subnet in (*found["private"], *found["isolated"]))
    assert all(subnet.prefixlen <= 27 for subnet in found["load_balancers"])
    assert all(subnet.prefixlen == 28 for subnet in found["egress"])


@pytest.mark.parametrize("cidr", BLOCKS)
def test_the_inner_blocks_are_private_and_isolated_subnets_and_nothing_else(cidr: str) -> None:
    plan = plan_addresses(cidr)
    found = tiers(plan)
    inner = list(collapse_addresses(IPv4Network(block) for block in plan.inner))
    assert inner == list(collapse_addresses([*found["private"], *found["isolated"]]))


@pytest.mark.parametrize(
    ("cidr", "message"),
    [
        ("10.0.0.0/15", "allowed are /16 to /22"),
        ("10.0.0.0/23", "allowed are /16 to /22"),
        ("10.0.0.1/16", "has host bits set"),
        ("10.0.0.0", "allowed are /16 to /22"),
        ("ten", "it takes an IPv4 block"),
        ("fd00::/16", "it takes an IPv4 block"),
        ("", "it takes an IPv4 block"),
        ("8.8.0.0/16", "allowed are blocks within 10.0.0.0/8"),
        ("172.32.0.0/16", "allowed are blocks within 10.0.0.0/8"),
        ("127.0.0.0/16", "allowed are blocks within 10.0.0.0/8"),
    ],
)
def test_other_blocks_are_refused(cidr: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^cidr: got .*{message}"):
        plan_addresses(cidr)


@pytest.mark.parametrize("cidr", ["10.255.0.0/16", "172.31.0.0/16", "192.168.0.0/16", "100.64.0.0/18"])
def test_blocks_of_private_use_are_taken(cidr: str) -> None:
    assert plan_addresses(cidr).vpc == cidr


def test_a_token_is_refused() -> None:
    with pytest.raises(ValueError, match="cidr: got 'an unresolved token'; it takes a literal block"):
        plan_addresses(cdk.Fn.import_value("Cidr"))
