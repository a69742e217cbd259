"""A network ACL per tier: what the tier has no need of does not enter or leave its subnets.

Security groups decide who talks to whom; these bound the damage of a wrong one. DNS, DHCP, time and instance
metadata are outside their reach: docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.network.address_plan import AddressPlan
from hipaa_constructs.network.subnet_tier import SubnetTier

_ANYWHERE = "0.0.0.0/0"
_ALL_PROTOCOLS, _TCP = -1, 6
_HTTPS = (443, 443)
_HTTP = (80, 80)
_ALL_PORTS = (0, 65535)

# NAT gateways, load balancers and Lambda functions take the source port from all of these:
# docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
_EPHEMERAL = (1024, 65535)
# Without remote desktop's port, which no ACL may open to every address (Security Hub control EC2.21).
_EPHEMERAL_BUT_REMOTE_DESKTOP = ((1024, 3388), (3390, 65535))


class Rule(NamedTuple):
    """One allowed flow; ``ports`` of None stands for every protocol."""

    outward: bool
    cidr: str
    ports: tuple[int, int] | None


def _answers_from_anywhere() -> list[Rule]:
    return [Rule(False, _ANYWHERE, ports) for ports in _EPHEMERAL_BUT_REMOTE_DESKTOP]


def private_rules(plan: AddressPlan) -> list[Rule]:
    """All within the VPC; outwards HTTPS alone, to gateway endpoints and, where there is one, a NAT gateway."""
    return [
        Rule(False, plan.vpc, None),
        *_answers_from_anywhere(),
        Rule(True, plan.vpc, None),
        Rule(True, _ANYWHERE, _HTTPS),
    ]


def isolated_rules(plan: AddressPlan) -> list[Rule]:
    """TCP with private and isolated subnets, nothing else: neither the edge nor any address outside the VPC."""
    return [Rule(outward, cidr, _ALL_PORTS) for outward in (False, True) for cidr in plan.inner]


def egress_rules(plan: AddressPlan) -> list[Rule]:
    """What a NAT gateway passes: HTTPS from the VPC outwards, and its answers."""
    return [
        Rule(False, plan.vpc, _HTTPS),
        *_answers_from_anywhere(),
        Rule(True, _ANYWHERE, _HTTPS),
        Rule(True, plan.vpc, _EPHEMERAL),
    ]


def load_balancer_rules(plan: AddressPlan) -> list[Rule]:
    """HTTPS from anywhere, HTTP to be redirected, TCP to targets in private subnets, and the answers."""
    return [
        Rule(False, _ANYWHERE, _HTTPS),
        Rule(False, _ANYWHERE, _HTTP),
        Rule(False, plan.vpc, _EPHEMERAL),
        Rule(True, plan.vpc, _ALL_PORTS),
        Rule(True, _ANYWHERE, _EPHEMERAL),
    ]


def transit_rules(plan: AddressPlan) -> list[Rule]:
    """All between the private subnets and a transit gateway; what they may say to whom, their own ACL bounds.

    In these subnets, an ACL judges what enters the VPC by its destination, and what leaves it by its source alone:
    docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html.
    """
    return [Rule(outward, cidr, None) for outward in (False, True) for cidr in plan.private]


def beyond_rules(cidr: str) -> list[Rule]:
    """What private subnets need for HTTPS with networks behind a transit gateway, beside their ``private_rules``."""
    return [Rule(False, cidr, _HTTPS), Rule(True, cidr, _EPHEMERAL)]


class NetworkAcls(Construct):
    """The ACLs of all tiers of one VPC."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        acknowledge_limitation(
            self,
            "AwsSolutions-VPC3",
            reason="The rule reports every network ACL that a template names. A subnet always has one; where the "
            "template names none it is the default ACL, which lets all traffic in and out.",
            source="docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html",
        )

    def add(self, tier: SubnetTier, vpc: ec2.IVpc, rules: Sequence[Rule]) -> ec2.NetworkAcl:
        """Give ``tier`` an ACL of ``rules``, numbered by hundreds so that others fit in between."""
        acl = ec2.NetworkAcl(self, tier.name, vpc=vpc, subnet_selection=ec2.SubnetSelection(subnets=list(tier.subnets)))
        acl_id = acl.network_acl_id
        for outward, name in ((False, "In"), (True, "Out")):
            directed = [rule for rule in rules if rule.outward is outward]
            for index, rule in enumerate(directed, start=1):
                define_entry(acl, f"{name}{index}", network_acl_id=acl_id, number=index * 100, rule=rule)
        return acl


def define_entry(
    scope: Construct, construct_id: str, *, network_acl_id: str, number: int, rule: Rule
) -> ec2.CfnNetworkAclEntry:
    """Add a rule to an ACL."""
    return ec2.CfnNetworkAclEntry(
        scope,
        construct_id,
        network_acl_id=network_acl_id,
        rule_number=number,
        rule_action="allow",
        egress=rule.outward,
        cidr_block=rule.cidr,
        protocol=_ALL_PROTOCOLS if rule.ports is None else _TCP,
        port_range=rule.ports and ec2.CfnNetworkAclEntry.PortRangeProperty(from_=rule.ports[0], to=rule.ports[1]),
    )
