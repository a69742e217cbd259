"""The configuration of an organization's Identity Center: who may do what in the workloads' accounts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from hipaa_constructs.landing_zone.sections import Section

# docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html
_INSTANCE = r"^arn:aws(-[a-z]{1,5}){0,3}:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}$"
# docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_Group.html
_Group = Annotated[str, Field(pattern=r"^([0-9a-f]{10}-)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]
_Account = Annotated[str, Field(pattern=r"^\d{12}$")]


class OpenIdConfig(Section):
    """An OpenID Connect provider of the identity account, which sends how people signed in."""

    issuer: str = Field(pattern=r"^[^\s:]+\.[^\s:]+$", description="The provider's URL without https://.")
    client_id: str = Field(min_length=1, description="The client whose people are meant.")


class PeopleConfig(Section):
    """Where people prove who they are, with a second factor; exactly one way."""

    accounts: tuple[_Account, ...] = Field(
        (), strict=False, description="Accounts whose IAM users are meant, by their MFA device."
    )
    saml_provider: str | None = Field(
        None,
        pattern=r"^arn:aws[a-z-]*:iam::\d{12}:saml-provider/[\w.-]{1,128}$",
        description="A SAML provider of the identity account, by its ARN; it has to send MultiFactorAuthPresent.",
    )
    open_id: OpenIdConfig | None = Field(None, description="An OpenID Connect provider of the identity account.")

    @model_validator(mode="after")
    def _one_way(self) -> PeopleConfig:
        given = [key for key in ("accounts", "saml_provider", "open_id") if getattr(self, key)]
        if len(given) != 1:
            raise ValueError(
                f"{' and '.join(given) or 'nothing'} is given, of accounts, saml_provider and open_id; give exactly one"
            )
        return self


class StatementConfig(Section):
    """Something that an elevated person may do; the accounts of workloads stand in for {account} in resources."""

    actions: tuple[str, ...] = Field(strict=False, min_length=1, description="Actions, like rds:RebootDBInstance.")
    resources: tuple[str, ...] = Field(
        strict=False, min_length=1, description="ARNs; one with {account} stands for each workload's account."
    )
    conditions: dict[str, dict[str, str | list[str]]] = Field({}, description="Conditions, as IAM writes them.")


class ElevationConfig(Section):
    """What is done rarely, by somebody who asked, for a time, after another approved."""

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,31}$", description="What it is for, in letters and digits.")
    statements: tuple[StatementConfig, ...] = Field(strict=False, min_length=1, description="What it allows.")
    minutes: int = Field(60, ge=15, le=480, description="How long it lasts.")


class IdentityCenterConfig(Section):
    """Identity Center, as its delegated administrator has it: permission sets, and elevation after approval."""

    instance_arn: str = Field(
        pattern=_INSTANCE, description="The instance, in home_region; aws sso-admin list-instances."
    )
    developers: _Group | None = Field(
        None, description="The id of the developers' group; none: no such permission set."
    )
    operators: _Group | None = Field(None, description="The id of the operators' group; none: no such permission set.")
    auditors: _Group | None = Field(None, description="The id of the auditors' group; none: no such permission set.")
    source_networks: tuple[str, ...] = Field(
        (), strict=False, description="Public networks that people come from; none: any."
    )
    elevations: tuple[ElevationConfig, ...] = Field(
        (), strict=False, description="What people may do for a time, after approval."
    )
    requesters: PeopleConfig | None = Field(None, description="Who asks for elevations; needed where there are any.")
    approvers: PeopleConfig | None = Field(None, description="Who approves them: other people than those who ask.")

    @model_validator(mode="after")
    def _somebody_is_meant(self) -> IdentityCenterConfig:
        if not (self.developers or self.operators or self.auditors or self.elevations):
            raise ValueError(
                "organization.identity has neither groups nor elevations; name developers, operators, auditors or "
                "elevations, or leave identity out"
            )
        names = [one.name for one in self.elevations]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"organization.identity.elevations names {name!r} twice; name each once")
        people = {key: getattr(self, key) for key in ("requesters", "approvers")}
        missing = [key for key, value in people.items() if value is None]
        if self.elevations and missing:
            raise ValueError(
                f"organization.identity.elevations are given, but no {' and no '.join(missing)}; say who they are"
            )
        if self.elevations and people["requesters"] == people["approvers"]:
            raise ValueError(
                "organization.identity has the same people as requesters and as approvers; who asks must not approve"
            )
        return self
