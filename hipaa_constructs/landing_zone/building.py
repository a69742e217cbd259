"""From a configuration to its stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from hipaa_constructs.landing_zone.config import LandingZoneConfig, OrganizationZoneConfig
from hipaa_constructs.landing_zone.selection import CONTEXT_KEY

if TYPE_CHECKING:
    from hipaa_constructs.landing_zone.landing_zone import LandingZone
    from hipaa_constructs.landing_zone.organization.builder import OrganizationZone


def build(app: cdk.App, config: LandingZoneConfig | OrganizationZoneConfig) -> LandingZone | OrganizationZone:
    """Define one account's landing zone or, with ``organization``, all accounts' or those of ``-c only=``.

    :raises ValueError: ``only`` names an account that there is not, or is given for one account.
    """
    only = app.node.try_get_context(CONTEXT_KEY)
    if only is not None and not isinstance(only, str):
        raise ValueError(f"{CONTEXT_KEY}: got {only!r}; it takes names between commas, as in -c {CONTEXT_KEY}=staging.")
    # Each is imported only where it is built, so that a role alone loads no service of a landing zone.
    if isinstance(config, OrganizationZoneConfig):
        from hipaa_constructs.landing_zone.organization.builder import OrganizationZone

        return OrganizationZone(app, config, only=only)
    if only is not None:
        raise ValueError(
            f"{CONTEXT_KEY}: got {only!r}; it chooses among an organization's accounts, and the configuration "
            "describes one. Leave it out."
        )
    from hipaa_constructs.landing_zone.landing_zone import LandingZone

    return LandingZone(app, config)
