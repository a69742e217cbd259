from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._stacks import region_of
from hipaa_constructs.network.private_use import overlapping, unfit_pool
from hipaa_constructs.network.sharing import define_share, require_sharers

# What PrivateVpc takes: docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
_LARGEST_VPC, _SMALLEST_VPC = 16, 22


class AddressPools(Construct):
    """Private addresses of an organization by Region and environment, so that no two networks have the same.

    An address manager (VPC IPAM, Advanced Tier) with a pool for each Region, and in it one for each environment. From
    these VPCs of /16 to /22 take their blocks. What has a block without asking, such as a ``PrivateVpc`` with a
    literal ``cidr``, is found and counted as taken: its block is given to nobody else. An environment's pools are
    shared with its own accounts alone, so nobody has to tag what takes from them.

    Belongs in a stack of the organization's delegated administrator of IPAM, in its home Region: AWS shares pools
    from the Region of the address manager alone
    (docs.aws.amazon.com/vpc/latest/ipam/share-pool-ipam.html), and lets an account have one in a Region by default
    (docs.aws.amazon.com/vpc/latest/ipam/quotas-ipam.html). It costs by the active address of all accounts. An
    environment's pool that addresses were taken from cannot be deleted, nor can its block be changed.

    Meets 164.312(a)(1) access control.

    :param pools: by Region and environment, a private block of /20 or larger. No two overlap.
    :param share_with: by environment, the accounts, organizational units or the organization that take addresses from
        its pools: ids of accounts, ARNs of the others. Nobody outside the organization gets in.
        Default: they are shared with nobody.
    :raises ValueError: no block, a block that is public, too small or a token, blocks that overlap, an environment that
        has no pool, or a principal that is none.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pools: Mapping[str, Mapping[str, str]],
        share_with: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        _require_pools(pools)
        for environment, principals in share_with.items():
            _require_environment(environment, pools)
            require_sharers("share_with", principals)
        super().__init__(scope, construct_id)
        here = region_of(self)
        self._resource = ec2.CfnIPAM(
            self,
            "Resource",
            description=f"Private addresses of {self.node.path}",
            tier="advanced",
            operating_regions=[
                ec2.CfnIPAM.IpamOperatingRegionProperty(region_name=region) for region in dict.fromkeys([here, *pools])
            ],
        )
        self._pools = {region: self._define_region(region, blocks) for region, blocks in pools.items()}
        for environment, principals in share_with.items():
            if principals:
                arns = [of[environment].attr_arn for of in self._pools.values() if environment in of]
                define_share(self, f"Shared-{environment}", principals=principals, resource_arns=arns)

    @property
    def address_manager(self) -> ec2.CfnIPAM:
        """The address manager; its default private scope holds the pools."""
        return self._resource

    @property
    def pools(self) -> Mapping[str, Mapping[str, ec2.CfnIPAMPool]]:
        """The pools of environments, by Region and environment; ``attr_ipam_pool_id`` is what a VPC asks for."""
        return MappingProxyType({region: MappingProxyType(of) for region, of in self._pools.items()})

    def _define_region(self, region: str, blocks: Mapping[str, str]) -> dict[str, ec2.CfnIPAMPool]:
        """Give the Region's pool each block by itself: one that took in several could not grow by another."""
        whole = self._define_pool(region, region, blocks.values(), description=f"All environments in {region}")
        return {
            environment: self._define_pool(
                f"{region}-{environment}",
                region,
                [block],
                description=f"{environment} in {region}",
                source_ipam_pool_id=whole.attr_ipam_pool_id,
                # Takes note of VPCs that did not ask, which needs the Region:
                # docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateIpamPool.html
                auto_import=True,
                allocation_min_netmask_length=max(_LARGEST_VPC, ipaddress.IPv4Network(block).prefixlen),
                allocation_max_netmask_length=_SMALLEST_VPC,
            )
            for environment, block in blocks.items()
        }

    def _define_pool(
        self, construct_id: str, region: str, blocks: Iterable[str], *, description: str, **given: Any
    ) -> ec2.CfnIPAMPool:
        return ec2.CfnIPAMPool(
            self,
            construct_id,
            address_family="ipv4",
            description=description,
            ipam_scope_id=self._resource.attr_private_default_scope_id,
            locale=region,
            provisioned_cidrs=[ec2.CfnIPAMPool.ProvisionedCidrProperty(cidr=block) for block in blocks],
            **given,
        )


def _require_pools(pools: Mapping[str, Mapping[str, str]]) -> None:
    if not pools or not all(pools.values()):
        refuse(
            "pools",
            {region: dict(blocks) for region, blocks in pools.items()},
            allowed="each Region has a block for an environment",
            fix="Write it like {'us-east-1': {'production': '10.0.0.0/12'}}.",
        )
    named = {
        f"{environment} in {region}": block for region, blocks in pools.items() for environment, block in blocks.items()
    }
    for block in named.values():
        if is_token(block):
            refuse(
                "pools",
                "an unresolved token",
                allowed="it takes literal blocks",
                fix="Write each out, such as '10.0.0.0/12': that no two overlap is checked at synth.",
            )
        fault = unfit_pool(block)
        if fault is not None:
            refuse("pools", block, allowed=fault, fix="Take a private block such as '10.0.0.0/12'.")
    pair = overlapping(named)
    if pair is not None:
        refuse(
            "pools",
            f"{named[pair[0]]} and {named[pair[1]]}",
            allowed=f"the blocks of {pair[0]} and of {pair[1]} overlap",
            fix="Give each addresses of its own.",
        )


def _require_environment(environment: str, pools: Mapping[str, Mapping[str, str]]) -> None:
    known = sorted({name for blocks in pools.values() for name in blocks})
    if environment not in known:
        refuse(
            "share_with",
            environment,
            allowed=f"environments of the pools are {', '.join(known)}",
            fix="Name one of these, or give it a block in pools.",
        )
