from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_directconnect as directconnect
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._stacks import arn_in
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.edge.ipsec import tunnel_options
from hipaa_constructs.edge.site_requirements import require_networks, require_vpc, require_way
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup

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
        require_vpc(subnets, vpc)
        require_networks(site_cidrs, vpc.vpc_cidr_block)
        require_way(customer_gateway_ip, bgp_asn, direct_connect_gateway_id, macsec_statement)
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
            reason="The rule reports every entry that a template names. A subnet always has a network ACL; these "
            "entries let TCP with the site's networks through it.",
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
        arn = arn_in(self, "logs", f"log-group:{log_group.log_group_name}")
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
