"""Says of findings where what they are about is written: in the template and, for a CDK app, in its own code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hipaa_constructs.cloudformation.load.places import Places
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.reads import Path
from hipaa_constructs.cloudformation.sources import Sources
from hipaa_constructs.compliance.rule import Finding


class Locator:
    """Finds the places of one app; templates are read for it when they are first asked for."""

    def __init__(self, app: App) -> None:
        self._places = Places(app)
        self._sources = Sources(app)

    def located(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return findings with their line and column in the template and their line in the app, as far as known."""
        return [self._located(finding) for finding in findings]

    def line_of(self, template: str, logical_id: str, within: Path = ()) -> int | None:
        """Return the line in its template of a part of a resource, or of what is above it; None if not written."""
        mark = self._places.of(template, logical_id, within)
        return mark.line if mark is not None else None

    def source_of(self, construct_path: str) -> str:
        """Return the line of the app that makes a construct, as ``file:line``; empty if not known."""
        source = self._sources.of(construct_path)
        return str(source) if source is not None else ""

    def _located(self, finding: Finding) -> Finding:
        source = self._sources.of(finding.construct_path)
        mark = self._places.of(finding.template, finding.resource_logical_id, finding.place)
        line, column = mark if mark is not None else (finding.line, finding.column)
        return replace(finding, line=line, column=column, source=str(source) if source else None)
