"""The landing zone's configuration: typed, with every wrong key refused by name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.landing_zone.detection_section import DetectionConfig
from hipaa_constructs.landing_zone.sections import (
    AlertConfig,
    AuditConfig,
    BackupConfig,
    ComplianceConfig,
    CostConfig,
    EdgeConfig,
    GuardrailsConfig,
    IdentityConfig,
    NetworkConfig,
    Section,
)

_Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]


class LandingZoneConfig(Section):
    """What a platform team may change; every control stays as it is."""

    name: str = Field("Clinic", pattern=r"^[A-Za-z][A-Za-z0-9-]{0,39}$", description="Prefix of every stack's name.")
    deployment: str = Field(
        "",
        pattern=r"^[a-z0-9]{0,8}$",
        description="The end of the names that another Region has to know, of up to 8 lower-case letters and digits. "
        "Those vaults and buckets outlive their stacks, so a second deployment needs another; see docs/runbook.md.",
    )
    account: str = Field(pattern=r"^\d{12}$", description="The AWS account, as text of twelve digits.")
    primary_region: _Region = Field("us-east-1", description="Where the workload runs.")
    recovery_region: _Region = Field(
        "us-west-2",
        description="Where copies of backups and buckets go; in China and GovCloud the partition's other one.",
    )
    reserve_concurrency: bool = Field(
        True,
        description="Whether the functions that serve deployments and gather findings have Lambda executions of "
        "their own, two each; false where the account's quota is too small.",
    )
    network: NetworkConfig = NetworkConfig()
    audit: AuditConfig = AuditConfig()
    backup: BackupConfig = BackupConfig()
    alerts: AlertConfig = AlertConfig()
    costs: CostConfig | None = Field(
        None, description="Alarms on what the account costs; none: nobody is told, until somebody sets a limit."
    )
    identity: IdentityConfig = IdentityConfig()
    compliance: ComplianceConfig = ComplianceConfig()
    detection: DetectionConfig = DetectionConfig()
    edge: EdgeConfig | None = Field(None, description="A load balancer for the workloads; none: there is no way in.")
    guardrails: GuardrailsConfig | None = Field(
        None, description="Organization policies, deployed to the management account; none: somebody else's."
    )

    @model_validator(mode="after")
    def _regions_differ(self) -> LandingZoneConfig:
        if self.primary_region == self.recovery_region:
            raise ValueError(
                f"recovery_region is {self.recovery_region!r}, the same as primary_region; name another Region"
            )
        return self

    @model_validator(mode="after")
    def _regions_share_a_partition(self) -> LandingZoneConfig:
        primary, recovery = partition_of(self.primary_region), partition_of(self.recovery_region)
        if primary != recovery:
            raise ValueError(
                f"recovery_region is {self.recovery_region!r} in the partition {recovery}, and primary_region is "
                f"{self.primary_region!r} in {primary}; nothing is copied from one partition to another, so name two "
                "Regions of one"
            )
        return self

    @model_validator(mode="after")
    def _options_exist_there(self) -> LandingZoneConfig:
        wanted = {
            "edge.shield_contacts": (self.edge and self.edge.shield_contacts, "AWS::Shield::Protection"),
            "compliance.audit_manager_framework_id": (
                self.compliance.audit_manager_framework_id,
                "AWS::AuditManager::Assessment",
            ),
        }
        for key, (given, resource_type) in wanted.items():
            if given and is_absent(resource_type, self.primary_region):
                raise ValueError(f"{key} is given, and {self.primary_region} has no {resource_type}; leave it out")
        return self

    @model_validator(mode="after")
    def _accounts_differ(self) -> LandingZoneConfig:
        if self.guardrails is not None and self.guardrails.management_account == self.account:
            raise ValueError(
                f"guardrails.management_account is {self.account}, which is the workload's account; organization "
                "policies do not bind the management account, so keep PHI out of it"
            )
        return self

    @model_validator(mode="after")
    def _edge_fits(self) -> LandingZoneConfig:
        if self.edge is None:
            return self
        region = self.edge.certificate_arn.split(":")[3]
        if region != self.primary_region:
            raise ValueError(
                f"edge.certificate_arn is a certificate in {region}, and the load balancer is in "
                f"{self.primary_region}; request one there"
            )
        if self.edge.shield_contacts and not self.network.load_balancer_subnets:
            raise ValueError(
                "edge.shield_contacts are given, but without network.load_balancer_subnets nothing faces the "
                "internet; set that to true, or leave the contacts out"
            )
        return self
