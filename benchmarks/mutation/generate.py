"""All mutants of a set of templates, likes counted once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.mutation.mutant import Mutant
from benchmarks.mutation.policy_operators import policy_mutants
from benchmarks.mutation.resource_operators import resource_mutants
from benchmarks.mutation.value_operators import property_mutants


@dataclass(frozen=True, slots=True)
class Case:
    """A mutant of one template; ``likes`` is how many resources of the template the same change was made to."""

    template: str
    mutant: Mutant
    likes: int


def cases(name: str, body: Mapping[str, Any]) -> Sequence[Case]:
    """Return a template's mutants: of those that differ only in which resource they change, the first."""
    found: dict[tuple[str, ...], list[Mutant]] = {}
    for mutant in [*property_mutants(body), *policy_mutants(body), *resource_mutants(body)]:
        key = (mutant.operator, mutant.resource_type, mutant.place, mutant.change)
        found.setdefault(key, []).append(mutant)
    return [Case(name, mutants[0], len(mutants)) for mutants in found.values()]
