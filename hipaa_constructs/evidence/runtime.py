"""What watches controls after deployment: AWS Config's rules, and alarms on the audit trail."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import spread
from hipaa_constructs.compliance.controls import config_rules, nag_rules, read
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.model import ConfigRuleEvidence, ResourceName, RuntimeCheck

_PACKS = ("AWS::Config::ConformancePack", "AWS::Config::OrganizationConformancePack")
_IDENTIFIER = re.compile(r"""SourceIdentifier["']?\s*:\s*["']?([A-Z0-9_]+)""")
_HASH = re.compile(r"[0-9a-f]{64}")


def config_rules_of(app: App, folder: Path, names: Names) -> Sequence[ConfigRuleEvidence]:
    """Return the rules of the HIPAA conformance pack, with what proves them at synth and what deploys them."""
    proven: dict[str, list[str]] = defaultdict(list)
    for rule in nag_rules().values():
        proven[rule.config_rule].append(rule.id)
    for name, ids in read("config_equivalents.json")["equivalents"].items():
        proven[name].extend(ids)
    deployed: dict[str, list[ResourceName]] = defaultdict(list)
    for identifier, resource in _deployed(app, folder):
        deployed[identifier].append(names.of(resource))
    return [
        ConfigRuleEvidence(
            name=rule.name,
            source_identifier=rule.source_identifier,
            controls=rule.controls,
            proven_by=tuple(sorted(set(proven.get(rule.name, ())))),
            deployed=names.sort(set(deployed.get(rule.source_identifier, ()))),
        )
        for rule in config_rules().values()
    ]


def alarms_of(app: App, names: Names) -> Sequence[RuntimeCheck]:
    """Return the alarms that the catalogue asks for; one is deployed where its filter has the exact pattern."""
    metrics: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
    for metric_filter in app.of_type("AWS::Logs::MetricFilter"):
        pattern = metric_filter.get("FilterPattern")
        if isinstance(pattern, str):
            for entry in spread(metric_filter.properties, "MetricTransformations[]"):
                if isinstance(entry, Mapping):
                    metrics[pattern].append((entry.get("MetricNamespace"), entry.get("MetricName")))
    alarms: dict[tuple[str, str], list[Resource]] = defaultdict(list)
    for alarm in app.of_type("AWS::CloudWatch::Alarm"):
        space, name = alarm.get("Namespace"), alarm.get("MetricName")
        if isinstance(space, str) and isinstance(name, str):
            alarms[space, name].append(alarm)
    return [
        RuntimeCheck(
            kind="alarm",
            name=entry["metric_name"],
            controls=tuple(entry["controls"]),
            deployed=names.sort(
                {
                    names.of(alarm)
                    for metric in metrics.get(entry["filter_pattern"], ())
                    if all(isinstance(part, str) for part in metric)
                    for alarm in alarms.get(metric, ())
                }
            ),
        )
        for entry in read("metric_filters.json")["filters"]
    ]


def _deployed(app: App, folder: Path) -> Iterator[tuple[str, Resource]]:
    """Yield the source identifiers of AWS Config's managed rules that the templates set up."""
    for rule in app.of_type("AWS::Config::ConfigRule"):
        identifier = rule.get("Source.SourceIdentifier")
        if isinstance(identifier, str):
            yield identifier, rule
    for rule in app.of_type("AWS::Config::OrganizationConfigRule"):
        identifier = rule.get("OrganizationManagedRuleMetadata.RuleIdentifier")
        if isinstance(identifier, str):
            yield identifier, rule
    for pack in app.of_type(*_PACKS):
        for text in _bodies(pack, folder):
            for identifier in _IDENTIFIER.findall(text):
                yield identifier, pack


def _bodies(pack: Resource, folder: Path) -> Iterator[str]:
    """Yield a conformance pack's template: as written, or from the asset that CDK uploads for it."""
    body = pack.get("TemplateBody")
    if isinstance(body, str):
        yield body
    for found in set(_HASH.findall(json.dumps(pack.raw.get("Properties"), default=str))):
        for file in sorted(folder.rglob(f"asset.{found}*")):
            if file.is_file():
                yield file.read_text("utf-8", errors="replace")
