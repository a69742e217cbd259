from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hipaa_constructs._stacks import stack_of
from hipaa_constructs.network.address_plan import plan_addresses
from hipaa_constructs.network.default_security_group import close_default_security_group
from hipaa_constructs.network.network_acls import NetworkAcls
from hipaa_constructs.network.subnet_tier import SubnetTier
from hipaa_constructs.network.traffic_logs import DnsQueryLogs, FlowLogs
from hipaa_constructs.network.zones import choose_zones
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey


class IsolatedVpc(Construct):
    """A VPC that nothing enters or leaves: for what has to be in one, such as a database that a restore test makes.

    Its subnets, in two zones, have no route beyond it, no endpoint, and a network ACL without rules, which lets
    nothing pass; the default security group has no rules either. What little its logs tell is kept seven years. It
    costs what its key does. Every account may have the same addresses, since it is never connected to another network.

    Meets 164.312(e)(1) transmission security and 164.312(b) audit controls.

    :param reserve_concurrency: as for ``PrivateVpc``.
    """

    _CIDR = "10.0.0.0/16"

    def __init__(self, scope: Construct, construct_id: str, *, reserve_concurrency: bool = True) -> None:
        super().__init__(scope, construct_id)
        plan, zones = plan_addresses(self._CIDR), choose_zones(stack_of(self), 2, None)
        key = KmsRotatedKey(self, "Key").key
        resource = ec2.CfnVPC(self, "Resource", cidr_block=plan.vpc, enable_dns_hostnames=True, enable_dns_support=True)
        FlowLogs(self, "FlowLogs", vpc=resource, encryption_key=key)
        DnsQueryLogs(self, "DnsQueryLogs", vpc=resource, encryption_key=key)
        tier = SubnetTier(
            self, "Isolated", vpc_id=resource.ref, subnet_type="Isolated", cidr_blocks=plan.isolated, zones=zones
        )
        self._vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=resource.ref,
            vpc_cidr_block=plan.vpc,
            availability_zones=list(zones),
            isolated_subnet_ids=tier.ids,
            isolated_subnet_names=["Isolated"],
            isolated_subnet_route_table_ids=tier.route_table_ids,
            isolated_subnet_ipv4_cidr_blocks=list(plan.isolated[: len(zones)]),
        )
        NetworkAcls(self, "NetworkAcls").add(tier, self._vpc, [])
        close_default_security_group(
            self,
            resource=resource,
            vpc=None,
            encryption_key=key,
            reachable_after=list,
            reserve_concurrency=reserve_concurrency,
        )

    @property
    def vpc(self) -> ec2.IVpc:
        """The VPC, with isolated subnets alone."""
        return self._vpc
