"""What this package's rules find in a mutant that they do not find in the template as it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance import engine

Seen = frozenset[tuple[str, str, str]]


class OwnJudge:
    """Checks one cloud assembly again and again, with another body for one of its templates."""

    def __init__(self, folder: Path) -> None:
        self._app = assembly.load([folder])
        self._before = _seen(self._app)

    @property
    def bodies(self) -> Mapping[str, Mapping[str, Any]]:
        """The templates as they are, by name."""
        return {template.name: template.body for template in self._app.templates}

    def finds(self, name: str, body: Mapping[str, Any]) -> Seen:
        """Return what fails with ``body`` as the template ``name``, and did not fail before."""
        app = App()
        for template in self._app.templates:
            made = app.add(
                template.name,
                body if template.name == name else template.body,
                account=template.account,
                region=template.region,
                stack_path=template.stack_path,
                construct_paths=template.construct_paths,
            )
            made.stack_name = template.stack_name
        app.assemblies = self._app.assemblies
        return _seen(app) - self._before


def _seen(app: App) -> Seen:
    # By rule and resource, as acknowledgements go: another message of a finding that is accepted already is no news.
    return frozenset(
        (found.rule_id, found.template, found.resource_logical_id)
        for found in engine.findings(app)
        if found.outcome == "failed"
    )
