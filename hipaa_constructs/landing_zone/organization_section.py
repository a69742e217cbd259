"""The configuration of an organization: who is what account, in which Regions, and what runs where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from hipaa_constructs.cloudformation.partitions import partition_of
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.landing_zone.baseline_section import BaselineConfig
from hipaa_constructs.landing_zone.deployment_section import DeploymentConfig
from hipaa_constructs.landing_zone.identity_center_section import IdentityCenterConfig
from hipaa_constructs.landing_zone.network_section import OrganizationNetworkConfig, network_fault
from hipaa_constructs.landing_zone.sections import ORGANIZATION_ID, PoliciesConfig, Section
from hipaa_constructs.landing_zone.workload_section import Account, Region, WorkloadConfig

# Each is an account's name too, by which `-c only=` asks for it.
ROLES = ("management", "log_archive", "security", "identity", "backup", "network", "deployment")


class AccountsConfig(Section):
    """The accounts that serve all others, each by its role. A role that is left out is not built."""

    management: Account | None = Field(
        None, description="The management account: policies, delegated administrators, the organization's trail."
    )
    log_archive: Account | None = Field(
        None, description="Where trail, AWS Config and the logs of all accounts are kept, for seven years."
    )
    security: Account | None = Field(
        None,
        description="The administrator of GuardDuty, Security Hub, Macie, Inspector, Detective, Access Analyzer, "
        "Firewall Manager and AWS Config for all accounts; none: each workload account watches itself.",
    )
    identity: Account | None = Field(None, description="Identity Center's delegated administrator.")
    backup: Account | None = Field(None, description="Where copies of backups go that no other account can reach.")
    network: Account | None = Field(None, description="What connects the accounts: transit, endpoints, inspection.")
    deployment: Account | None = Field(None, description="The pipeline that deploys to all accounts.")

    def by_role(self) -> dict[str, str]:
        """Return the accounts that are named, by role."""
        named = {role: getattr(self, role) for role in ROLES}
        return {role: account for role, account in named.items() if account is not None}


class FirewallConfig(Section):
    """What Firewall Manager asks of all accounts, from the security account."""

    allowed_rules: dict[Region, Annotated[str, Field(pattern=r"^sg-[0-9a-f]{8,17}$")]] = Field(
        min_length=1,
        description="By Region, a security group of the security account whose rules are the most that any may have; "
        "policies are made in these Regions.",
    )
    organizational_units: tuple[Annotated[str, Field(pattern=r"^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$")], ...] = Field(
        (), strict=False, description="Units that the policies go for, with all below; none: the whole organization."
    )
    shield_advanced: bool = Field(
        False, description="Whether the organization is subscribed to Shield Advanced, for a year and a monthly fee."
    )


class OrganizationConfig(Section):
    """Many accounts: by role those that serve all, and those of the workloads."""

    id: str = Field(pattern=ORGANIZATION_ID, description="The organization, like o-a1b2c3d4e5.")
    home_region: Region = Field("us-east-1", description="Where the roles' accounts have what exists once.")
    regions: tuple[Region, ...] = Field(
        ("us-west-2",),
        strict=False,
        min_length=1,
        description="The further Regions; copies of the log archive go to the first.",
    )
    owner: Literal["control_tower", "accelerator", "none"] = Field(
        "none",
        description="Who owns accounts, trail and AWS Config's recorders: control_tower, accelerator (Landing Zone "
        "Accelerator) or none; what they make is not made twice.",
    )
    root_id: str | None = Field(
        None,
        pattern=r"^r-[a-z0-9]{4,32}$",
        description="The organization's root, like r-ab12, to make an organizational unit for each environment below "
        "it; none: the owner's, or those that there are.",
    )
    policies: PoliciesConfig | None = Field(
        None, description="Organization policies, made in the management account; none: somebody else's."
    )
    accounts: AccountsConfig = Field(AccountsConfig(), description="The accounts that serve all others, by role.")
    workloads: tuple[WorkloadConfig, ...] = Field(
        (), strict=False, description="The accounts that run something, each with a name."
    )
    deployment: DeploymentConfig | None = Field(
        None, description="What deploys all of it, in the deployment account; none: you do, by the CDK's CLI."
    )
    baseline: BaselineConfig | None = Field(
        None,
        description="What accounts have that are no workloads, by a stack set, and the management account by stacks; "
        "none: nothing is made in them.",
    )
    firewall: FirewallConfig | None = Field(
        None, description="Firewall Manager's policies, in the security account; none: no policies."
    )
    identity: IdentityCenterConfig | None = Field(
        None, description="Who may do what in the workloads, in the identity account; none: nothing is made there."
    )
    network: OrganizationNetworkConfig | None = Field(
        None, description="What connects the workloads, in the network account; none: nothing is made there."
    )

    @property
    def all_regions(self) -> tuple[str, ...]:
        """The home Region and the further ones."""
        return (self.home_region, *self.regions)

    @property
    def records_all(self) -> bool:
        """Whether one trail records all accounts: its owner's, or that of the management account."""
        return self.owner != "none" or None not in (self.accounts.management, self.accounts.log_archive)

    def regions_of(self, workload: WorkloadConfig) -> tuple[str, str]:
        """Return where a workload runs, and where its copies go."""
        here, there = workload.regions or self.all_regions[:2]
        return here, there

    @model_validator(mode="after")
    def _regions_fit(self) -> OrganizationConfig:
        known = read("regions.json")["regions"]
        for key, region in [("home_region", self.home_region), *(("regions", one) for one in self.regions)]:
            if region not in known:
                raise ValueError(
                    f"organization.{key} names {region!r}, which is no known Region; known are {', '.join(known)}"
                )
            if partition_of(region) != partition_of(self.home_region):
                raise ValueError(
                    f"organization.{key} names {region!r} in the partition {partition_of(region)}, and home_region is "
                    f"{self.home_region!r} in {partition_of(self.home_region)}; an organization has one partition"
                )
        for region in _repeated(self.all_regions):
            raise ValueError(f"organization.regions names {region!r} again; name each Region once, home_region apart")
        return self

    @model_validator(mode="after")
    def _workloads_fit(self) -> OrganizationConfig:
        names = [one.name for one in self.workloads]
        for name in _repeated(name.lower() for name in names):
            raise ValueError(f"organization.workloads names {name!r} twice; each account has a name of its own")
        for one in self.workloads:
            if one.environment in (*ROLES, "workloads"):
                raise ValueError(
                    f"the workload {one.name} has the environment {one.environment!r}, which is what '-c only=' calls "
                    "a role or all workloads; name the environment otherwise"
                )
        taken = {*ROLES, "workloads", *(one.environment for one in self.workloads)}
        for name in names:
            if name.lower() in taken:
                raise ValueError(
                    f"organization.workloads has the name {name!r}, which is a role or an environment; name the "
                    "account otherwise, so that '-c only=' knows which is meant"
                )
        for one in self.workloads:
            for region in one.regions:
                if region not in self.all_regions:
                    raise ValueError(
                        f"the workload {one.name} names the Region {region!r}, which is none of the organization's: "
                        f"{', '.join(self.all_regions)}; add it to organization.regions, or name one of these"
                    )
            if len({*one.regions}) < len(one.regions):
                raise ValueError(f"the workload {one.name} names {one.regions[0]!r} twice; name two Regions")
        return self

    @model_validator(mode="after")
    def _management_does_it(self) -> OrganizationConfig:
        for key in ("policies", "root_id"):
            if getattr(self, key) is not None and self.accounts.management is None:
                raise ValueError(
                    f"organization.{key} is given, and organization.accounts names no management account, where that "
                    "is made; name it, or leave the key out"
                )
        if self.root_id is not None and self.owner != "none":
            raise ValueError(
                f"organization.root_id is given, but {self.owner} owns organizational units, and does not know those "
                "that others make; leave it out, and make them there"
            )
        if self.policies is not None and self.accounts.management in self.policies.target_ids:
            raise ValueError(
                f"organization.policies.target_ids names the management account {self.accounts.management}, which "
                "policies do not bind; name units or other accounts"
            )
        return self

    @model_validator(mode="after")
    def _sections_have_accounts(self) -> OrganizationConfig:
        for key, role in (("firewall", "security"), ("identity", "identity"), ("network", "network")):
            if getattr(self, key) is not None and role not in self.accounts.by_role():
                raise ValueError(
                    f"organization.{key} is given, but organization.accounts has no {role}, where it would be; name "
                    f"that account, or leave {key} out"
                )
        for region in self.firewall.allowed_rules if self.firewall else ():
            if region not in self.all_regions:
                raise ValueError(
                    f"organization.firewall.allowed_rules names the Region {region!r}, which is none of the "
                    f"organization's: {', '.join(self.all_regions)}"
                )
            if self.firewall and self.firewall.shield_advanced and is_absent("AWS::Shield::Protection", region):
                raise ValueError(
                    f"organization.firewall.shield_advanced is true, and {region} has no Shield Advanced; leave it out"
                )
        if self.identity is not None and not self.workloads:
            raise ValueError(
                "organization.identity is given, but organization.workloads is empty, so that there is no account to "
                "enter; name the workloads, or leave identity out"
            )
        return self

    @model_validator(mode="after")
    def _network_fits(self) -> OrganizationConfig:
        fault = network_fault(self.network, self.all_regions) if self.network else None
        if fault is not None:
            raise ValueError(fault)
        if self.network and self.network.endpoints and self.accounts.management is None:
            raise ValueError(
                "organization.network.endpoints is given, and organization.accounts names no management account, whose "
                "number is in the ARN of the organization that they are shared with; name it, or leave endpoints out"
            )
        inspected, shared = (self.network.inspection, self.network.endpoints) if self.network else ({}, {})
        for one in self.workloads:
            if one.transit and self.network is None:
                raise ValueError(
                    f"the workload {one.name} has transit: true, and there is no organization.network, whose transit "
                    "gateway it would attach to; name that, or leave transit out"
                )
            here, _ = self.regions_of(one)
            if one.inspected_egress and not (one.transit and here in inspected):
                raise ValueError(
                    f"the workload {one.name} has inspected_egress: true, and needs transit: true and "
                    f"organization.network.inspection of {here}, where it runs; give both, or leave it out"
                )
            if one.shared_endpoints and not (one.transit and here in shared):
                raise ValueError(
                    f"the workload {one.name} has shared_endpoints: true, and needs transit: true and "
                    f"organization.network.endpoints of {here}, where it runs; give both, or leave it out"
                )
        return self

    @model_validator(mode="after")
    def _baseline_fits(self) -> OrganizationConfig:
        if self.baseline is None:
            return self
        if self.accounts.management is None:
            raise ValueError(
                "organization.baseline is given, and organization.accounts names no management account, which no stack "
                "set reaches, and which lets another account deploy to all; name it, or leave baseline out"
            )
        if is_absent("StackSets with AWS Organizations", self.home_region, kind="organization_features"):
            raise ValueError(
                f"organization.baseline is given, and in {self.home_region} organizations have no stack sets; leave it "
                "out, and name the accounts as workloads"
            )
        for kind in ("AWS::EC2::SnapshotBlockPublicAccess", "AWS::EC2::VPCBlockPublicAccessOptions"):
            for region in self.all_regions:
                if is_absent(kind, region):
                    raise ValueError(
                        f"organization.baseline is given, and {region} has no {kind}, which is part of it; leave "
                        "baseline or the Region out"
                    )
        return self

    @model_validator(mode="after")
    def _deployment_fits(self) -> OrganizationConfig:
        if self.deployment is None:
            return self
        if self.accounts.deployment is None:
            raise ValueError(
                "organization.deployment is given, and organization.accounts.deployment is not; name the account that "
                "deploys to all others"
            )
        arn = self.deployment.connection_arn
        if arn is not None and arn.split(":")[4] != self.accounts.deployment:
            raise ValueError(
                f"organization.deployment.connection_arn is in the account {arn.split(':')[4]}, and the deployment "
                f"account is {self.accounts.deployment}; make the connection there"
            )
        environments = {one.environment for one in self.workloads}
        for name in self.deployment.unattended:
            if name not in environments:
                raise ValueError(
                    f"organization.deployment.unattended names {name!r}, which is no workload's environment; there are "
                    f"{', '.join(sorted(environments)) or 'none'}"
                )
        return self

    @model_validator(mode="after")
    def _units_are_named_once(self) -> OrganizationConfig:
        """CloudFormation takes each target of a policy and each unit of a stack set once."""
        for key, named in (
            ("policies.target_ids", self.policies.target_ids if self.policies else ()),
            ("baseline.organizational_units", self.baseline.organizational_units if self.baseline else ()),
            ("firewall.organizational_units", self.firewall.organizational_units if self.firewall else ()),
        ):
            for one in _repeated(named):
                raise ValueError(f"organization.{key} names {one!r} twice; name it once")
        return self

    @model_validator(mode="after")
    def _accounts_differ(self) -> OrganizationConfig:
        seen: dict[str, str] = {}
        named = [(f"organization.accounts.{role}", account) for role, account in self.accounts.by_role().items()]
        for name, account in [*named, *((f"the workload {one.name}", one.account) for one in self.workloads)]:
            if account in seen:
                raise ValueError(
                    f"{name} is the account {account}, and so is {seen[account]}; give each an account of its own: "
                    "what one may do, the other must not"
                )
            seen[account] = name
        return self


def _repeated(values: Iterator[str] | tuple[str, ...]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]
