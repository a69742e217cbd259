"""The baseline of the management account, which no service-managed stack set reaches."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs.landing_zone.baseline_section import BaselineConfig
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.organization.baseline import define_contents, define_stack_set
from hipaa_constructs.landing_zone.organization.role_stack import RoleStack


def define(scope: Construct, config: OrganizationZoneConfig) -> Sequence[cdk.Stack]:
    """Define a stack in each Region if ``organization.baseline`` is given, and the stack set if nobody else deploys.

    Source: docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html.
    """
    organization = config.organization
    given = organization.baseline
    if given is None:
        return []
    stacks: list[cdk.Stack] = [
        ManagementBaselineStack(
            scope, f"{config.name}-ManagementBaseline-{region}", config=config, given=given, region=region
        )
        for region in organization.all_regions
    ]
    if organization.accounts.deployment is None:
        stacks += define_stack_set(scope, config, given, role="management")
    return stacks


class ManagementBaselineStack(RoleStack):
    """What the stack set deploys to other accounts, less what ``NAME-Management`` has in the home Region."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: OrganizationZoneConfig,
        given: BaselineConfig,
        region: str,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="management",
            region=region,
            description=f"Settings and watching of the management account in {region}",
        )
        organization = config.organization
        home = region == organization.home_region
        watches_itself = organization.owner == "none" and organization.accounts.log_archive is not None
        define_contents(
            self,
            config,
            given,
            reserve_concurrency=config.reserve_concurrency,
            records_globally=home,
            settings=not (home and watches_itself),
        )
