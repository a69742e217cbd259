"""What the configuration says, as constructs take it."""

from __future__ import annotations

import aws_cdk as cdk

from hipaa_constructs.detection.existing import Existing
from hipaa_constructs.landing_zone.detection_section import DetectionConfig
from hipaa_constructs.landing_zone.sections import BackupConfig, CostConfig


def existing(config: DetectionConfig, service: str, *, resource_id: str | None = None) -> Existing | None:
    """Return what stands for a service that exists already; None if the landing zone makes it."""
    return Existing(resource_id=resource_id) if config.exists(service) else None


def lock_after(config: BackupConfig) -> cdk.Duration | None:
    """Return when nobody can remove the vaults' lock any more; None for never."""
    return cdk.Duration.days(config.compliance_lock_days) if config.compliance_lock_days else None


def services_monitor(config: CostConfig) -> Existing | None:
    """Return the monitor of services that the account has; None if the landing zone makes it."""
    return None if config.services_monitor == "create" else Existing(resource_id=config.services_monitor)
