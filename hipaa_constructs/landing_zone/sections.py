"""The sections of the landing zone's configuration that need no more than a check of each key."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hipaa_constructs.detection.repair_names import RepairName

ORGANIZATION_ID = r"^o-[a-z0-9]{10,32}$"
# As AWS's examples have it: docs.aws.amazon.com/Route53/latest/APIReference/API_route53profiles_Profile.html
ENDPOINT_PROFILE = r"^rp-[0-9a-z]{8,61}$"
TRANSIT_GATEWAY = r"^tgw-[0-9a-f]{8,17}$"
_Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
_BucketName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")]
# A name with '*' and '?', of which four characters or more are neither.
_RoleName = Annotated[str, Field(pattern=r"^([\w+=,.@*?/-]*[\w+=,.@-]){4}[\w+=,.@*?-]*$")]
# One that is to be made, or the ARN of that which is there: an account can have one.
_Monitor = Annotated[str, Field(pattern=r"^(create|arn:aws[a-z-]*:ce::\d{12}:anomalymonitor/[\w-]+)$")]
_VaultArn = Annotated[
    str, Field(pattern=r"^arn:aws[a-z-]*:backup:[a-z]{2}(-[a-z]+)+-\d:\d{12}:backup-vault:[A-Za-z0-9_-]{2,50}$")
]


class Section(BaseModel):
    """A part of the configuration, which takes no key that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SiteConfig(Section):
    """The hospital's or clinic's own network, connected by an IPsec VPN."""

    cidrs: tuple[str, ...] = Field(strict=False, min_length=1, description="The site's networks, like 192.168.0.0/16.")
    customer_gateway_ip: str = Field(description="The public IPv4 address of the site's VPN device.")
    bgp_asn: int | None = Field(None, description="The site's autonomous system number; none: static routes.")


class TransitConfig(Section):
    """A transit gateway that connects this account's network to others."""

    gateway: str = Field(
        pattern=TRANSIT_GATEWAY, description="The transit gateway, in the primary Region, like tgw-0123456789abcdef0."
    )
    cidrs: tuple[str, ...] = Field(
        (),
        strict=False,
        max_length=9,
        description="Private networks behind it, named once its owner has accepted the attachment; none: not yet.",
    )
    endpoint_profile: str | None = Field(
        None,
        pattern=ENDPOINT_PROFILE,
        description="The Route 53 Profile of endpoints behind it, like rp-0123456789abcdef; none: its own alone.",
    )
    egress: bool = Field(
        False,
        description="Whether private subnets reach the internet by it, in place of NAT gateways; its owner says what "
        "passes.",
    )


class NetworkConfig(Section):
    """The network of the landing zone."""

    cidr: str = Field("10.0.0.0/16", description="The VPC's addresses, an IPv4 network of /16 to /22.")
    zones: int = Field(3, ge=2, le=3, description="In how many availability zones, 2 or 3.")
    nat_gateways: int = Field(0, ge=0, le=3, description="NAT gateways for traffic to the internet; 0 allows none.")
    load_balancer_subnets: bool = Field(
        False, description="Whether there are subnets for internet-facing load balancers."
    )
    site: SiteConfig | None = Field(None, description="The site that reaches isolated subnets; none: no VPN.")
    transit: TransitConfig | None = Field(
        None, description="The transit gateway that private subnets reach other networks by; none: they reach none."
    )

    @model_validator(mode="after")
    def _one_way_out(self) -> NetworkConfig:
        if self.transit is not None and self.transit.egress and self.nat_gateways:
            raise ValueError(
                "network.transit.egress is true, and there are network.nat_gateways; one way to the internet is "
                "enough: leave out either"
            )
        return self


class AuditConfig(Section):
    """The audit trail."""

    retention_years: int = Field(
        7, ge=6, le=100, description="How long audit logs stay; 45 CFR 164.316(b)(2)(i) asks for six years."
    )
    organization_id: str | None = Field(
        None,
        pattern=ORGANIZATION_ID,
        description="The organization whose accounts are all recorded; none: this account alone.",
    )
    by_organization: bool = Field(
        False,
        description="Whether an organization's trail records this account, and its administrators watch over what it "
        "records; the landing zone then makes neither trail nor alarms on activity.",
    )

    @model_validator(mode="after")
    def _one_trail(self) -> AuditConfig:
        if self.by_organization and self.organization_id is not None:
            raise ValueError(
                "audit.organization_id is given, but audit.by_organization leaves the trail to another account; leave "
                "out one of the two"
            )
        return self

    @property
    def retention_days(self) -> int:
        """The years in days, leap days included."""
        return math.ceil(self.retention_years * 365.25)


class ArchiveConfig(Section):
    """The log archive of an organization: buckets of another account that let this one's logs in."""

    config_bucket: _BucketName | None = Field(
        None, description="Where AWS Config delivers to; none: a bucket of the landing zone."
    )
    traffic_bucket: _BucketName | None = Field(
        None, description="Where flow logs go too, beside the log group; none: nowhere else."
    )


class BackupConfig(Section):
    """Backups and their lock."""

    compliance_lock_days: int | None = Field(
        None,
        ge=3,
        le=36500,
        description="Days until nobody can remove the vaults' lock; none: a governance lock, which administrators can.",
    )
    copy_account_vault: _VaultArn | None = Field(
        None,
        description="A vault of another account of the organization, in the primary Region, by its ARN, that receives "
        "a copy of every snapshot too; none: copies stay in the account.",
    )


class AlertConfig(Section):
    """Who is told."""

    emails: tuple[_Email, ...] = Field(
        (), strict=False, description="Addresses that get every alert; each has to confirm once."
    )


class CostConfig(Section):
    """What the account may cost, and who is told when it costs more."""

    monthly_limit: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="What the account may cost in a month, in USD, in China in CNY; none: no budget.",
    )
    services_monitor: _Monitor = Field(
        "create",
        description="The monitor of services that Cost Anomaly Detection has in the account already, by its ARN; "
        "preflight finds it.",
    )


class IdentityConfig(Section):
    """Where people come from."""

    accounts: tuple[Annotated[str, Field(pattern=r"^\d{12}$")], ...] = Field(
        (), strict=False, description="Accounts whose IAM users may take the roles, with MFA; none: this account."
    )


class ComplianceConfig(Section):
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


class ContactConfig(Section):
    """Whom AWS's response team calls."""

    email: _Email = Field(description="An email address.")
    phone: str = Field(pattern=r"^\+[1-9]\d{1,14}$", description="A telephone number in E.164 form, like +15555550100.")


class EdgeConfig(Section):
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


class PoliciesConfig(Section):
    """What nobody in an organization may do, and for whom that does not go."""

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


class GuardrailsConfig(PoliciesConfig):
    """What nobody in the organization may do."""

    management_account: str = Field(pattern=r"^\d{12}$", description="The organization's management account.")
    organization_id: str = Field(pattern=ORGANIZATION_ID, description="The organization, like o-a1b2c3d4e5.")
