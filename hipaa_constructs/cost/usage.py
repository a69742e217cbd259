"""How much an app is used, as a preset or a file says, and how that grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hipaa_constructs.cost.amounts import AMOUNTS, preset

DEFAULT_SCALE = "startup"
DEFAULT_FILE = "hipaa-usage.yaml"


@dataclass(frozen=True, slots=True)
class Usage:
    """The amounts of a month at the end of the first year, and of which scale those are that nobody gave."""

    scale: str
    amounts: Mapping[str, Decimal]
    # Keys that a file gave, and the file.
    given: frozenset[str] = frozenset()
    file: str = ""

    @classmethod
    def at(cls, scale: str = DEFAULT_SCALE) -> Usage:
        """Return the amounts of one of ``SCALES``."""
        return cls(scale, preset(scale))

    def of_year(self, key: str, year: int) -> Decimal:
        """Return what an amount has grown to by the end of a year, the first being 1."""
        grows = AMOUNTS[key].grows
        if not grows:
            return self.amounts[key]
        return self.amounts[key] * (1 + self.amounts[f"growth.{grows}_percent"] / 100) ** (year - 1)
