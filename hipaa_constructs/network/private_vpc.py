from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, require_range, require_written
from hipaa_constructs._stacks import region_of, settle, stack_of
from hipaa_constructs.network import network_acls as acls
from hipaa_constructs.network.address_plan import plan_addresses
from hipaa_constructs.network.default_security_group import close_default_security_group
from hipaa_constructs.network.subnets import assemble_vpc, define_tiers
from hipaa_constructs.network.traffic_logs import DnsQueryLogs, FlowLogs
from hipaa_constructs.network.transit_attachment import TransitAttachment, require_one_way_out, require_transit
from hipaa_constructs.network.vpc_endpoints import VpcEndpoints, name_of, name_services
from hipaa_constructs.network.ways_out import wait_for_ways_out
from hipaa_constructs.network.zones import choose_zones
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey


class PrivateVpc(Construct):
    """A VPC that reaches AWS over endpoints alone, with private and isolated subnets and no internet gateway.

    Private subnets are for workloads, isolated subnets for databases: those talk to the VPC's inner subnets and to
    nothing else. Flow logs and DNS query logs are encrypted and kept seven years. Every tier has a network ACL; the
    default security group has no rules. An internet gateway exists only where ``nat_gateways`` or
    ``load_balancer_subnets`` ask for it, and no subnet assigns public addresses.

    The address plan leaves room for three zones and all tiers, so that what is turned on later moves nothing.

    Meets 164.312(e)(1) transmission security, 164.312(a)(1) access control, 164.312(b) audit controls and
    164.312(a)(2)(iv) encryption and decryption. Supports 164.308(a)(1)(ii)(D) information system activity review.

    :param cidr: the addresses, a literal private block of /16 to /22. Default: ``10.0.0.0/16``. Choose another for
        each VPC that will ever be connected.
    :param max_azs: the number of zones, 2 or 3: the first of the Region. Default: 3, or as many as
        ``availability_zones`` names.
    :param availability_zones: zones by name, for an account where one of the first lacks a service. Default: the
        first of the Region, chosen at deployment without a lookup.
    :param nat_gateways: how many NAT gateways let private subnets out, over HTTPS only: 0 to the number of zones.
        Default: none.
    :param load_balancer_subnets: whether there are public subnets for internet-facing load balancers.
        Default: there are none.
    :param interface_endpoints: services to reach besides CloudWatch Logs and metrics, EC2, ECR, KMS, Secrets Manager,
        Systems Manager and STS. Default: none. Every endpoint costs by the hour and zone.
    :param encryption_key: the key for the logs; it is made usable for CloudWatch Logs.
        Default: a ``KmsRotatedKey`` of its own.
    :param reserve_concurrency: whether the function that closes the default security group, one in a stack, has
        executions of its own; see ``ProviderFunction``. Default: it has two.
    :raises ValueError: a block that is a token, public, or too large or small; missing or conflicting zones; more NAT
        gateways than zones; a service named twice, or that the Region has no endpoint of.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cidr: str = "10.0.0.0/16",
        max_azs: int | None = None,
        availability_zones: Sequence[str] | None = None,
        nat_gateways: int = 0,
        load_balancer_subnets: bool = False,
        interface_endpoints: Sequence[ec2.IInterfaceVpcEndpointService] = (),
        encryption_key: kms.IKey | None = None,
        reserve_concurrency: bool = True,
    ) -> None:
        plan = plan_addresses(cidr)
        zones = choose_zones(stack_of(scope), max_azs, availability_zones)
        require_written("nat_gateways", nat_gateways, fix="One per zone is enough.")
        require_range(
            "nat_gateways",
            nat_gateways,
            0,
            len(zones),
            unit="gateways",
            fix="One per zone is enough.",
        )
        services = name_services(interface_endpoints, region=region_of(scope))
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._plan, self._zones = plan, zones
        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._resource = ec2.CfnVPC(
            self,
            "Resource",
            cidr_block=plan.vpc,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=[cdk.CfnTag(key="Name", value=self.node.path)],
        )
        self._flow_logs = FlowLogs(self, "FlowLogs", vpc=self._resource, encryption_key=self._key)
        self._dns_logs = DnsQueryLogs(self, "DnsQueryLogs", vpc=self._resource, encryption_key=self._key)
        self._tiers = define_tiers(
            self,
            resource=self._resource,
            plan=plan,
            zones=zones,
            nat_gateways=nat_gateways,
            load_balancer_subnets=load_balancer_subnets,
        )
        self._vpc = assemble_vpc(self, resource=self._resource, plan=plan, zones=zones, tiers=self._tiers)
        self._acl_group = acls.NetworkAcls(self, "NetworkAcls")
        self._acls = self._define_acls()
        self._endpoints = VpcEndpoints(self, "Endpoints", vpc=self._vpc, cidr=plan.vpc)
        for name, service in services.items():
            self._endpoints.add_interface(name, service)
        close_default_security_group(
            self,
            resource=self._resource,
            vpc=self._vpc,
            encryption_key=self._key,
            reachable_after=lambda: [
                *self._tiers["Private"].routes,
                self._acls["Private"],
                self._endpoints.s3,
                self._endpoints.interfaces["ec2"],
            ],
            reserve_concurrency=reserve_concurrency,
        )
        wait_for_ways_out(self._vpc, tier=self._tiers["Private"], acl=self._acls["Private"], endpoints=self._endpoints)

    @property
    def vpc(self) -> ec2.IVpc:
        """The VPC, to be passed on; ``node.default_child`` of this construct is the resource.

        What depends on it waits for the ways from the private subnets to AWS. Its public subnets are those for load
        balancers: nothing else belongs in one.
        """
        return self._vpc

    @property
    def cidr(self) -> str:
        """The VPC's addresses, literally: a rule of a security group that names a token cannot be checked."""
        return self._plan.vpc

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the logs."""
        return self._key

    @property
    def endpoint_security_group(self) -> ec2.SecurityGroup:
        """The security group of all interface endpoints: HTTPS from the VPC."""
        return self._endpoints.security_group

    @property
    def interface_endpoints(self) -> Mapping[str, ec2.InterfaceVpcEndpoint]:
        """The interface endpoints by AWS's short name of the service, such as ``ecr.api``.

        Their policies let this account's principals use this account's resources; ``add_to_policy`` adds to that.
        """
        return MappingProxyType(self._endpoints.interfaces)

    @property
    def s3_endpoint(self) -> ec2.GatewayVpcEndpoint:
        """The gateway endpoint of S3; a bucket of another account needs a statement of yours in its policy."""
        return self._endpoints.s3

    @property
    def dynamodb_endpoint(self) -> ec2.GatewayVpcEndpoint:
        """The gateway endpoint of DynamoDB."""
        return self._endpoints.dynamodb

    @property
    def flow_log_group(self) -> logs.LogGroup:
        """Where flow logs go."""
        return self._flow_logs.log_group

    @property
    def dns_query_log_group(self) -> logs.LogGroup:
        """Where DNS query logs go."""
        return self._dns_logs.log_group

    @property
    def network_acls(self) -> Mapping[str, ec2.NetworkAcl]:
        """The network ACL of each tier: ``Private``, ``Isolated``; if there, ``Egress``, ``LoadBalancer``, ``Transit``.

        Their rules are numbered by hundreds.
        """
        return MappingProxyType(self._acls)

    @checked_arguments
    def add_interface_endpoint(self, service: ec2.IInterfaceVpcEndpointService) -> ec2.InterfaceVpcEndpoint:
        """Add an interface endpoint in the private subnets, behind the one security group.

        An endpoint of AWS gets a policy. A service that supports none refuses it at deployment: then set
        ``endpoint.node.default_child.policy_document`` to None.

        :raises ValueError: a service that has an endpoint here, or whose name is a token.
        """
        return self._endpoints.add_interface(name_of(service), service)

    @checked_arguments
    def attach_to_transit_gateway(
        self, transit_gateway_id: str, *, cidrs: Sequence[str] = (), egress: bool = False
    ) -> ec2.CfnTransitGatewayAttachment:
        """Attach the VPC to a transit gateway, such as ``TransitNetwork``'s, from small subnets of its own.

        Private subnets then speak HTTPS with ``cidrs``, as far as security groups let them; isolated ones, where
        databases are, do not. A gateway of another account has to accept the attachment first, before which AWS takes
        no route: deploy without ``cidrs``, and again with them.

        :param cidrs: up to 9 private blocks behind the gateway, literally; one may hold the VPC's own. Default: none.
        :param egress: whether all else, and so the internet, is reached by the gateway over HTTPS, such as past an
            ``InspectionVpc``; in place of ``nat_gateways``. Default: there is no way to the internet by it.
        :raises ValueError: no transit gateway's id, a second attachment, networks that are none, public or overlap, or
            ``egress`` where there are NAT gateways.
        """
        require_transit(transit_gateway_id, cidrs, self._plan.vpc, attached="Transit" in self._acls)
        require_one_way_out(egress=egress, nat_gateways="Egress" in self._tiers)
        made = TransitAttachment(
            self,
            "TransitAttachment",
            vpc=self._vpc,
            plan=self._plan,
            zones=self._zones,
            transit_gateway_id=transit_gateway_id,
            private=self._tiers["Private"],
            private_acl=self._acls["Private"],
            acl_group=self._acl_group,
            cidrs=cidrs,
            egress=egress,
        )
        self._acls["Transit"] = made.acl
        return made.resource

    def _define_acls(self) -> dict[str, ec2.NetworkAcl]:
        rules = {
            "Private": acls.private_rules,
            "Isolated": acls.isolated_rules,
            "Egress": acls.egress_rules,
            "LoadBalancer": acls.load_balancer_rules,
        }
        group, plan = self._acl_group, self._plan
        return {name: group.add(tier, self._vpc, rules[name](plan)) for name, tier in self._tiers.items()}
