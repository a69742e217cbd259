"""Why a mutant that undoes something is let through all the same, where that is a decision."""

from __future__ import annotations

import re

from benchmarks.mutation.mutant import Mutant

# By operator, type and place, and change.
_DECISIONS: tuple[tuple[str, str, str, str], ...] = ()


def why_survived(mutant: Mutant) -> str | None:
    """Return the reason why no rule looks for a mutant, or None if there is none yet."""
    place = f"{mutant.resource_type} {mutant.place}"
    for operator, where, change, reason in _DECISIONS:
        if (
            re.fullmatch(operator or ".*", mutant.operator)
            and re.search(where, place)
            and re.search(change, mutant.change)
        ):
            return reason
    return None
