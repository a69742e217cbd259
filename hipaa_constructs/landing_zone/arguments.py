"""What the configuration says, as constructs take it."""

from __future__ import annotations

import aws_cdk as cdk

from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.detection.existing import Existing
from hipaa_constructs.landing_zone.detection_section import DetectionConfig
from hipaa_constructs.landing_zone.sections import BackupConfig, CostConfig

# Organizations deletes and turns on policies in these Regions alone:
# docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-organizations.html
_ORGANIZATIONS = {"aws-us-gov": "us-gov-west-1"}


def policies_region(region: str) -> str:
    """Return where organization policies are made, if that is not ``region`` itself."""
    return _ORGANIZATIONS.get(partition_of(region), region)


def existing(config: DetectionConfig, service: str, *, resource_id: str | None = None) -> Existing | None:
    """Return what stands for a service that exists already; None if the landing zone makes it."""
    return Existing(resource_id=resource_id) if config.exists(service) else None


def lock_after(config: BackupConfig) -> cdk.Duration | None:
    """Return when nobody can remove the vaults' lock any more; None for never."""
    return cdk.Duration.days(config.compliance_lock_days) if config.compliance_lock_days else None


def services_monitor(config: CostConfig) -> Existing | None:
    """Return the monitor of services that the account has; None if the landing zone makes it."""
    return None if config.services_monitor == "create" else Existing(resource_id=config.services_monitor)
