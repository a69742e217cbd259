"""The reference landing zone: stacks that only wire, from a validated configuration."""

from hipaa_constructs._extras import needs

with needs("landing-zone"):
    from hipaa_constructs.landing_zone.config import LandingZoneConfig
    from hipaa_constructs.landing_zone.landing_zone import LandingZone
    from hipaa_constructs.landing_zone.loading import load_config, parse_config

__all__ = ["LandingZone", "LandingZoneConfig", "load_config", "parse_config"]
