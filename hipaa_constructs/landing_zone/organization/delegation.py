"""What makes accounts of the organization delegated administrators, deployed in the management account."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_detective as detective
from aws_cdk import aws_securityhub as securityhub
from constructs import Construct

from hipaa_constructs._names import KEPT
from hipaa_constructs._regions import left_out
from hipaa_constructs.guardrails.delegated_administrators import DelegatedAdministrators
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.organization.role_stack import RoleStack

_DETECTIVE = "AWS::Detective::OrganizationAdmin"


def define(scope: Construct, config: OrganizationZoneConfig) -> Sequence[cdk.Stack]:
    """Define the home Region's stack, which does all that a function does, and one for each Region's types.

    Beside Control Tower and Landing Zone Accelerator all of it is made too, since none of it is there twice: what they
    did already is found and left. Control Tower trusts CloudTrail, AWS Config, Identity Center and StackSets
    (docs.aws.amazon.com/controltower/latest/userguide/services-integrated.html), and turns on the policies that it
    attaches. What has a type has to be imported where it is there; ``docs/runbooks/delegated-administrator.md`` tells.
    """
    home = DelegationStack(scope, f"{config.name}-Delegation", config=config)
    security = config.organization.accounts.security
    if security is None:
        return [home]
    regional = [
        RegionalDelegationStack(
            scope, f"{config.name}-Delegation-{region}", config=config, region=region, security_account=security
        )
        for region in config.organization.all_regions
    ]
    for stack in regional:
        stack.add_stack_dependency(home, "Organizations trusts the services there")
    return [home, *regional]


class DelegationStack(RoleStack):
    """The administrators of all services that a function delegates, in all Regions."""

    def __init__(self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="management",
            description="Delegated administrators of the organization",
        )
        organization = config.organization
        accounts = organization.accounts
        self.administrators = DelegatedAdministrators(
            self,
            "Administrators",
            organization_id=organization.id,
            regions=organization.all_regions,
            security_account=accounts.security,
            identity_account=accounts.identity,
            backup_account=accounts.backup,
            network_account=accounts.network,
            deployment_account=accounts.deployment,
            reserve_concurrency=config.reserve_concurrency,
        )


class RegionalDelegationStack(RoleStack):
    """Security Hub's and Detective's administrator in a Region, which have types.

    They have a stack of their own, so that what is there already can be imported. Both stay when the stack goes:
    members would be left without an administrator.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: OrganizationZoneConfig,
        region: str,
        security_account: str,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="management",
            region=region,
            description=f"Delegated administrators of Security Hub and Detective in {region}",
        )
        hub = securityhub.CfnDelegatedAdmin(self, "SecurityHub", admin_account_id=security_account)
        hub.apply_removal_policy(KEPT)
        if not left_out(self, _DETECTIVE, instead="Look into findings otherwise."):
            graph = detective.CfnOrganizationAdmin(self, "Detective", account_id=security_account)
            graph.apply_removal_policy(KEPT)
