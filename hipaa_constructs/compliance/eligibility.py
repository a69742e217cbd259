"""Looks a service, a CloudFormation namespace or a type up in AWS's list of HIPAA-eligible services."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from hipaa_constructs.compliance.controls import Service, excluded_types, namespace_statuses, services


@dataclass(frozen=True, slots=True)
class Standing:
    """What the list says of one service, namespace or type."""

    name: str
    status: Literal["eligible", "tool", "unverified", "not_listed", "excluded"]
    namespaces: tuple[str, ...] = ()
    notes: str = ""
    exclusions: str = ""
    lifecycle: str = ""

    def as_dict(self) -> Mapping[str, Any]:
        """Return it as JSON data."""
        return asdict(self)


def look_up(name: str) -> Sequence[Standing]:
    """Return the standing of what ``name`` means: one, several where it fits several, none where it fits nothing."""
    if "::" in name:
        return _of_type(name)
    wanted = _plain(name)
    exact = [service for service in services() if _joined(service.name) == _joined(name)]
    spaces = [space for space in namespace_statuses() if _joined(space.partition("::")[2]) == _joined(name)]
    if not exact and wanted:
        # A word of the name, as in "connect"; parts of words fit too much, as "s3" does in "ns3".
        exact = [service for service in services() if f" {wanted} " in f" {_plain(service.name)} "]
    covered = {space for service in exact for space in service.namespaces}
    return [
        *(_of_service(service) for service in exact),
        *(standing for space in spaces if space not in covered for standing in _of_type(space)),
    ]


def nearest(name: str) -> Sequence[str]:
    """Return the names that are most like an unknown one."""
    known = {_joined(space.partition("::")[2]): space for space in namespace_statuses()}
    known.update({_joined(service.name): service.name for service in services()})
    close = difflib.get_close_matches(_joined(name), known, n=3, cutoff=0.6)
    return list(dict.fromkeys(known[match] for match in close))


def _of_service(service: Service) -> Standing:
    return Standing(
        name=service.name,
        status="eligible",
        namespaces=service.namespaces,
        notes=service.notes,
        exclusions=service.exclusions,
        lifecycle=service.lifecycle,
    )


def _of_type(name: str) -> Sequence[Standing]:
    spaces = {space.lower(): space for space in namespace_statuses()}
    namespace = spaces.get("::".join(name.split("::")[:2]).lower())
    if namespace is None:
        return []
    rest = "::".join(name.split("::")[2:])
    shown = f"{namespace}::{rest}" if rest else namespace
    for kind, why in excluded_types().items():
        if kind.lower() == shown.lower():
            return [Standing(kind, "excluded", notes=why)]
    behind = [service for service in services() if namespace in service.namespaces]
    return [
        Standing(
            name=shown,
            status=namespace_statuses()[namespace],
            notes="; ".join([*(f"part of {one.name}" for one in behind), *(one.notes for one in behind if one.notes)]),
            exclusions="; ".join(service.exclusions for service in behind if service.exclusions),
            lifecycle="; ".join(service.lifecycle for service in behind if service.lifecycle),
        )
    ]


def _joined(name: str) -> str:
    """Return a name as namespaces have it, without spaces, so that "App Runner" is what ``AWS::AppRunner`` is."""
    return _plain(name).replace(" ", "")


def _plain(name: str) -> str:
    """Drop what people write differently: case, the maker's name, punctuation, what stands in brackets."""
    lowered = re.sub(r"\(.*?\)", " ", name.lower())
    words = re.sub(r"[^a-z0-9]+", " ", lowered).split()
    return " ".join(word for word in words if word not in ("amazon", "aws"))
