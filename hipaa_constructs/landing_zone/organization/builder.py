from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import aws_cdk as cdk

from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.selection import select

if TYPE_CHECKING:
    from hipaa_constructs.landing_zone.landing_zone import LandingZone

# A role is built by the module of its name. The others' accounts are known, and nothing is made in them yet.
BUILT = ("log_archive", "deployment")

_Define = Callable[[cdk.Stage, OrganizationZoneConfig], Sequence[cdk.Stack]]


class OrganizationZone:
    """Many accounts: stacks for each role that the configuration names, and a landing zone for each workload.

    An account refers to another's by names that follow from the configuration (``names.py``), never by references, so
    that each can be built and deployed by itself. Where two that are built need each other, the stacks wait.

    :param app: the app, or a stage of it, that the stacks belong to.
    :param config: what ``load_config`` read.
    :param only: which accounts are built: roles, names or environments of workloads, between commas. Default: all.
    :raises ValueError: ``only`` names something that the configuration has not.
    """

    def __init__(self, app: cdk.Stage, config: OrganizationZoneConfig, *, only: str | None = None) -> None:
        selection = select(config.organization, only)
        self._roles = {role: _role(role)(app, config) for role in BUILT if role in selection.roles}
        self._workloads: dict[str, LandingZone] = {}
        if selection.workloads:
            # Imported only where there are any: a landing zone takes most of the time that modules take to load.
            from hipaa_constructs.landing_zone.organization import workloads

            for one in selection.workloads:
                self._workloads[one.name] = workloads.define(app, config, one)
        for zone in self._workloads.values():
            for archive in self._roles.get("log_archive", ()):
                # What delivers, or waits for what does, is behind the network.
                zone.network.add_stack_dependency(archive, "its logs are delivered there")

    @property
    def roles(self) -> Mapping[str, Sequence[cdk.Stack]]:
        """The stacks of each role that was built."""
        return MappingProxyType(self._roles)

    @property
    def workloads(self) -> Mapping[str, LandingZone]:
        """The landing zone of each workload that was built, by the account's name."""
        return MappingProxyType(self._workloads)


def _role(name: str) -> _Define:
    define: _Define = importlib.import_module(f"hipaa_constructs.landing_zone.organization.{name}").define
    return define
