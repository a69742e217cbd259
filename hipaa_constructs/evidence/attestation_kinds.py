"""What people can attest, and the file in which they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hipaa_constructs.compliance.controls import read

DEFAULT_FILE = "hipaa-attestations.toml"


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that can be attested; ``beyond`` are provisions of 45 CFR part 164 besides the 69 entries."""

    id: str
    title: str
    hint: str
    per_account: bool
    review_days: int
    controls: tuple[str, ...]
    beyond: tuple[str, ...]


@cache
def kinds() -> Mapping[str, Kind]:
    """Return what can be attested, by id."""
    entries = read("attestations.json")["attestations"]
    return {
        entry["id"]: Kind(**{**entry, "controls": tuple(entry["controls"]), "beyond": tuple(entry["beyond"])})
        for entry in entries
    }
