"""What is said of a route to an internet gateway, in subnets where AWS itself asks for one."""

from __future__ import annotations

from constructs import IConstruct

from hipaa_constructs.compliance.acknowledge import acknowledge_limitation

_PACKS = ("HIPAA.Security", "NIST.800.53.R5", "PCI.DSS.321")


def acknowledge_internet_route(routes: IConstruct) -> None:
    """Say why subnets of NAT gateways and internet-facing load balancers route to an internet gateway."""
    acknowledge_limitation(
        routes,
        *(f"{pack}-VPCNoUnrestrictedRouteToIGW" for pack in _PACKS),
        reason="A NAT gateway and an internet-facing load balancer work only in a subnet whose default route "
        "is an internet gateway. These subnets hold nothing else and assign no public address.",
        source="docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
    )
