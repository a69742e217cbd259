"""Findings as SARIF 2.1.0, which code hosts show on the lines of the app, or else of the templates."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.sources import Source, Sources
from hipaa_constructs.compliance.acknowledgements.acknowledgement import place_of
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.rule import Finding, MetaRule, Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_sarif(findings: Sequence[Finding], app: App) -> str:
    """Return findings as one SARIF run, with the metadata of the rules they name."""
    described = {rule.id: rule for rule in every_rule()}
    names = sorted({_base(finding.rule_id) for finding in findings})
    index = {name: position for position, name in enumerate(names)}
    sources = Sources(app)
    samples = {_base(finding.rule_id): finding for finding in reversed(findings)}
    driver = {
        "name": "hipaa-constructs",
        "semanticVersion": version("hipaa-constructs"),
        "rules": [_rule(name, described.get(name), samples[name]) for name in names],
    }
    results = [_result(finding, index, app, sources.of(finding.construct_path)) for finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _rule(name: str, rule: Rule | MetaRule | None, sample: Finding) -> Mapping[str, Any]:
    title = rule.title if rule else sample.message
    return {
        "id": name,
        "name": re.sub(r"\W", "", name.rpartition("-")[2]) or name,
        "shortDescription": {"text": title},
        "help": {"text": (rule.fix if rule else sample.fix) or title},
        "defaultConfiguration": {"level": rule.severity if rule else sample.severity},
        "properties": {"tags": ["security", "HIPAA", *dict.fromkeys(rule.controls if rule else sample.controls)]},
    }


def _result(finding: Finding, index: Mapping[str, int], app: App, source: Source | None) -> Mapping[str, Any]:
    name = _base(finding.rule_id)
    place = place_of(finding)
    result: dict[str, Any] = {
        "ruleId": name,
        "ruleIndex": index[name],
        "level": finding.severity,
        "message": {"text": f"{finding.message} {finding.fix}".strip() or name},
        "partialFingerprints": {"ruleAndResource/v1": _fingerprint(finding)},
        "properties": {"outcome": finding.outcome, "controls": list(finding.controls)},
    }
    if finding.rule_id != name:
        result["properties"]["finding"] = finding.rule_id
    # Whoever reads it mends the app, where there is one, and not the template that it writes.
    written = _in_template(finding, app) if finding.template else None
    made = _in_app(source) if source is not None else None
    location: dict[str, Any] = {}
    if made or written:
        location["physicalLocation"] = made or written
    if made and written:
        result["relatedLocations"] = [{"physicalLocation": written, "message": {"text": "In the template"}}]
    if place != "/":
        logical = {"fullyQualifiedName": place, "kind": "resource"}
        if finding.resource_logical_id:
            logical["name"] = finding.resource_logical_id
        location["logicalLocations"] = [logical]
    if location:
        result["locations"] = [location]
    return result


def _fingerprint(finding: Finding) -> str:
    """Identify a finding from run to run; its wording and line may change."""
    identity = [finding.rule_id, finding.template, finding.construct_path, finding.resource_logical_id]
    if not finding.resource_logical_id:
        identity.append(finding.message)
    return hashlib.sha256("\0".join(identity).encode("utf-8", "backslashreplace")).hexdigest()


def _in_template(finding: Finding, app: App) -> Mapping[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.template, app)}}
    if finding.line is not None:
        physical["region"] = {"startLine": finding.line, "startColumn": finding.column}
    return physical


def _in_app(source: Source) -> Mapping[str, Any]:
    file = Path(source.absolute)
    shown = file.relative_to(Path.cwd()).as_posix() if file.is_relative_to(Path.cwd()) else source.file
    return {"artifactLocation": {"uri": _quoted(shown)}, "region": {"startLine": source.line}}


def _uri(template: str, app: App) -> str:
    file = app.files.get(template)
    if file is None:
        return _quoted(template)
    absolute = file.absolute()
    try:
        # Code hosts show a finding on a file that they know by its path in the repository.
        relative = absolute.relative_to(Path.cwd())
    except ValueError:
        return absolute.as_uri()
    return _quoted(relative.as_posix())


def _quoted(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"))


def _base(rule_id: str) -> str:
    return rule_id.split("[", 1)[0]
