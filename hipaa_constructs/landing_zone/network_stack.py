from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.network.endpoint_profile_association import EndpointProfileAssociation
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.network.traffic_logs import ArchivedFlowLogs


class NetworkStack(cdk.Stack):
    """The workload's network, and the ways to a transit gateway and to the site if there are any."""

    def __init__(self, scope: Construct, construct_id: str, *, config: LandingZoneConfig, env: cdk.Environment) -> None:
        super().__init__(scope, construct_id, env=env, description="The private network")
        self.vpc = PrivateVpc(
            self,
            "Vpc",
            cidr=config.network.cidr,
            max_azs=config.network.zones,
            nat_gateways=config.network.nat_gateways,
            load_balancer_subnets=config.network.load_balancer_subnets,
            reserve_concurrency=config.reserve_concurrency,
        )
        if config.archive.traffic_bucket is not None:
            ArchivedFlowLogs(
                self,
                "ArchivedFlowLogs",
                vpc_id=self.vpc.vpc.vpc_id,
                bucket_arn=f"arn:{cdk.Aws.PARTITION}:s3:::{config.archive.traffic_bucket}",
            )
        transit = config.network.transit
        if transit is not None:
            attachment = self.vpc.attach_to_transit_gateway(transit.gateway, cidrs=transit.cidrs, egress=transit.egress)
            cdk.CfnOutput(
                self,
                "TransitAttachmentId",
                value=attachment.ref,
                description="The attachment that the transit gateway's owner accepts",
            )
            if transit.endpoint_profile is not None:
                profile = EndpointProfileAssociation(
                    self, "EndpointProfile", vpc_id=self.vpc.vpc.vpc_id, profile_id=transit.endpoint_profile
                )
                # A name that leads where there is no route yet reaches nothing.
                profile.node.add_dependency(self.vpc.node.find_child("TransitAttachment"))
        site = config.network.site
        if site is not None:
            from hipaa_constructs.edge.site_connection import SiteConnection

            SiteConnection(
                self,
                "Site",
                vpc=self.vpc.vpc,
                site_cidrs=site.cidrs,
                customer_gateway_ip=site.customer_gateway_ip,
                bgp_asn=site.bgp_asn,
                network_acl=self.vpc.network_acls["Isolated"],
            )
