"""Rules about the check itself: its acknowledgements, and what of the templates could be read."""

from __future__ import annotations

from dataclasses import dataclass

from hipaa_constructs.compliance.controls import rule_controls
from hipaa_constructs.compliance.rule import PREFIX, Severity


@dataclass(frozen=True, slots=True)
class MetaRule:
    """A rule that looks at no resource, in the words of those that do."""

    name: str
    title: str
    severity: Severity
    fix: str

    @property
    def id(self) -> str:
        """The public id, ``HIPAA.Constructs-<name>``."""
        return PREFIX + self.name

    @property
    def controls(self) -> tuple[str, ...]:
        """The controls that the rule checks, from the catalogue."""
        return rule_controls()[self.name]
