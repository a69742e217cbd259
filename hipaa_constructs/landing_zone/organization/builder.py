from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import aws_cdk as cdk

from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.selection import CONTEXT_KEY, select

if TYPE_CHECKING:
    from hipaa_constructs.landing_zone.landing_zone import LandingZone

# The modules that build a role.
BUILT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "management": ("delegation", "management", "management_baseline"),
        "log_archive": ("log_archive",),
        "security": ("security",),
        "identity": ("identity",),
        "backup": ("backup",),
        "network": ("network",),
        "deployment": ("deployment", "stack_set"),
    }
)

# Whose stacks a module's wait for. A delegated administrator is appointed, and may share, before it does anything, and
# accounts that a stack set reaches deliver to the log archive and send to the security account from their first hour.
# The deployment account is one of these, and AWS Config has to record there before its backups are audited: so the
# stack set does not wait for what deploys.
_WAITS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "management": ("delegation",),
        "management_baseline": ("delegation", "management", "security"),
        "security": ("delegation",),
        "identity": ("delegation",),
        "network": ("delegation",),
        "stack_set": ("delegation", "log_archive", "security"),
    }
)

# The roles in whose accounts nothing is made unless the configuration says what.
_SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "identity": "organization.identity",
        "network": "organization.network",
        "deployment": "organization.deployment or organization.baseline",
    }
)

_Define = Callable[[cdk.Stage, OrganizationZoneConfig], Sequence[cdk.Stack]]


class OrganizationZone:
    """Many accounts: stacks for each role that the configuration names, and a landing zone for each workload.

    An account refers to another's by names that follow from the configuration (``names.py``), never by references, so
    that each can be built and deployed by itself. Where two that are built need each other, the stacks wait.

    :param app: the app, or a stage of it, that the stacks belong to.
    :param config: what ``load_config`` read.
    :param only: which accounts are built: roles, names or environments of workloads, between commas. Default: all.
    :raises ValueError: ``only`` names something that the configuration has not, or there is nothing to build.
    """

    def __init__(self, app: cdk.Stage, config: OrganizationZoneConfig, *, only: str | None = None) -> None:
        selection = select(config.organization, only)
        self._roles: dict[str, Sequence[cdk.Stack]] = {}
        made: dict[str, Sequence[cdk.Stack]] = {}
        for role, modules in BUILT.items():
            if role in selection.roles:
                made.update({module: _definition(module)(app, config) for module in modules})
                self._roles[role] = [stack for module in modules for stack in made[module]]
        self._workloads: dict[str, LandingZone] = {}
        if selection.workloads:
            # Imported only where there are any: a landing zone takes most of the time that modules take to load.
            from hipaa_constructs.landing_zone.organization import workloads

            for one in selection.workloads:
                self._workloads[one.name] = workloads.define(app, config, one)
        if not selection.roles and not selection.workloads:
            raise ValueError(
                "organization names neither accounts nor workloads, so that there is nothing to build; name some under "
                "organization.accounts and organization.workloads"
            )
        if not self._workloads and not any(self._roles.values()):
            asked = "organization.accounts names" if only is None else f"{CONTEXT_KEY}: got {only!r}, which is"
            sections = ", and without ".join(_SECTIONS[role] for role in self._roles)
            raise ValueError(f"{asked} {' and '.join(self._roles)}, where nothing is made without {sections}")
        for module, needed in _WAITS.items():
            for stack in made.get(module, ()):
                for other in (other for name in needed for other in made.get(name, ())):
                    stack.add_stack_dependency(other, "what it needs is turned on there")
        archives, vaults = self._roles.get("log_archive", ()), self._roles.get("backup", ())
        for archive in archives:
            for stack in self._roles.get("management", ()):
                stack.add_stack_dependency(archive, "it lets the trail in")
            for stack in (*vaults, *self._roles.get("network", ())):
                stack.add_stack_dependency(archive, "its logs are delivered there")
        for zone in self._workloads.values():
            for archive in archives:
                # What delivers, or waits for what does, is behind the network.
                zone.network.add_stack_dependency(archive, "its logs are delivered there")
            for vault in vaults:
                if vault.region == zone.foundation.region:
                    zone.foundation.add_stack_dependency(vault, "its backups are copied there")

    @property
    def roles(self) -> Mapping[str, Sequence[cdk.Stack]]:
        """The stacks of each role that was built."""
        return MappingProxyType(self._roles)

    @property
    def workloads(self) -> Mapping[str, LandingZone]:
        """The landing zone of each workload that was built, by the account's name."""
        return MappingProxyType(self._workloads)


def _definition(module: str) -> _Define:
    define: _Define = importlib.import_module(f"hipaa_constructs.landing_zone.organization.{module}").define
    return define
