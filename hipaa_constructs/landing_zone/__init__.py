"""The reference landing zone: stacks that only wire, from a validated configuration.

Names are imported on first use, so that the command line reads the configuration without Node.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from hipaa_constructs._extras import needs

if TYPE_CHECKING:
    from hipaa_constructs.landing_zone.building import build
    from hipaa_constructs.landing_zone.config import LandingZoneConfig, OrganizationZoneConfig
    from hipaa_constructs.landing_zone.landing_zone import LandingZone
    from hipaa_constructs.landing_zone.loading import load_config
    from hipaa_constructs.landing_zone.organization.builder import OrganizationZone
    from hipaa_constructs.landing_zone.parsing import parse_config, parse_zone, read_organization

_MODULES = {
    "LandingZone": "landing_zone",
    "LandingZoneConfig": "config",
    "OrganizationZone": "organization.builder",
    "OrganizationZoneConfig": "config",
    "build": "building",
    "load_config": "loading",
    "parse_config": "parsing",
    "parse_zone": "parsing",
    "read_organization": "parsing",
}

__all__ = [
    "LandingZone",
    "LandingZoneConfig",
    "OrganizationZone",
    "OrganizationZoneConfig",
    "build",
    "load_config",
    "parse_config",
    "parse_zone",
    "read_organization",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with needs("landing-zone"):
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
