from __future__ import annotations

import re

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse, require_range

_HTTPS = 443
# docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
_SERVICE_NAME = re.compile(r"com\.amazonaws\.vpce\.[a-z0-9-]+\.vpce-svc-[0-9a-f]+")


class PrivateServiceConnection(Construct):
    """An interface endpoint to somebody's service over PrivateLink, open to this VPC alone.

    Nothing is routed between the networks, and connections go one way: from here to the service. The provider has to
    accept the connection; an AWS service is reached by ``PrivateVpc.add_interface_endpoint`` instead.

    Meets 164.312(e)(1) transmission security and 164.312(a)(1) access control.

    :param vpc: the VPC from which the service is used.
    :param service_name: such as ``com.amazonaws.vpce.us-east-1.vpce-svc-…``; ``PrivateService`` has it.
    :param port: where the service listens. Default: 443.
    :param private_dns_enabled: whether the provider's own name leads here, which the provider has to have verified.
        Default: it does not; use the endpoint's names.
    :raises ValueError: a VPC without private subnets, a name of another kind, or no port.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        service_name: str,
        port: int = _HTTPS,
        private_dns_enabled: bool = False,
    ) -> None:
        subnets = list(vpc.private_subnets)
        _require(subnets, vpc, service_name, port)
        super().__init__(scope, construct_id)

        self._security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description=f"Clients of {self.node.path}",
            allow_all_outbound=False,
        )
        self._security_group.add_ingress_rule(ec2.Peer.ipv4(vpc.vpc_cidr_block), ec2.Port.tcp(port), "From the VPC")
        self._endpoint = ec2.InterfaceVpcEndpoint(
            self,
            "Resource",
            vpc=vpc,
            service=ec2.InterfaceVpcEndpointService(service_name, port),
            subnets=ec2.SubnetSelection(subnets=subnets),
            security_groups=[self._security_group],
            private_dns_enabled=private_dns_enabled,
            open=False,
        )

    @property
    def endpoint(self) -> ec2.InterfaceVpcEndpoint:
        """The endpoint itself."""
        return self._endpoint

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The security group of the endpoint."""
        return self._security_group


def _require(subnets: list[ec2.ISubnet], vpc: ec2.IVpc, service_name: str, port: int) -> None:
    if not subnets:
        refuse("vpc", vpc.node.path, allowed="the endpoint needs private subnets", fix="Use PrivateVpc(…).vpc.")
    if not is_token(service_name) and not _SERVICE_NAME.fullmatch(service_name):
        refuse(
            "service_name",
            service_name,
            allowed="it takes the name of an endpoint service, com.amazonaws.vpce.<Region>.vpce-svc-<id>",
            fix="Ask the provider; for an AWS service use PrivateVpc.add_interface_endpoint.",
        )
    require_range("port", port, 1, 65_535, unit="for TCP", fix="Leave it out for 443.")
