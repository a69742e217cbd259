"""Configurations of the landing zone that together choose for each key something else than its default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from hipaa_constructs.landing_zone.config import LandingZoneConfig
from tests.landing_zone.test_landing_zone import EVERYTHING

CHOICES: Mapping[str, Mapping[str, Any]] = {
    "default": {},
    "everything": EVERYTHING,
    "network": {"network": {"zones": 2, "nat_gateways": 2, "load_balancer_subnets": True, "cidr": "10.20.0.0/20"}},
    "network behind a transit gateway": {
        "network": {
            "transit": {
                "gateway": "tgw-0123456789abcdef0",
                "cidrs": ["10.64.0.0/12"],
                "egress": True,
                "endpoint_profile": "rp-0123456789abcdef",
            }
        }
    },
    "governance": {
        "backup": {"compliance_lock_days": 30},
        "audit": {"retention_years": 10, "organization_id": "o-abcdefghij"},
        "identity": {"accounts": ["444455556666"]},
        "alerts": {"emails": ["security@clinic.example", "privacy@clinic.example"]},
        "compliance": {"manual_remediations": []},
    },
    "by an organization": {
        "detection": {"by_organization": True},
        "audit": {"by_organization": True},
        "archive": {"config_bucket": "archive-config", "traffic_bucket": "archive-traffic"},
        "backup": {"copy_account_vault": "arn:aws:backup:us-east-1:444455556666:backup-vault:copies"},
    },
    "small, with services that exist": {
        "reserve_concurrency": False,
        "costs": {"services_monitor": "arn:aws:ce::111122223333:anomalymonitor/1234abcd-12ab-34cd-56ef-1234567890ab"},
        "detection": {
            "services": "existing",
            "detector_id": "12abc34d567e8fa901bc2d34e56789f0",
            "recovery_detector_id": "12abc34d567e8fa901bc2d34e56789f1",
        },
    },
    "one by one": {
        "detection": dict.fromkeys(
            (
                "guard_duty",
                "recovery_guard_duty",
                "security_hub",
                "macie",
                "access_analyzer",
                "unused_access_analyzer",
                "inspector",
                "config",
            ),
            "existing",
        )
    },
    "exceptions to guardrails": {
        "guardrails": {
            **EVERYTHING["guardrails"],
            "additional_services": ["geo"],
            "deployment_roles": ["Release-*"],
            "bootstrap_roles": ["Bootstrap"],
            "emergency_roles": ["BreakGlass"],
            "trusted_accounts": ["777788889999"],
        }
    },
    "another": {
        "name": "Annex",
        "deployment": "2",
        "primary_region": "us-west-2",
        "recovery_region": "us-east-2",
    },
}


def keys(model: type[BaseModel] = LandingZoneConfig) -> Iterator[str]:
    """Return every key of the configuration, as in ``network.site.cidrs``."""
    for name, field in model.model_fields.items():
        inner = _section(field.annotation)
        yield from (f"{name}.{key}" for key in keys(inner)) if inner else [name]


def chosen(config: Mapping[str, Any], model: type[BaseModel] = LandingZoneConfig) -> Iterator[str]:
    """Return the keys that a configuration sets to something else than their default."""
    for name, value in config.items():
        field = model.model_fields[name]
        inner = _section(field.annotation)
        if inner is None:
            yield from [name] if value != field.default else []
        else:
            for one in value if isinstance(value, list) else [value]:
                yield from (f"{name}.{key}" for key in chosen(one, inner))


def _section(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _section(one))), None)
