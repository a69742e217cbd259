from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_networkfirewall as networkfirewall
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import stack_of
from hipaa_constructs.network.address_plan import InspectionPlan, plan_inspection, require_private_cidrs
from hipaa_constructs.network.default_security_group import close_default_security_group
from hipaa_constructs.network.firewall_rules import InternalFlow, require_domains, require_flows
from hipaa_constructs.network.inspection_firewall import InspectionFirewall
from hipaa_constructs.network.subnet_tier import SubnetTier
from hipaa_constructs.network.traffic_logs import DnsQueryLogs, FlowLogs
from hipaa_constructs.network.transit import ANYWHERE, attach, require_transit_gateway, route
from hipaa_constructs.network.zones import by_region, choose_literal_zones
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

# A route table has 50 routes besides the one within the VPC, and one of them is the default:
# docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-route-tables
_MOST_NETWORKS = 40


class InspectionVpc(Construct):
    """The VPC that an organization's networks reach the internet and each other through, past AWS Network Firewall.

    To the internet pass HTTP and TLS to named domains, by Host header and server name. Between networks pass the named
    flows. All else is dropped and told: other protocols and ports, what is opened from outside, and connections that
    the firewall lost sight of, which are closed. Alerts and flows are logged under the key for seven years, as are the
    VPC's own flows and DNS queries. Deletion, subnets and the choice of the policy are protected: before zones change,
    the stack goes, or a failed first deployment is made again, that is lifted by hand.

    In each zone, and never across them::

        transit gateway → Transit subnet → firewall endpoint → NAT gateway → internet gateway
        internet gateway → NAT gateway → Egress subnet → firewall endpoint → transit gateway

    The attachment is in appliance mode, so that both directions of a flow meet the same endpoint. The internet gateway
    needs no routes of its own: it knows the NAT gateways' addresses alone, which stand before the firewall for it. In
    the transit gateway, networks have a default route to ``attachment_id``, and its route table has the networks'.

    What it does not do: TLS is not decrypted, for that would make whoever runs the firewall a reader of PHI and asks
    each workload to trust its certificate authority; so a name is what the client says it is. Queries to the VPC
    resolver pass no firewall, so they are logged, and filtered where DNS Firewall is. CloudFormation has no property
    for a customer key of the firewall, policy and groups, which hold rules: AWS's own key encrypts them. Subnets have
    no network ACLs of their own, as AWS advises for attachments (``tgw-best-design-practices``).

    Meets 164.312(e)(1) transmission security, 164.312(a)(1) access control, 164.312(b) audit controls and
    164.312(a)(2)(iv) encryption and decryption. Supports 164.308(a)(1)(ii)(D) information system activity review.

    Sources: docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/
    using-nat-gateway-with-firewall.html; docs.aws.amazon.com/network-firewall/latest/developerguide/
    vpc-config-tgw-multi-az.html.

    :param transit_gateway_id: the transit gateway, of this account or shared with it.
    :param private_cidrs: all the organization's networks behind it, 1 to 40 private blocks, literally. They are the
        firewall's ``HOME_NET``: what is in none of them is dropped as coming from outside.
    :param availability_zones: two or three zones by literal name, for the endpoint of each zone is found by it. Those
        where workloads are; a name stands for another place in each account.
    :param allowed_domains: what may be reached on the internet, 1 to 300 names in lower case: ``api.example.com`` is
        that name, ``.example.com`` it and all below.
    :param internal_flows: what passes between the networks. Default: nothing does.
    :param cidr: the VPC's own addresses, a literal private block of /16 to /24 that no network has; nothing is routed
        to them. Default: ``100.64.0.0/24``.
    :param encryption_key: the key for the logs; it is made usable for CloudWatch Logs.
        Default: a ``KmsRotatedKey`` of its own.
    :param reserve_concurrency: as for ``PrivateVpc``.
    :raises ValueError: no transit gateway; blocks that are tokens, public or overlap; zones that are tokens, missing or
        of another Region; domains that are none, or under which anybody has a name; flows from or to elsewhere.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        transit_gateway_id: str,
        private_cidrs: Sequence[str],
        availability_zones: Sequence[str],
        allowed_domains: Sequence[str],
        internal_flows: Sequence[InternalFlow] = (),
        cidr: str = "100.64.0.0/24",
        encryption_key: kms.IKey | None = None,
        reserve_concurrency: bool = True,
    ) -> None:
        require_region(
            scope, "AWS::NetworkFirewall::Firewall", what="Network Firewall", fix="Inspect in another Region."
        )
        require_transit_gateway(transit_gateway_id)
        plan = plan_inspection(cidr)
        networks = require_private_cidrs("private_cidrs", private_cidrs, most=_MOST_NETWORKS, apart_from=plan.vpc)
        zones = choose_literal_zones(stack_of(scope), availability_zones)
        domains, flows = require_domains(allowed_domains), require_flows(internal_flows, networks)
        super().__init__(scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._resource = ec2.CfnVPC(
            self,
            "Resource",
            cidr_block=plan.vpc,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=[cdk.CfnTag(key="Name", value=self.node.path)],
        )
        FlowLogs(self, "FlowLogs", vpc=self._resource, encryption_key=self._key)
        DnsQueryLogs(self, "DnsQueryLogs", vpc=self._resource, encryption_key=self._key)
        close_default_security_group(
            self,
            resource=self._resource,
            vpc=None,
            encryption_key=self._key,
            reachable_after=list,
            reserve_concurrency=reserve_concurrency,
        )
        transit, firewall, egress = self._define_tiers(plan, zones)
        self._firewall = InspectionFirewall(
            self,
            "Firewall",
            vpc_id=self._resource.ref,
            tier=firewall,
            networks=networks,
            domains=domains,
            flows=flows,
            encryption_key=self._key,
        )
        self._attachment = attach(
            self, transit_gateway_id=transit_gateway_id, vpc=self._resource, subnet_ids=transit.ids, appliance=True
        )
        for index, zone in enumerate(zones):
            endpoint = self._firewall.endpoint_in(zone)
            route(transit, index, ANYWHERE, vpc_endpoint_id=endpoint)
            for network in networks:
                route(egress, index, network, vpc_endpoint_id=endpoint)
                route(firewall, index, network, transit_gateway=self._attachment)

    @property
    def vpc_id(self) -> str:
        """The VPC's id, for reference: nothing else belongs in it. ``node.default_child`` is the resource."""
        return self._resource.ref

    @property
    def attachment_id(self) -> str:
        """The id of the transit gateway's attachment, for its route tables."""
        return self._attachment.attr_id

    @property
    def firewall(self) -> networkfirewall.CfnFirewall:
        """The firewall."""
        return self._firewall.resource

    @property
    def alert_log_group(self) -> logs.LogGroup:
        """Where the firewall tells what it dropped."""
        return self._firewall.alerts

    @property
    def flow_log_group(self) -> logs.LogGroup:
        """Where the firewall logs each flow."""
        return self._firewall.flows

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the logs."""
        return self._key

    def _define_tiers(self, plan: InspectionPlan, zones: Sequence[str]) -> tuple[SubnetTier, SubnetTier, SubnetTier]:
        written = by_region(stack_of(self), zones)

        def define(name: str, subnet_type: str, blocks: Sequence[str]) -> SubnetTier:
            return SubnetTier(
                self, name, vpc_id=self._resource.ref, subnet_type=subnet_type, cidr_blocks=blocks, zones=written
            )

        gateway = ec2.CfnInternetGateway(self, "InternetGateway")
        attachment = ec2.CfnVPCGatewayAttachment(
            self, "InternetGatewayAttachment", vpc_id=self._resource.ref, internet_gateway_id=gateway.ref
        )
        transit = define("Transit", "Private", plan.transit)
        firewall = define("Inspected", "Private", plan.firewall)
        egress = define("Egress", "Public", plan.egress)
        egress.route_to_internet(attachment, gateway)
        firewall.route_through(egress, len(zones))
        return transit, firewall, egress
