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
    """Define the home Region's stack, which does all that a function does, and one for each further Region.

    Beside Control Tower and Landing Zone Accelerator all of it is made too, since none of it is there twice: what they
    did already is found and left. Control Tower trusts CloudTrail, AWS Config, Identity Center and StackSets
    (docs.aws.amazon.com/controltower/latest/userguide/services-integrated.html), and turns on the policies that it
    attaches. Where the accelerator's configuration names an administrator of a service, name the same account here:
    docs.aws.amazon.com/solutions/latest/landing-zone-accelerator-on-aws/centralized-logging.html and its neighbours.
    """
    home = DelegationStack(scope, f"{config.name}-Delegation", config=config)
    stacks: list[cdk.Stack] = [home]
    if config.organization.accounts.security is None:
        return stacks
    for region in config.organization.regions:
        stack = RegionalDelegationStack(scope, f"{config.name}-Delegation-{region}", config=config, region=region)
        stack.add_stack_dependency(home, "Organizations trusts the services there")
        stacks.append(stack)
    return stacks


class DelegationStack(RoleStack):
    """The administrators of all services, and Security Hub's and Detective's of the home Region."""

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
        if accounts.security is not None:
            for resource in _define_detection(self, accounts.security):
                resource.node.add_dependency(self.administrators.trusted_access)


class RegionalDelegationStack(RoleStack):
    """Security Hub's and Detective's administrator in a further Region; the home Region's function does the rest."""

    def __init__(self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig, region: str) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="management",
            region=region,
            description=f"Delegated administrators of the organization in {region}",
        )
        security = config.organization.accounts.security
        assert security is not None
        _define_detection(self, security)


def _define_detection(stack: cdk.Stack, account: str) -> list[cdk.CfnResource]:
    """Define what has types. Both stay when the stack goes: members would be left without an administrator."""
    found: list[cdk.CfnResource] = [
        securityhub.CfnDelegatedAdmin(stack, "SecurityHub", admin_account_id=account),
    ]
    if not left_out(stack, _DETECTIVE, instead="Look into findings otherwise."):
        found.append(detective.CfnOrganizationAdmin(stack, "Detective", account_id=account))
    for resource in found:
        resource.apply_removal_policy(KEPT)
    return found
