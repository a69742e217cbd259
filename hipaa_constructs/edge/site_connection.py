from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_directconnect as directconnect
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse, require_range
from hipaa_constructs.audit.log_group import EncryptedLogGroup
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.edge.ipsec import tunnel_options

# With the entries of PrivateVpc, this stays within the 20 of a network ACL and direction:
# docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
_MOST_NETWORKS = 9
_WIDEST_PREFIX = 8
# What AWS assumes where a site has no number: docs.aws.amazon.com/vpn/latest/s2svpn/cgw-options.html
_PRIVATE_ASN = 65_000


class SiteConnection(Construct):
    """An encrypted connection between one site and the isolated subnets of a VPC, and nothing else of it.

    Either or both of:

    - Site-to-site VPN: two IPsec tunnels, IKEv2 with AES-256 and SHA-2 of 384 bits or more; the other side cannot
      agree on less. The pre-shared keys are in Secrets Manager; the tunnels' logs are encrypted and kept seven years.
    - Direct Connect, whose traffic AWS does not encrypt by itself: each connection behind the gateway has to have
      MACsec in mode ``must_encrypt``. CloudFormation can ask for a port that can do MACsec, but neither associate its
      keys nor set that mode, so that ``macsec_statement`` says where it is recorded; it goes into the template.

    Isolated subnets alone get routes to the site. Network ACLs let TCP through to the site if ``network_acl`` is
    given.

    Meets 164.312(e)(1) transmission security, 164.312(e)(2)(i) integrity controls, 164.312(e)(2)(ii) encryption,
    164.312(a)(1) access control and 164.312(b) audit controls.

    :param vpc: the VPC, with isolated subnets.
    :param site_cidrs: the site's networks, 1 to 9, literally, that do not overlap with the VPC.
    :param customer_gateway_ip: the public address of the site's VPN device. Default: no VPN; then Direct Connect is
        needed.
    :param bgp_asn: the site's autonomous system number, for a device that speaks BGP. Default: static routes.
    :param direct_connect_gateway_id: the gateway that the site's Direct Connect ends in. Default: no Direct Connect.
    :param macsec_statement: where it is recorded that the connections encrypt. Needed with Direct Connect.
    :param network_acl: the ACL of the isolated subnets, such as ``PrivateVpc.network_acls["Isolated"]``.
        Default: it is left as it is.
    :param encryption_key: the key for the logs; it is made usable for CloudWatch Logs.
        Default: a ``KmsRotatedKey`` of its own.
    :raises ValueError: a VPC without isolated subnets, networks that are none, too wide, too many or overlap, no
        public address, or Direct Connect without statement.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        site_cidrs: Sequence[str],
        customer_gateway_ip: str | None = None,
        bgp_asn: int | None = None,
        direct_connect_gateway_id: str | None = None,
        macsec_statement: str | None = None,
        network_acl: ec2.NetworkAcl | None = None,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        subnets = list(vpc.isolated_subnets)
        _require_vpc(subnets, vpc)
        _require_networks(site_cidrs, vpc.vpc_cidr_block)
        _require_way(customer_gateway_ip, bgp_asn, direct_connect_gateway_id, macsec_statement)
        super().__init__(scope, construct_id)

        self._vpc = vpc
        self._gateway = ec2.CfnVPNGateway(self, "Resource", type="ipsec.1")
        self._attachment = ec2.CfnVPCGatewayAttachment(
            self, "Attachment", vpc_id=vpc.vpc_id, vpn_gateway_id=self._gateway.ref
        )
        self._define_routes(subnets, site_cidrs)
        if network_acl is not None:
            self._define_acl_entries(network_acl, site_cidrs)
        self._vpn: ec2.CfnVPNConnection | None = None
        self._log_group: logs.LogGroup | None = None
        if customer_gateway_ip is not None:
            self._define_vpn(customer_gateway_ip, bgp_asn, site_cidrs, encryption_key)
        if direct_connect_gateway_id is not None:
            self._define_direct_connect(direct_connect_gateway_id, macsec_statement)

    @property
    def gateway(self) -> ec2.CfnVPNGateway:
        """The virtual private gateway at the VPC's side."""
        return self._gateway

    @property
    def vpn_connection(self) -> ec2.CfnVPNConnection | None:
        """The VPN connection, if there is one."""
        return self._vpn

    @property
    def log_group(self) -> logs.LogGroup | None:
        """Where the tunnels log, if there is a VPN."""
        return self._log_group

    def _define_routes(self, subnets: Sequence[ec2.ISubnet], site_cidrs: Sequence[str]) -> None:
        routes = Construct(self, "Routes")
        for zone, subnet in enumerate(subnets, start=1):
            for number, cidr in enumerate(site_cidrs, start=1):
                route = ec2.CfnRoute(
                    routes,
                    f"Zone{zone}Network{number}",
                    route_table_id=subnet.route_table.route_table_id,
                    destination_cidr_block=cidr,
                    gateway_id=self._gateway.ref,
                )
                route.node.add_dependency(self._attachment)

    def _define_acl_entries(self, network_acl: ec2.NetworkAcl, site_cidrs: Sequence[str]) -> None:
        entries = Construct(self, "AclEntries")
        acknowledge_limitation(
            entries,
            "AwsSolutions-VPC3",
            reason="The rule reports every entry that a template names. A subnet always has a network ACL; these entries "
            "let TCP with the site's networks through it.",
            source="docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
        )
        for number, cidr in enumerate(site_cidrs, start=1):
            for name, egress in (("In", False), ("Out", True)):
                ec2.CfnNetworkAclEntry(
                    entries,
                    f"{name}{number}",
                    network_acl_id=network_acl.network_acl_id,
                    # PrivateVpc numbers its entries by hundreds.
                    rule_number=number * 10,
                    rule_action="allow",
                    egress=egress,
                    cidr_block=cidr,
                    protocol=6,
                    port_range=ec2.CfnNetworkAclEntry.PortRangeProperty(from_=1, to=65_535),
                )

    def _define_vpn(
        self, address: str, bgp_asn: int | None, site_cidrs: Sequence[str], encryption_key: kms.IKey | None
    ) -> None:
        log_group = EncryptedLogGroup(
            self, "TunnelLogs", encryption_key=encryption_key, masked_identifiers=()
        ).log_group
        arn = cdk.Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=log_group.log_group_name,
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        customer = ec2.CfnCustomerGateway(
            self, "CustomerGateway", ip_address=address, type="ipsec.1", bgp_asn=bgp_asn or _PRIVATE_ASN
        )
        vpn = ec2.CfnVPNConnection(
            self,
            "Vpn",
            type="ipsec.1",
            customer_gateway_id=customer.ref,
            vpn_gateway_id=self._gateway.ref,
            static_routes_only=bgp_asn is None,
            pre_shared_key_storage="SecretsManager",
            vpn_tunnel_options_specifications=[tunnel_options(arn), tunnel_options(arn)],
        )
        vpn.node.add_dependency(self._attachment)
        for number, cidr in enumerate(site_cidrs if bgp_asn is None else (), start=1):
            ec2.CfnVPNConnectionRoute(
                self, f"SiteNetwork{number}", vpn_connection_id=vpn.ref, destination_cidr_block=cidr
            )
        self._vpn, self._log_group = vpn, log_group

    def _define_direct_connect(self, gateway_id: str, macsec_statement: str | None) -> None:
        association = directconnect.CfnDirectConnectGatewayAssociation(
            self,
            "DirectConnect",
            associated_gateway_id=self._gateway.ref,
            direct_connect_gateway_id=gateway_id,
            allowed_prefixes_to_direct_connect_gateway=[self._vpc.vpc_cidr_block],
        )
        association.node.add_dependency(self._attachment)
        association.add_metadata("MACsec", macsec_statement)


def _require_vpc(subnets: Sequence[ec2.ISubnet], vpc: ec2.IVpc) -> None:
    if not subnets:
        refuse("vpc", vpc.node.path, allowed="only isolated subnets are connected", fix="Use PrivateVpc(…).vpc.")


def _require_networks(site_cidrs: Sequence[str], vpc_cidr: str) -> None:
    if not 1 <= len(site_cidrs) <= _MOST_NETWORKS:
        refuse(
            "site_cidrs",
            f"{len(site_cidrs)} networks",
            allowed=f"it takes 1 to {_MOST_NETWORKS}",
            fix="Name the site's networks, or one that holds them.",
        )
    inside = None if cdk.Token.is_unresolved(vpc_cidr) else ipaddress.ip_network(vpc_cidr)
    for cidr in site_cidrs:
        try:
            network = ipaddress.IPv4Network(cidr)
        except ValueError:
            refuse("site_cidrs", cidr, allowed="it takes IPv4 networks", fix="Write it like '192.168.0.0/16'.")
        if network.prefixlen < _WIDEST_PREFIX:
            refuse(
                "site_cidrs",
                cidr,
                allowed=f"a site's network is /{_WIDEST_PREFIX} or smaller; wider ones reach beyond it",
                fix="Name the site's own networks.",
            )
        if inside is not None and network.overlaps(inside):
            refuse("site_cidrs", cidr, allowed=f"it overlaps with the VPC's {vpc_cidr}", fix="Renumber one of them.")


def _require_way(
    address: str | None, bgp_asn: int | None, direct_connect_gateway_id: str | None, macsec_statement: str | None
) -> None:
    if address is None and direct_connect_gateway_id is None:
        refuse(
            "customer_gateway_ip",
            None,
            allowed="the site is connected by VPN, Direct Connect, or both",
            fix="Pass the public address of the site's device, or direct_connect_gateway_id.",
        )
    if address is not None and not cdk.Token.is_unresolved(address) and not _is_public(address):
        refuse(
            "customer_gateway_ip",
            address,
            allowed="it takes a public IPv4 address",
            fix="Pass the address that the site's device has towards the internet.",
        )
    # docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateCustomerGateway.html
    require_range(
        "bgp_asn", bgp_asn, 1, 2_147_483_647, unit="for autonomous systems", fix="Leave it out for static routes."
    )
    if (direct_connect_gateway_id is None) != (not (macsec_statement or "").strip()):
        refuse(
            "macsec_statement",
            macsec_statement,
            allowed="Direct Connect does not encrypt by itself, so the two go together",
            fix="Say where it is recorded that each connection is in MACsec mode must_encrypt.",
        )


def _is_public(address: str) -> bool:
    try:
        return ipaddress.IPv4Address(address).is_global
    except ValueError:
        return False
