"""One security property undone, in one resource of one template."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.mutation.template_sites import Edit, Site, applied, is_intrinsic, shown


@dataclass(frozen=True, slots=True)
class Mutant:
    """A template with ``edits``; ``operator`` names the kind of change, ``change`` says what it is."""

    operator: str
    logical_id: str
    resource_type: str
    place: str
    change: str
    edits: Sequence[Edit]

    def body(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """Return the mutated template."""
        return applied(template, self.edits)

    def __str__(self) -> str:
        return f"{self.operator}: {self.resource_type} {self.place} ({self.change})"


def mutant(operator: str, site: Site, resource_type: str, change: str, *edits: Edit) -> Mutant:
    """Make a mutant of the resource that ``site`` is in."""
    return Mutant(operator, str(site.path[1]), resource_type, shown(site.path) or "resource", change, edits)


def brief(value: Any, types: Mapping[str, str]) -> str:
    """Write a value for comparison and display: with types in place of logical ids, so that likes are alike."""
    return json.dumps(_typed(value, types), separators=(",", ":"), default=str)


def _typed(value: Any, types: Mapping[str, str]) -> Any:
    if is_intrinsic(value):
        ((function, argument),) = value.items()
        if function == "Ref":
            return f"<{types.get(argument, argument)}>"
        if function == "Fn::GetAtt" and isinstance(argument, list):
            return f"<{types.get(argument[0], argument[0])}.{argument[1]}>"
        if function == "Fn::Join":
            return "".join(str(_typed(part, types)) for part in argument[1])
        return f"<{function}>"
    if isinstance(value, Mapping):
        return {key: _typed(item, types) for key, item in value.items()}
    return [_typed(item, types) for item in value] if isinstance(value, list) else value
