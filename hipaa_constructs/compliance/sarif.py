"""Findings as SARIF 2.1.0, which code hosts show on the lines of the templates."""

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
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement, place_of
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.rule import Finding, MetaRule, Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_KEY = re.compile(r"""^([ \t]*)["']?([^"'\s:{}\[\],]+)["']?[ \t]*:""")


def as_sarif(findings: Sequence[Finding], app: App, *, accepted: Sequence[tuple[Finding, Acknowledgement]] = ()) -> str:
    """Return findings as one SARIF run, with the metadata of every rule, so that a clean run tells what was asked.

    :param accepted: findings that somebody accepted, which the run holds as suppressed.
    """
    described = {rule.id: rule for rule in every_rule()}
    every = [*findings, *(finding for finding, _ in accepted)]
    samples = {_base(finding.rule_id): finding for finding in reversed(every)}
    names = sorted({*described, *samples})
    index = {name: position for position, name in enumerate(names)}
    lines = _Lines(app, every)
    driver = {
        "name": "hipaa-constructs",
        "semanticVersion": version("hipaa-constructs"),
        "rules": [_rule(name, described.get(name), samples.get(name)) for name in names],
    }
    results = [_result(finding, index, app, lines) for finding in findings]
    results += [
        {**_result(finding, index, app, lines), "suppressions": [_suppression(one)]} for finding, one in accepted
    ]
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
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
    return {
        "id": name,
        "name": re.sub(r"\W", "", name.rpartition("-")[2]) or name,
        "shortDescription": {"text": title},
        "help": {"text": about.fix or title},
        "defaultConfiguration": {"level": about.severity},
        "properties": {"tags": ["security", "HIPAA", *dict.fromkeys(about.controls)]},
    }


def _result(finding: Finding, index: Mapping[str, int], app: App, lines: _Lines) -> Mapping[str, Any]:
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
    location: dict[str, Any] = {}
    if finding.template:
        physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.template, app)}}
        line = lines.of(finding)
        if line is not None:
            physical["region"] = {"startLine": line}
        location["physicalLocation"] = physical
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


def _uri(template: str, app: App) -> str:
    file = app.files.get(template)
    if file is None:
        return quote(template.encode("utf-8", "surrogateescape"))
    absolute = file.absolute()
    try:
        # Code hosts show a finding on a file that they know by its path in the repository.
        relative = absolute.relative_to(Path.cwd())
    except ValueError:
        return absolute.as_uri()
    return quote(relative.as_posix().encode("utf-8", "surrogateescape"))


def _base(rule_id: str) -> str:
    return rule_id.split("[", 1)[0]


class _Lines:
    """On which line of its file each resource with a finding begins."""

    def __init__(self, app: App, findings: Sequence[Finding]) -> None:
        self._lines: dict[tuple[str, str], int] = {}
        wanted: dict[str, set[str]] = {}
        for finding in findings:
            if finding.resource_logical_id:
                wanted.setdefault(finding.template, set()).add(finding.resource_logical_id)
        for template, logical_ids in wanted.items():
            file = app.files.get(template)
            if file is not None:
                self._read(template, file, logical_ids)

    def of(self, finding: Finding) -> int | None:
        """Return the line, if it is known."""
        return self._lines.get((finding.template, finding.resource_logical_id))

    def _read(self, template: str, file: Path, logical_ids: set[str]) -> None:
        try:
            text = file.read_text("utf-8", errors="replace")
        except OSError:
            return
        inside = False
        indent: str | None = None
        for number, line in enumerate(text.splitlines(), start=1):
            key = _KEY.match(line)
            if key is None:
                continue
            if not inside:
                inside = key.group(2) == "Resources"
            elif indent is None or key.group(1) == indent:
                # Resources are the keys on the level of the first one.
                indent = key.group(1)
                if key.group(2) in logical_ids:
                    self._lines.setdefault((template, key.group(2)), number)
