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
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement, place_of
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.rule import Finding, MetaRule, Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# What the rules are about, which validators ask for an address of; the Security Rule as it stands today.
_RULE = "https://www.ecfr.gov/current/title-45/subtitle-A/subchapter-C/part-164/subpart-C"


def as_sarif(findings: Sequence[Finding], app: App, *, accepted: Sequence[tuple[Finding, Acknowledgement]] = ()) -> str:
    """Return findings as one SARIF run, with the metadata of every rule, so that a clean run tells what was asked.

    :param accepted: findings that somebody accepted, which the run holds as suppressed.
    """
    described = {rule.id: rule for rule in every_rule()}
    every = [*findings, *(finding for finding, _ in accepted)]
    samples = {_base(finding.rule_id): finding for finding in reversed(every)}
    names = sorted({*described, *samples})
    index = {name: position for position, name in enumerate(names)}
    sources = Sources(app)
    driver = {
        "name": "hipaa-constructs",
        "semanticVersion": version("hipaa-constructs"),
        "informationUri": _RULE,
        "rules": [_rule(name, described.get(name), samples.get(name)) for name in names],
    }
    # Without a baseline nothing is said of it: SARIF's states compare one run with another.
    compared = any(finding.baseline is not None for finding in every)
    results = [
        {
            **_result(finding, index, app, sources.of(finding.construct_path)),
            **({"baselineState": "new" if finding.baseline is None else "unchanged"} if compared else {}),
        }
        for finding in findings
    ]
    results += [
        {
            **_result(finding, index, app, sources.of(finding.construct_path)),
            "suppressions": [_suppression(one)],
        }
        for finding, one in accepted
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _suppression(one: Acknowledgement) -> Mapping[str, Any]:
    """Return who accepted a finding, why and until when."""
    ends = f" until {one.expires}" if one.expires else ""
    return {
        "kind": "external" if one.origin == "file" else "inSource",
        "status": "accepted",
        "justification": f"{one.reason} (approved by {one.approved_by or 'nobody'}{ends})",
    }


def _rule(name: str, rule: Rule | MetaRule | None, sample: Finding | None) -> Mapping[str, Any]:
    # A rule of another pack is known by what it found alone.
    about = rule or sample
    assert about is not None
    title = rule.title if rule else sample.message if sample else name
    told = rule.explanation.replace("``", "'") if isinstance(rule, Rule) else ""
    return {
        "id": name,
        "name": re.sub(r"\W", "", name.rpartition("-")[2]) or name,
        "shortDescription": {"text": title},
        "fullDescription": {"text": " ".join(told.split()) or title},
        "help": {"text": about.fix or title},
        "defaultConfiguration": {"level": about.severity},
        "properties": {"tags": ["security", "HIPAA", *dict.fromkeys(about.controls)]},
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
    if finding.baseline is not None:
        result["properties"]["baseline"] = finding.baseline.as_dict()
    for name_, ids in (("also", finding.also), ("tells", finding.tells)):
        if ids:
            result["properties"][name_] = list(ids)
    if finding.outcome == "overruled":
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": finding.message}]
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
