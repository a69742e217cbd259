from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.network.private_vpc import PrivateVpc


class NetworkStack(cdk.Stack):
    """The workload's network."""

    def __init__(self, scope: Construct, construct_id: str, *, config: LandingZoneConfig, env: cdk.Environment) -> None:
        super().__init__(scope, construct_id, env=env, description="The private network")
        self.vpc = PrivateVpc(
            self,
            "Vpc",
            cidr=config.network.cidr,
            max_azs=config.network.zones,
            nat_gateways=config.network.nat_gateways,
            load_balancer_subnets=config.network.load_balancer_subnets,
        )
