"""The reference landing zone: stacks that only wire, from a validated configuration."""

from hipaa_constructs.landing_zone.config import LandingZoneConfig, load_config, parse_config
from hipaa_constructs.landing_zone.landing_zone import LandingZone

__all__ = ["LandingZone", "LandingZoneConfig", "load_config", "parse_config"]
