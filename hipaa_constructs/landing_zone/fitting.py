"""The configuration that fits an account, once that was asked; imports no aws_cdk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.landing_zone.detection_section import ABOVE, SERVICES, DetectionConfig
from hipaa_constructs.landing_zone.parsing import parse_config

_SECTION = "detection."
_COSTS = "costs."


def fitted(config: LandingZoneConfig, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration with ``settings`` in it, as short as it can be written: what differs from defaults.

    :param settings: keys such as ``detection.macie``, True for what exists, or ``reserve_concurrency``.
    :raises ValueError: the settings make no valid configuration.
    """
    data = config.model_dump(mode="json", exclude_defaults=True)
    known = {key.removeprefix(_SECTION): value for key, value in settings.items() if key.startswith(_SECTION)}
    data["detection"] = _detection(config.detection, known)
    # Of costs nothing is said where the configuration has no such section.
    data["costs"] = data.get("costs") and {
        **data["costs"],
        **{key.removeprefix(_COSTS): value for key, value in settings.items() if key.startswith(_COSTS)},
    }
    data |= {key: value for key, value in settings.items() if "." not in key}
    # Read once more, so that nothing is printed that would be refused, and what is a default is left out.
    valid = parse_config(data, source="what fits the account")
    return valid.model_dump(mode="json", exclude_defaults=True)


def _detection(given: DetectionConfig, known: Mapping[str, Any]) -> dict[str, Any]:
    """Write the services with as few words as they need."""
    exists = {key: bool(known.get(key, given.exists(key))) for key in (*SERVICES, *ABOVE)}
    if given.by_organization:
        return {
            "by_organization": True,
            **{key: "existing" for key in ("inspector", "config") if exists[key]},
        }
    everything = all(exists[key] for key in SERVICES)
    section = {"services": "existing"} if everything else {key: "existing" for key in SERVICES if exists[key]}
    for key, above in ABOVE.items():
        if exists[key] != exists[above]:
            section[key] = "existing" if exists[key] else "create"
    for key in ("detector_id", "recovery_detector_id"):
        value = known.get(key, getattr(given, key))
        if value is not None:
            section[key] = value
    return section
