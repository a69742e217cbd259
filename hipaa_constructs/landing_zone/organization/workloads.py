"""The accounts that run something: the landing zone in each, less what the organization does."""

from __future__ import annotations

import aws_cdk as cdk

from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.landing_zone import LandingZone
from hipaa_constructs.landing_zone.workload_section import WorkloadConfig


def define(scope: cdk.Stage, config: OrganizationZoneConfig, workload: WorkloadConfig) -> LandingZone:
    """Define one account's stacks, each named ``<name>-<workload>-…``.

    :raises ValueError: a construct refuses a value, such as addresses: of which workload, and why.
    """
    try:
        return LandingZone(
            scope,
            config.of_workload(workload),
            classification=workload.classification,
            reason=workload.reason,
            approved_by=workload.approved_by,
        )
    except ValueError as error:
        raise ValueError(f"the workload {workload.name}: {error}") from error
