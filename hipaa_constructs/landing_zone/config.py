"""The landing zone's configuration: typed, with every wrong key refused by name."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.detection.repair_names import RepairName

_ORGANIZATION = r"^o-[a-z0-9]{10,32}$"
_Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
# A name with '*' and '?', of which four characters or more are neither.
_RoleName = Annotated[str, Field(pattern=r"^([\w+=,.@*?/-]*[\w+=,.@-]){4}[\w+=,.@*?-]*$")]
_Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SiteConfig(_Section):
    """The hospital's or clinic's own network, connected by an IPsec VPN."""

    cidrs: tuple[str, ...] = Field(strict=False, min_length=1, description="The site's networks, like 192.168.0.0/16.")
    customer_gateway_ip: str = Field(description="The public IPv4 address of the site's VPN device.")
    bgp_asn: int | None = Field(None, description="The site's autonomous system number; none: static routes.")


class NetworkConfig(_Section):
    """The network of the landing zone."""

    cidr: str = Field("10.0.0.0/16", description="The VPC's addresses, an IPv4 network of /16 to /22.")
    zones: int = Field(3, ge=2, le=3, description="In how many availability zones, 2 or 3.")
    nat_gateways: int = Field(0, ge=0, le=3, description="NAT gateways for traffic to the internet; 0 allows none.")
    load_balancer_subnets: bool = Field(
        False, description="Whether there are subnets for internet-facing load balancers."
    )
    site: SiteConfig | None = Field(None, description="The site that reaches isolated subnets; none: no VPN.")


class AuditConfig(_Section):
    """The audit trail."""

    retention_years: int = Field(
        7, ge=6, le=100, description="How long audit logs stay; 45 CFR 164.316(b)(2)(i) asks for six years."
    )
    organization_id: str | None = Field(
        None,
        pattern=_ORGANIZATION,
        description="The organization whose accounts are all recorded; none: this account alone.",
    )

    @property
    def retention_days(self) -> int:
        """The years in days, leap days included."""
        return math.ceil(self.retention_years * 365.25)


class BackupConfig(_Section):
    """Backups and their lock."""

    compliance_lock_days: int | None = Field(
        None,
        ge=3,
        le=36500,
        description="Days until nobody can remove the vaults' lock; none: a governance lock, which administrators can.",
    )


class AlertConfig(_Section):
    """Who is told."""

    emails: tuple[_Email, ...] = Field(
        (), strict=False, description="Addresses that get every alert; each has to confirm once."
    )


class IdentityConfig(_Section):
    """Where people come from."""

    accounts: tuple[Annotated[str, Field(pattern=r"^\d{12}$")], ...] = Field(
        (), strict=False, description="Accounts whose IAM users may take the roles, with MFA; none: this account."
    )


class ComplianceConfig(_Section):
    """What AWS Config sets right."""

    manual_remediations: tuple[RepairName, ...] = Field(
        ("UnencryptedDatabaseSnapshots",),
        strict=False,
        description="What waits for a person; all else is mended by itself.",
    )
    audit_manager_framework_id: str | None = Field(
        None,
        pattern=r"^[a-f0-9]{8}(-[a-f0-9]{4}){3}-[a-f0-9]{12}$",
        description="Audit Manager's HIPAA framework, for accounts that used the service before it closed to new "
        "customers on 2026-04-30; none: no assessment.",
    )


_Choice = Literal["create", "existing"]
_DetectorId = Annotated[str, Field(pattern=r"^[a-f0-9]{32}$")]


class DetectionConfig(_Section):
    """AWS's detection services, and AWS Config: each exists once in an account and Region.

    What is ``existing`` is not made, and all that surrounds it is: alerts, buckets, rules and repairs.
    """

    by_organization: bool = Field(
        False,
        description="Whether an organization's administrator runs GuardDuty, Security Hub, Macie and Access Analyzer "
        "here, and tells people of what they find; the landing zone then makes neither them nor alerts of theirs.",
    )
    services: _Choice = Field(
        "create", description="Whether the services below are made or exist already, each unless it says otherwise."
    )
    guard_duty: _Choice | None = Field(None, description="GuardDuty's detectors in both Regions; none: as services.")
    recovery_guard_duty: _Choice | None = Field(
        None, description="GuardDuty's detector in the recovery Region alone; none: as guard_duty."
    )
    detector_id: _DetectorId | None = Field(
        None,
        description="The existing detector of the primary Region, whose findings are to be kept in a bucket of the "
        "landing zone; none: they are kept already.",
    )
    recovery_detector_id: _DetectorId | None = Field(None, description="The same in the recovery Region.")
    security_hub: _Choice | None = Field(None, description="Security Hub, with its standards; none: as services.")
    macie: _Choice | None = Field(None, description="Macie, with automated discovery; none: as services.")
    access_analyzer: _Choice | None = Field(None, description="Both analyzers of the account; none: as services.")
    unused_access_analyzer: _Choice | None = Field(
        None, description="The analyzer of unused access alone; none: as access_analyzer."
    )
    inspector: _Choice | None = Field(None, description="Inspector; none: as services.")
    config: _Choice | None = Field(
        None, description="AWS Config's recorder, with its delivery channel; none: as services."
    )

    def exists(self, service: str) -> bool:
        """Whether the service of that key exists already, by its own word or that of a key above it."""
        choice: _Choice | None = getattr(self, service)
        if choice is None and service != "services":
            return self.exists(ABOVE.get(service, "services"))
        return choice == "existing"

    def keeps_findings(self, detector: str) -> bool:
        """Whether findings of ``guard_duty`` or ``recovery_guard_duty`` are kept in a bucket of the landing zone."""
        ids = {"guard_duty": self.detector_id, "recovery_guard_duty": self.recovery_detector_id}
        return not self.exists(detector) or ids[detector] is not None

    @model_validator(mode="after")
    def _one_word_each(self) -> DetectionConfig:
        if self.by_organization:
            for key in _IN_DETECTION_STACKS:
                if getattr(self, key) is not None:
                    raise ValueError(
                        f"detection.{key} is given, but detection.by_organization leaves that service to the "
                        "organization's administrator; leave out one of the two"
                    )
        for key, service in (("detector_id", "guard_duty"), ("recovery_detector_id", "recovery_guard_duty")):
            if getattr(self, key) is not None and not self.exists(service):
                raise ValueError(
                    f"detection.{key} is given, but the landing zone makes that detector; leave it out, or set "
                    f"detection.{service} to existing"
                )
        return self


# The services, and what says of a part of one whether it exists, if that does not say so itself.
SERVICES = ("guard_duty", "security_hub", "macie", "access_analyzer", "inspector", "config")
ABOVE = {"recovery_guard_duty": "guard_duty", "unused_access_analyzer": "access_analyzer"}
_IN_DETECTION_STACKS = (
    "guard_duty",
    "recovery_guard_duty",
    "detector_id",
    "recovery_detector_id",
    "security_hub",
    "macie",
    "access_analyzer",
    "unused_access_analyzer",
)


class ContactConfig(_Section):
    """Whom AWS's response team calls."""

    email: _Email = Field(description="An email address.")
    phone: str = Field(pattern=r"^\+[1-9]\d{1,14}$", description="A telephone number in E.164 form, like +15555550100.")


class EdgeConfig(_Section):
    """A load balancer for the workloads, with a firewall in front."""

    certificate_arn: str = Field(
        pattern=r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+$",
        description="The certificate of the names that clients use, in ACM in the primary Region.",
    )
    shield_contacts: tuple[ContactConfig, ...] = Field(
        (),
        strict=False,
        max_length=10,
        description="Whom AWS's Shield response team calls, for accounts subscribed to Shield Advanced; none: no "
        "Shield Advanced.",
    )


class GuardrailsConfig(_Section):
    """What nobody in the organization may do."""

    management_account: str = Field(pattern=r"^\d{12}$", description="The organization's management account.")
    organization_id: str = Field(pattern=_ORGANIZATION, description="The organization, like o-a1b2c3d4e5.")
    target_ids: tuple[Annotated[str, Field(pattern=r"^(r-[a-z0-9]{4,32}|ou-[a-z0-9-]{6,68}|\d{12})$")], ...] = Field(
        strict=False,
        min_length=1,
        description="The root, organizational units or accounts that the policies bind; try a test account first.",
    )
    additional_services: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+$")], ...] = Field(
        (),
        strict=False,
        description="IAM prefixes of services that you hold to be eligible or free of PHI; none: AWS's list alone.",
    )
    deployment_roles: tuple[_RoleName, ...] = Field(
        (),
        strict=False,
        description="Names of roles that deploy and mend the controls, beside the CDK's; none: the CDK's alone.",
    )
    bootstrap_roles: tuple[_RoleName, ...] = Field(
        (),
        strict=False,
        description="Names of roles that bootstrap accounts and Regions for the CDK; none: that was done before.",
    )
    emergency_roles: tuple[_RoleName, ...] = Field(
        (),
        strict=False,
        description="Names of break-glass roles, which may use other Regions in a disaster; none: nobody may.",
    )
    trusted_accounts: tuple[Annotated[str, Field(pattern=r"^\d{12}$")], ...] = Field(
        (), strict=False, description="Accounts of others that may reach what is stored here; none: nobody's."
    )


class LandingZoneConfig(_Section):
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
