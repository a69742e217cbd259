"""What ``secure_defaults`` changed in an app, as the app's cloud assemblies keep it; imports no aws_cdk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from hipaa_constructs.cloudformation.model import App

# The type of the metadata entry that each stack carries.
METADATA_KEY = "hipaa-constructs:secure-defaults"

# set: the app said nothing, and now it is as ``setting`` says. left: CloudFormation would replace the resource.
# unreached: nothing here can mend it, and ``why`` says what the app has to do.
Outcome = Literal["set", "left", "unreached"]


@dataclass(frozen=True, slots=True)
class Change:
    """One setting of one construct, and what became of it.

    ``properties`` are those of CloudFormation, ``why`` is for people: the reason, or what has to be done instead.
    """

    path: str
    resource_type: str
    setting: str
    properties: tuple[str, ...]
    outcome: Outcome
    why: str


def as_metadata(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Return what is written into a stack's metadata."""
    return [{**asdict(change), "properties": list(change.properties)} for change in changes]


def changes_of(app: App) -> Sequence[Change]:
    """Return what ``secure_defaults`` recorded in the cloud assemblies of ``app``, stack by stack."""
    return [
        change
        for assembly in app.assemblies
        for stack in assembly.stacks
        for _, kind, data in stack.metadata
        if kind == METADATA_KEY and isinstance(data, list)
        for change in (_read(entry) for entry in data)
        if change is not None
    ]


def _read(entry: Any) -> Change | None:
    """Read one change; None for what this version does not write."""
    if not isinstance(entry, Mapping):
        return None
    path, resource_type, setting, why = (entry.get(name) for name in ("path", "resource_type", "setting", "why"))
    properties = entry.get("properties")
    outcome: Outcome | None = next((one for one in get_args(Outcome) if one == entry.get("outcome")), None)
    if outcome is None or not isinstance(properties, list):
        return None
    if not (
        isinstance(path, str) and isinstance(resource_type, str) and isinstance(setting, str) and isinstance(why, str)
    ):
        return None
    return Change(path, resource_type, setting, tuple(map(str, properties)), outcome, why)
