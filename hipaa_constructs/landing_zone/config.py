"""The landing zone's configuration: typed, with every wrong key refused by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field, ValidationError, model_validator

from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.landing_zone import names
from hipaa_constructs.landing_zone.detection_section import DetectionConfig
from hipaa_constructs.landing_zone.network_section import OrganizationNetworkConfig, attaching_fault
from hipaa_constructs.landing_zone.organization_section import OrganizationConfig
from hipaa_constructs.landing_zone.sections import (
    AlertConfig,
    ArchiveConfig,
    AuditConfig,
    BackupConfig,
    ComplianceConfig,
    CostConfig,
    EdgeConfig,
    GuardrailsConfig,
    IdentityConfig,
    NetworkConfig,
    Section,
    TransitConfig,
)
from hipaa_constructs.landing_zone.workload_section import Region, WorkloadConfig


class SharedConfig(Section):
    """What is the same for one account and for all accounts of an organization."""

    name: str = Field("Clinic", pattern=r"^[A-Za-z][A-Za-z0-9-]{0,39}$", description="Prefix of every stack's name.")
    deployment: str = Field(
        "",
        pattern=r"^[a-z0-9]{0,8}$",
        description="The end of the names that another Region has to know, of up to 8 lower-case letters and digits. "
        "Those vaults and buckets outlive their stacks, so a second deployment needs another; see docs/runbook.md.",
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


class LandingZoneConfig(SharedConfig):
    """What a platform team may change; every control stays as it is."""

    account: str = Field(pattern=r"^\d{12}$", description="The AWS account, as text of twelve digits.")
    primary_region: Region = Field("us-east-1", description="Where the workload runs.")
    recovery_region: Region = Field(
        "us-west-2",
        description="Where copies of backups and buckets go; in China and GovCloud the partition's other one.",
    )
    archive: ArchiveConfig = ArchiveConfig()
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
    def _copies_leave_the_account(self) -> LandingZoneConfig:
        if self.backup.copy_account_vault is None:
            return self
        region, account = self.backup.copy_account_vault.split(":")[3:5]
        if account == self.account:
            raise ValueError(
                f"backup.copy_account_vault is a vault of {account}, which is the workload's account; name another "
                "account's: who takes over the one has not the other"
            )
        if region != self.primary_region:
            raise ValueError(
                f"backup.copy_account_vault is a vault in {region}, and the backups are in {self.primary_region}; name "
                "that account's vault there"
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


class OrganizationZoneConfig(SharedConfig):
    """An organization: what goes for all its accounts, and what each is."""

    organization: OrganizationConfig = Field(description="The organization's accounts and Regions.")

    def of_workload(self, workload: WorkloadConfig) -> LandingZoneConfig:
        """Return the landing zone of one account: what goes for all, less what the organization does.

        :raises ValidationError: its own keys do not fit together.
        """
        organization = self.organization
        here, there = organization.regions_of(workload)
        shared = {key: getattr(self, key) for key in SharedConfig.model_fields}
        own: dict[str, Any] = {
            "name": f"{self.name}-{workload.name}",
            "account": workload.account,
            "primary_region": here,
            "recovery_region": there,
            "network": self._network(workload),
            "edge": workload.edge,
            "audit": self.audit.model_copy(update={"by_organization": organization.records_all}),
            "archive": names.archive_of(self, here),
            "backup": self._backup(here),
            "detection": self._detection(),
        }
        return LandingZoneConfig(**{**shared, **own})

    def _network(self, workload: WorkloadConfig) -> NetworkConfig:
        """Return an account's network, which the organization's transit gateway leads to its environment from."""
        own, shared = workload.network or self.network, self.organization.network
        here, _ = self.organization.regions_of(workload)
        gateway = shared.transit_gateways.get(here) if shared and workload.transit else None
        if shared is None or gateway is None:
            return own
        # There is no way before the attachment is accepted, and AWS takes no route to where there is none.
        reached = self._reached(workload, shared, here) if workload.name in shared.attachments else ()
        cidrs = tuple(shared.addresses[here][environment] for environment in reached)
        egress = workload.inspected_egress and bool(reached)
        profile = shared.profiles.get(here) if workload.shared_endpoints and reached else None
        if profile is not None:
            cidrs = (*cidrs, shared.endpoints[here].cidr)
        transit = TransitConfig(gateway=gateway, cidrs=cidrs, endpoint_profile=profile, egress=egress)
        return own.model_copy(update={"transit": transit})

    def block_of(self, name: str, region: str) -> str:
        """Return the addresses of a workload that attaches in a Region, or of an environment there."""
        for one in self.organization.workloads:
            if one.name == name:
                return (one.network or self.network).cidr
        shared = self.organization.network
        assert shared is not None
        return shared.addresses[region][name]

    def _reached(self, workload: WorkloadConfig, shared: OrganizationNetworkConfig, region: str) -> Sequence[str]:
        """Return its environment, and those that it has flows with; what passes of these, the firewall says."""
        environments = {one.name: one.environment for one in self.organization.workloads}
        found = [workload.environment]
        for flow in shared.inspection[region].flows if region in shared.inspection else ():
            for one, other in ((flow.source, flow.destination), (flow.destination, flow.source)):
                if one in (workload.name, workload.environment):
                    found.append(environments.get(other, other))
        return list(dict.fromkeys(found))

    def _backup(self, region: str) -> BackupConfig:
        vault = names.copies_vault_arn(self, region)
        return self.backup if vault is None else self.backup.model_copy(update={"copy_account_vault": vault})

    def _detection(self) -> DetectionConfig:
        organization, given = self.organization, self.detection.model_dump(exclude_defaults=True)
        if organization.accounts.security is not None:
            given["by_organization"] = True
        if organization.owner != "none":
            given.setdefault("config", "existing")
        return DetectionConfig(**given)

    @model_validator(mode="after")
    def _names_fit(self) -> OrganizationZoneConfig:
        # docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html; a hyphen comes behind the name.
        if "--" in f"{self.name}-":
            raise ValueError(
                f"name is {self.name!r}; it is part of the trails' names, in which CloudTrail takes no two hyphens "
                "side by side, so that none may end it: leave one out"
            )
        longest = names.LONGEST - (len(self.deployment) + 1 if self.deployment else 0)
        if len(self.name) > longest:
            raise ValueError(
                f"name is {self.name!r}, of {len(self.name)} characters; the log archive's buckets have it in their "
                f"names, with deployment, so that {longest} is the most here: shorten it"
            )
        return self

    @model_validator(mode="after")
    def _organization_says_it(self) -> OrganizationZoneConfig:
        if self.audit.organization_id is not None or self.audit.by_organization:
            key = "organization_id" if self.audit.organization_id is not None else "by_organization"
            raise ValueError(
                f"audit.{key} is given beside organization, which says already who records whom; leave it out"
            )
        return self

    @model_validator(mode="after")
    def _one_vault(self) -> OrganizationZoneConfig:
        if self.backup.copy_account_vault is not None:
            raise ValueError(
                "backup.copy_account_vault is given beside organization, whose accounts.backup says whose vaults "
                "receive copies; leave it out, and name that account there"
            )
        return self

    @model_validator(mode="after")
    def _transit_fits(self) -> OrganizationZoneConfig:
        organization = self.organization
        attaching: dict[str, tuple[str, str, str]] = {}
        for one in organization.workloads:
            own = one.network or self.network
            if one.transit and own.transit is not None:
                raise ValueError(
                    f"the workload {one.name} has transit: true, and its network names the transit gateway "
                    f"{own.transit.gateway}; a network attaches to one: leave out either"
                )
            if one.transit:
                attaching[one.name] = (organization.regions_of(one)[0], one.environment, own.cidr)
            if one.inspected_egress and own.nat_gateways:
                raise ValueError(
                    f"the workload {one.name} has inspected_egress: true, and its network has nat_gateways; one way to "
                    "the internet is enough: leave out either"
                )
        fault = attaching_fault(organization.network, attaching) if organization.network else None
        if fault is not None:
            raise ValueError(fault)
        return self

    @model_validator(mode="after")
    def _every_workload_fits(self) -> OrganizationZoneConfig:
        for workload in self.organization.workloads:
            try:
                self.of_workload(workload)
            except ValidationError as error:
                said = "; ".join(str(one.get("ctx", {}).get("error", one["msg"])) for one in error.errors())
                raise ValueError(f"the workload {workload.name}: {said}") from None
        return self
