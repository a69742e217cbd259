"""In which order an organization's accounts are deployed; imports no aws_cdk."""

from __future__ import annotations

from dataclasses import dataclass

from hipaa_constructs.delivery.bootstrap_roles import Target
from hipaa_constructs.landing_zone.organization_section import OrganizationConfig
from hipaa_constructs.landing_zone.workload_section import WorkloadConfig

# What the wave of the accounts that serve all others is called.
SERVING = "roles"


@dataclass(frozen=True, slots=True)
class Wave:
    """What is deployed together.

    :ivar only: what ``-c only=`` is given to build it alone.
    :ivar approval: whether somebody has to approve it.
    """

    name: str
    only: str
    targets: tuple[Target, ...]
    approval: bool


def waves(organization: OrganizationConfig) -> tuple[Wave, ...]:
    """Return the waves: the roles that are built, environments without approval, then those with it.

    An environment whose workloads run in several Regions is a wave in each, so that a change reaches one first.
    """
    deployment = organization.deployment
    unattended = deployment.unattended if deployment is not None else ()
    found: list[Wave] = []
    roles = {role: account for role, account in organization.accounts.by_role().items() if role != "deployment"}
    if roles:
        every = tuple(Target(account, region) for account in roles.values() for region in organization.all_regions)
        found.append(Wave(SERVING, ",".join(roles), tuple(sorted(every)), True))
    names = list(dict.fromkeys(one.environment for one in organization.workloads))
    for environment in sorted(names, key=lambda name: (name not in unattended, names.index(name))):
        within: dict[str, list[WorkloadConfig]] = {}
        for one in organization.workloads:
            if one.environment == environment:
                within.setdefault(organization.regions_of(one)[0], []).append(one)
        for region in (one for one in organization.all_regions if one in within):
            found.append(
                Wave(
                    environment if len(within) == 1 else f"{environment}-{region}",
                    environment if len(within) == 1 else ",".join(one.name for one in within[region]),
                    tuple(
                        sorted(
                            Target(one.account, there)
                            for one in within[region]
                            for there in organization.regions_of(one)
                        )
                    ),
                    environment not in unattended,
                )
            )
    return tuple(found)
