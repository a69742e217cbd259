"""How much an app is used, as a preset or a file says, and how that grows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hipaa_constructs.cost.amounts import AMOUNTS, SCALES, SECTIONS, preset

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


def usage_text(scale: str = DEFAULT_SCALE) -> str:
    """Return a usage file with every key commented out, as the preset of a scale has it."""
    return "\n".join(_lines(scale))


def _lines(scale: str) -> Iterator[str]:
    yield "# How much the app is used: what `hipaa-constructs cost` rests its quantities on. They are assumptions of"
    yield "# hipaa-constructs for a scale, and nobody's measurement: remove the # before a line, and give your own."
    yield "#"
    for name, words in SCALES.items():
        yield f"# - {name}: {words}"
    yield f"scale: {scale}"
    amounts = preset(scale)
    for section, about in SECTIONS.items():
        yield f"\n# {about}\n# {section}:"
        for key, amount in AMOUNTS.items():
            if key.startswith(f"{section}."):
                value = f"{key.removeprefix(f'{section}.')}: {amounts[key]:f}"
                yield f"#   {value:<36} # {amount.unit}: {amount.what}"
    yield ""
