from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_shield as shield
from constructs import Construct

from hipaa_constructs.edge.ddos_protection import DdosProtection
from hipaa_constructs.edge.https_load_balancer import HttpsLoadBalancer
from hipaa_constructs.landing_zone.network_stack import NetworkStack
from hipaa_constructs.landing_zone.sections import EdgeConfig


class EdgeStack(cdk.Stack):
    """The way in: a load balancer behind a firewall, which answers 404 until workloads add their targets."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: EdgeConfig,
        network: NetworkStack,
        env: cdk.Environment,
    ) -> None:
        super().__init__(scope, construct_id, env=env, description="The load balancer of the workloads")
        self.balancer = HttpsLoadBalancer(
            self,
            "Balancer",
            vpc=network.vpc.vpc,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", config.certificate_arn),
            internet_facing=bool(network.vpc.vpc.public_subnets),
        )
        self.balancer.listener.add_action("Nothing", action=elbv2.ListenerAction.fixed_response(404))
        if config.shield_contacts:
            DdosProtection(
                self,
                "Shield",
                resource_arns={"LoadBalancer": self.balancer.load_balancer.load_balancer_arn},
                emergency_contacts=[
                    shield.CfnProactiveEngagement.EmergencyContactProperty(
                        email_address=contact.email, phone_number=contact.phone
                    )
                    for contact in config.shield_contacts
                ],
                log_buckets=[self.balancer.log_bucket],
            )
