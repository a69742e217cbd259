"""The validation report of a synth: what each plugin found, and which of it was acknowledged."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.load.validation_report import FILE, read_validation_report
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement, bare
from hipaa_constructs.compliance.said import iso_date

_EARLIER_FILE = "policy-validation-report.json"
# How `acknowledge` writes who approved into the one text that CDK keeps.
_APPROVAL = re.compile(
    r"(?P<reason>.*) \[Approved by (?P<by>.*?)(?: until (?P<until>\d{4}-\d\d-\d\d))?\.(?: Ticket: (?P<ticket>.*)\.)?\]",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule on one construct, as a plugin reported it; ``acknowledged`` where someone accepted it.

    ``also`` are ids of other packs' rules that the gate says found the same.
    """

    plugin: str
    rule_id: str
    severity: str
    message: str
    fix: str
    construct_path: str
    template: str
    logical_id: str
    acknowledged: Acknowledgement | None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that the report speaks of; ``error`` is why it could not run."""

    name: str
    version: str
    conclusion: str
    error: str
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """The whole report."""

    schema: str
    plugins: Mapping[str, Plugin]

    def violations(self, plugin: str) -> tuple[Violation, ...]:
        """Return what a plugin reported, acknowledged or not."""
        return self.plugins[plugin].violations if plugin in self.plugins else ()


def read_report(folder: Path) -> ValidationReport:
    """Read the report of a cdk.out folder.

    :raises UnusableInput: it is missing, broken, or of a form that this package does not know.
    """
    file = folder / FILE
    data = read_validation_report(folder)
    if data is None:
        why = "there is none, so nothing was validated: call enforce_hipaa(app) and synthesize again"
        if (folder / _EARLIER_FILE).is_file():
            why = f"there is only {_EARLIER_FILE} of an older aws-cdk-lib: synthesize with 2.271 or newer"
        raise UnusableInput(str(file), why)
    entries = data.get("pluginReports") if isinstance(data, Mapping) else None
    if not isinstance(entries, list) or not isinstance(data.get("version"), str):
        raise UnusableInput(str(file), "it is no validation report of aws-cdk-lib 2.271 or newer: synthesize again")
    plugins: dict[str, Plugin] = {}
    for entry in entries:
        try:
            plugin = _plugin(entry)
        except (AttributeError, KeyError, TypeError) as error:
            raise UnusableInput(
                str(file),
                f"it is of another version of aws-cdk-lib (schema {data['version']}): an entry has no usable {error}",
            ) from None
        earlier = plugins.get(plugin.name)
        # A plugin that is registered on several stages reports once for each.
        plugins[plugin.name] = _merged(earlier, plugin) if earlier else plugin
    return ValidationReport(data["version"], plugins)


def _plugin(entry: Mapping[str, Any]) -> Plugin:
    name = str(entry["pluginName"])
    error = (entry.get("metadata") or {}).get("error", "") if entry["conclusion"] == "failure" else ""
    found = [
        *_violations(name, entry["violations"]),
        *_violations(name, entry.get("suppressedViolations") or ()),
    ]
    return Plugin(
        name=name,
        version=str(entry.get("pluginVersion") or ""),
        conclusion=str(entry["conclusion"]),
        error=str(error) if not entry["violations"] else "",
        violations=tuple(found),
    )


def _merged(one: Plugin, other: Plugin) -> Plugin:
    worse = one if one.conclusion == "failure" else other
    found = tuple(dict.fromkeys((*one.violations, *other.violations)))
    return Plugin(one.name, one.version, worse.conclusion, one.error or other.error, found)


def _violations(plugin: str, entries: Any) -> Iterator[Violation]:
    for entry in entries:
        acknowledged = _acknowledgement(entry) if "acknowledgedId" in entry else None
        also = (entry.get("ruleMetadata") or {}).get("also")
        for construct in entry["violatingConstructs"]:
            place = construct.get("cloudFormationResource") or {}
            yield Violation(
                plugin=plugin,
                rule_id=str(entry["ruleName"]),
                severity="warning" if entry.get("severity") in ("warning", "info") else "error",
                message=str(entry.get("description") or ""),
                fix=str(entry.get("suggestedFix") or ""),
                construct_path=str(construct.get("constructPath") or ""),
                template=str(place.get("templatePath") or ""),
                logical_id=str(place.get("logicalId") or ""),
                acknowledged=acknowledged,
                also=tuple(str(also).split(", ")) if also else (),
            )


def _acknowledgement(entry: Mapping[str, Any]) -> Acknowledgement:
    """Read an acknowledgement back; CDK leaves out the path of one that was made on the app."""
    written = str(entry.get("reason") or "")
    parts = _APPROVAL.fullmatch(written)
    until: datetime.date | None = iso_date(parts["until"]) if parts else None
    return Acknowledgement(
        rule_id=bare(str(entry["acknowledgedId"])),
        reason=parts["reason"] if parts else written,
        approved_by=parts["by"] if parts else "",
        expires=until,
        ticket=parts["ticket"] if parts else None,
        compensating_control=None,
        path=str(entry.get("acknowledgedAt") or ""),
        origin="library" if parts and re.fullmatch(r"hipaa_constructs \S+", parts["by"]) and not until else "code",
    )
