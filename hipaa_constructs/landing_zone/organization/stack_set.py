"""The baseline of all accounts, deployed from the deployment account as StackSets' delegated administrator."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.organization.baseline import define_stack_set


def define(scope: Construct, config: OrganizationZoneConfig) -> Sequence[cdk.Stack]:
    """Define it if ``organization.baseline`` says whom it is for."""
    given = config.organization.baseline
    return define_stack_set(scope, config, given, role="deployment") if given is not None else []
