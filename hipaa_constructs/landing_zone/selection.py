"""Which accounts of an organization are built: all, or those that ``-c only=`` names."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from hipaa_constructs.landing_zone.organization_section import OrganizationConfig
from hipaa_constructs.landing_zone.workload_section import WorkloadConfig

# In CDK's context.
CONTEXT_KEY = "only"
_WORKLOADS = "workloads"


@dataclass(frozen=True, slots=True)
class Selection:
    """The roles and the workloads that are built, as the configuration has them."""

    roles: tuple[str, ...]
    workloads: tuple[WorkloadConfig, ...]


def select(organization: OrganizationConfig, only: str | None) -> Selection:
    """Return what ``only`` names: roles, accounts of workloads, environments or ``workloads``, between commas.

    :raises ValueError: a name that there is not.
    """
    roles, workloads = tuple(organization.accounts.by_role()), organization.workloads
    if only is None:
        return Selection(roles, workloads)
    names = {name.strip() for name in only.split(",") if name.strip()}
    environments = {one.environment for one in workloads}
    known = [*roles, _WORKLOADS, *sorted(environments), *(one.name for one in workloads)]
    unknown = sorted(names.difference(known))
    if unknown or not names:
        near = difflib.get_close_matches(unknown[0], known, n=1) if unknown else []
        hint = f"Did you mean {near[0]}? " if near else ""
        raise ValueError(
            f"{CONTEXT_KEY}: got {', '.join(unknown) or only!r}; it takes roles, environments and accounts of the "
            f"configuration, between commas: {', '.join(known)}. {hint}Leave it out to build all."
        )
    wanted = names if _WORKLOADS not in names else {*names, *environments}
    return Selection(
        tuple(role for role in roles if role in names),
        tuple(one for one in workloads if one.name in wanted or one.environment in wanted),
    )
