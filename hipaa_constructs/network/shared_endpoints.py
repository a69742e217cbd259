from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import region_of, stack_of
from hipaa_constructs.network.address_plan import plan_endpoints, require_private_cidrs
from hipaa_constructs.network.default_security_group import close_default_security_group
from hipaa_constructs.network.endpoint_names import ALWAYS, unfit_to_share
from hipaa_constructs.network.endpoint_policies import EndpointPolicies
from hipaa_constructs.network.endpoint_profile import EndpointProfile
from hipaa_constructs.network.subnet_tier import SubnetTier
from hipaa_constructs.network.traffic_logs import DnsQueryLogs, FlowLogs
from hipaa_constructs.network.transit import attach, require_transit_gateway, route
from hipaa_constructs.network.vpc_endpoints import define_interface, name_services
from hipaa_constructs.network.zones import choose_zones
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

_ORGANIZATION = re.compile(r"arn:aws[a-z-]*:organizations::\d{12}:organization/(o-[a-z0-9]{10,32})")
# Routes of a table, and rules of a security group, are bounded by 50 and 60:
# docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
_MOST_NETWORKS = 40


class SharedEndpoints(Construct):
    """Interface endpoints in one VPC, behind a transit gateway, for all accounts of an organization.

    A Route 53 Profile, shared with the organization alone, lets VPCs that are associated with it resolve the services'
    own names to these endpoints. Their policies let the organization's principals use the organization's resources, and
    what AWS itself needs, as ``PrivateVpc``'s do for one account; the security group lets HTTPS in from the given
    networks. Flow logs and DNS query logs are encrypted and kept seven years.

    A VPC uses them by an ``AWS::Route53Profiles::ProfileAssociation`` with ``profile_id`` in its own account, and a
    route to the transit gateway. What it has itself comes first: an endpoint with private DNS of its own, as those of a
    ``PrivateVpc``, is used before these. S3 and DynamoDB stay with gateway endpoints in each VPC, which cost nothing.
    Where traffic passes an ``InspectionVpc``, an ``InternalFlow`` to ``cidr`` and port 443 lets it through. DNS queries
    are logged where they are asked: in each VPC.

    Meets 164.312(e)(1) transmission security, 164.312(a)(1) access control, 164.312(b) audit controls and
    164.312(a)(2)(iv) encryption and decryption. Supports 164.308(a)(1)(ii)(D) information system activity review.

    Sources: docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/
    centralized-access-to-vpc-private-endpoints.html; docs.aws.amazon.com/Route53/latest/DeveloperGuide/
    profile-associate-vpc-endpoints.html; docs.aws.amazon.com/Route53/latest/DeveloperGuide/sharing-profiles.html.

    :param organization_arn: the organization, literally, such as
        ``arn:aws:organizations::111122223333:organization/o-exampleorgid``. Sharing within it has to be on in RAM.
    :param transit_gateway_id: the transit gateway, of this account or shared with it.
    :param private_cidrs: the networks that use the endpoints, 1 to 40 private blocks, literally. This VPC's own block
        may lie in one of them.
    :param cidr: the addresses, a literal private block of /16 to /24 that no other network has.
    :param max_azs: the number of zones, 2 or 3. Default: 3, or as many as ``availability_zones`` names.
    :param availability_zones: zones by name. Default: the first of the Region, chosen at deployment.
    :param interface_endpoints: services to reach besides those of ``PrivateVpc``. Default: none. Of API Gateway's and
        EventBridge's requests nobody can tell whose resource they are for: their endpoints stay in each VPC.
    :param encryption_key: the key for the logs; it is made usable for CloudWatch Logs.
        Default: a ``KmsRotatedKey`` of its own.
    :param reserve_concurrency: as for ``PrivateVpc``.
    :raises ValueError: no organization or transit gateway; blocks that are tokens, public, overlap, or too large or
        small; missing or conflicting zones; a service named twice, of one account, or without endpoint in the Region.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        organization_arn: str,
        transit_gateway_id: str,
        private_cidrs: Sequence[str],
        cidr: str,
        max_azs: int | None = None,
        availability_zones: Sequence[str] | None = None,
        interface_endpoints: Sequence[ec2.IInterfaceVpcEndpointService] = (),
        encryption_key: kms.IKey | None = None,
        reserve_concurrency: bool = True,
    ) -> None:
        stack = stack_of(scope)
        require_region(scope, "AWS::Route53Profiles::Profile", what="Route 53 Profiles", fix="Use PrivateVpc there.")
        organization_id = _require_organization(organization_arn)
        require_transit_gateway(transit_gateway_id)
        block, blocks = plan_endpoints(cidr)
        networks = require_private_cidrs("private_cidrs", private_cidrs, most=_MOST_NETWORKS)
        zones = choose_zones(stack, max_azs, availability_zones)
        services = name_services(interface_endpoints, region=region_of(stack))
        _require_shareable(services)
        super().__init__(scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._resource = ec2.CfnVPC(
            self,
            "Resource",
            cidr_block=block,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=[cdk.CfnTag(key="Name", value=self.node.path)],
        )
        FlowLogs(self, "FlowLogs", vpc=self._resource, encryption_key=self._key)
        self._dns_logs = DnsQueryLogs(self, "DnsQueryLogs", vpc=self._resource, encryption_key=self._key)
        close_default_security_group(
            self,
            resource=self._resource,
            vpc=None,
            encryption_key=self._key,
            reachable_after=list,
            reserve_concurrency=reserve_concurrency,
        )
        tier = SubnetTier(
            self, "Endpoints", vpc_id=self._resource.ref, subnet_type="Private", cidr_blocks=blocks, zones=zones
        )
        self._attachment = attach(
            self, transit_gateway_id=transit_gateway_id, vpc=self._resource, subnet_ids=tier.ids, appliance=False
        )
        for index in range(len(zones)):
            for network in networks:
                route(tier, index, network, transit_gateway=self._attachment)
        vpc = ec2.Vpc.from_vpc_attributes(
            self, "Vpc", vpc_id=self._resource.ref, vpc_cidr_block=block, availability_zones=list(zones)
        )
        self._security_group = self._define_security_group(vpc, networks)
        interfaces = Construct(self, "Interfaces")
        policies = EndpointPolicies(stack, organization_id=organization_id)
        self._endpoints = {
            name: define_interface(
                interfaces,
                name,
                service,
                vpc=vpc,
                subnets=ec2.SubnetSelection(subnets=list(tier.subnets)),
                security_group=self._security_group,
                policies=policies,
            )
            for name, service in services.items()
        }
        self._profile = EndpointProfile(
            self, "Profile", endpoints=self._endpoints, organization_arn=organization_arn
        ).resource

    @property
    def vpc_id(self) -> str:
        """The VPC's id, for reference: nothing else belongs in it. ``node.default_child`` is the resource."""
        return self._resource.ref

    @property
    def attachment_id(self) -> str:
        """The id of the transit gateway's attachment, for its route tables."""
        return self._attachment.attr_id

    @property
    def profile_id(self) -> str:
        """The id of the Route 53 Profile, which other accounts associate their VPCs with."""
        return self._profile.attr_id

    @property
    def interface_endpoints(self) -> Mapping[str, ec2.InterfaceVpcEndpoint]:
        """The endpoints by AWS's short name of the service, such as ``ecr.api``; ``add_to_policy`` adds to theirs."""
        return MappingProxyType(self._endpoints)

    @property
    def endpoint_security_group(self) -> ec2.SecurityGroup:
        """The security group of all endpoints: HTTPS from the networks."""
        return self._security_group

    @property
    def dns_query_log_group(self) -> logs.LogGroup:
        """Where DNS queries of this VPC are logged."""
        return self._dns_logs.log_group

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the logs."""
        return self._key

    def _define_security_group(self, vpc: ec2.IVpc, networks: Sequence[str]) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="HTTPS from the networks to AWS endpoints",
            allow_all_outbound=False,
        )
        for network in networks:
            group.add_ingress_rule(ec2.Peer.ipv4(network), ec2.Port.tcp(443), f"HTTPS from {network}")
        return group


def _require_organization(organization_arn: str) -> str:
    found = None if is_token(organization_arn) else _ORGANIZATION.fullmatch(organization_arn)
    if found is None:
        refuse(
            "organization_arn",
            "an unresolved token" if is_token(organization_arn) else organization_arn,
            allowed="it takes the ARN of an organization, literally",
            fix="Write it like 'arn:aws:organizations::111122223333:organization/o-exampleorgid', with the management "
            "account's number.",
        )
    return found[1]


def _require_shareable(services: Mapping[str, ec2.IInterfaceVpcEndpointService]) -> None:
    for name in services:
        fault = unfit_to_share(name) if name not in ALWAYS else None
        if fault is not None:
            allowed, fix = fault
            refuse("interface_endpoints", name, allowed=allowed, fix=fix)
