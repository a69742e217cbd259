"""The control matrix, counted again from the raw files by other means than the package's."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import hipaa_constructs.compliance
from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance import engine
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.rule import Outcome
from hipaa_constructs.evidence.model import Evidence

CATALOGUE = Path(hipaa_constructs.compliance.__file__).parent / "catalogue"

Outcomes = dict[str, dict[str, set[str]]]
"""Rule id, outcome, construct paths."""


def load(file: Path) -> Any:
    return json.loads(file.read_text())


def templates(folder: Path) -> dict[str, Any]:
    return {str(file.relative_to(folder)): load(file) for file in folder.rglob("*.template.json")}


def construct_paths(folder: Path) -> dict[tuple[str, str], str]:
    """Construct paths by template and logical id, from the metadata in the templates."""
    found = {}
    for name, template in templates(folder).items():
        for logical_id, resource in template["Resources"].items():
            found[name, logical_id] = resource.get("Metadata", {}).get("aws:cdk:path", "")
    return found


def classes(node: dict[str, Any]) -> dict[str, str]:
    found = {node["path"]: node.get("constructInfo", {}).get("fqn", "")}
    for child in node.get("children", {}).values():
        found.update(classes(child))
    return found


def silenced(folder: Path) -> list[tuple[str, str]]:
    """Rule ids that were acknowledged without their pack, each with where."""
    found = []
    for file in folder.rglob("*.metadata.json"):
        for path, entries in load(file).items():
            for entry in entries:
                if entry["type"] == "aws:cdk:acknowledged-rules":
                    found += [
                        (key.removeprefix("Annotation::"), path.lstrip("/"))
                        for key in entry["data"]
                        if key.startswith("Annotation::")
                    ]
    return found


def reported(folder: Path, plugin: str) -> Outcomes:
    outcomes: Outcomes = defaultdict(lambda: defaultdict(set))
    for report in load(folder / "validation-report.json")["pluginReports"]:
        if report["pluginName"] != plugin:
            continue
        for key in ("violations", "suppressedViolations"):
            for violation in report.get(key) or []:
                threw = "threw an error" in violation["description"]
                outcome = "acknowledged" if key != "violations" else "unknown" if threw else "failed"
                rule = violation["ruleName"].split("[")[0]
                for construct in violation["violatingConstructs"]:
                    place = construct["constructPath"]
                    if rule.startswith("HIPAA.Constructs-Acknowledgement"):
                        # These look at acknowledgements: one each, whatever construct they stand on.
                        place = violation["description"].split("): ")[0]
                    outcomes[rule][outcome].add(place)
    return outcomes


def fold_in(outcomes: Outcomes, folder: Path) -> dict[str, set[str]]:
    """Add what the gate recorded of cdk-nag and this package's findings tell; return what none tells."""
    ours, twins = own(folder), load(CATALOGUE / "nag_twins.json")["rules"]
    listed = {(rule, place) for rule, found in outcomes.items() for places in found.values() for place in places}
    untold: dict[str, set[str]] = defaultdict(set)
    for rule_id, place, _, message in load(folder / "hipaa-gate.json")["packs"]["HIPAA.Security"]["findings"]:
        rule = rule_id.split("[")[0]
        if (rule, place) in listed:
            continue
        alike = twins[rule.removeprefix("HIPAA.Security-")]["own"]
        told = {
            outcome
            for name in alike
            for outcome, places in ours[f"HIPAA.Constructs-{name}"].items()
            if outcome != "passed" and place in places
        }
        if told:
            plain = "unknown" if "threw an error" in message else "failed"
            outcomes[rule]["acknowledged" if told == {"acknowledged"} else plain].add(place)
        else:
            untold[rule].add(place)
    return untold


def nag(folder: Path) -> Outcomes:
    """What cdk-nag's rules came to, passes included."""
    outcomes = reported(folder, "HIPAA.Security")
    false_alarms = fold_in(outcomes, folder)
    known = classes(load(folder / "tree.json")["tree"])
    silent = silenced(folder)
    paths = construct_paths(folder)
    for rule in load(CATALOGUE / "nag_rules.json")["rules"]:
        decided = set().union(*outcomes[rule["id"]].values(), false_alarms[rule["id"]])
        for name, template in templates(folder).items():
            for logical_id, resource in template["Resources"].items():
                path = paths[name, logical_id]
                if resource["Type"] not in rule["resource_types"] or path in decided:
                    continue
                if known[path] == "aws-cdk-lib.CfnResource":
                    continue
                hidden = any(rule["id"] == one and path.startswith(f"{where}/") for one, where in silent)
                outcomes[rule["id"]]["unknown" if hidden else "passed"].add(path)
    return outcomes


def own(folder: Path) -> Outcomes:
    """What this package's rules came to: the report tells all but the passes, some of it in findings of other rules."""
    outcomes = reported(folder, "HIPAA.Constructs")
    said = "\n".join(descriptions(folder))
    for result in engine.evaluate(assembly.load([folder])):
        found, place = outcomes[result.rule.id], result.resource.construct_path
        if result.verdict.outcome is Outcome.PASSED:
            found["passed"].add(place)
        elif result.verdict.outcome is Outcome.FAILED and not any(place in places for places in found.values()):
            assert result.verdict.seen[0] in said, f"nothing tells {result.rule.id} of {place}"
            found["failed"].add(place)
    return outcomes


def descriptions(folder: Path) -> list[str]:
    """What the report says of findings that fail, in words."""
    reports = load(folder / "validation-report.json")["pluginReports"]
    return [violation["description"] for report in reports for violation in report.get("violations") or []]


def counts_under(rule_id: str, control: str) -> bool:
    """Whether a rule counts under an entry: cdk-nag's by the reviewed list, this package's by its own."""
    for rule in load(CATALOGUE / "nag_rules.json")["rules"]:
        if rule["id"] == rule_id:
            return control in rule["counted"]
    return any(control in rule.controls for rule in every_rule() if rule.id == rule_id)


def assert_same(evidence: Evidence, folder: Path) -> None:
    everything = {**nag(folder), **own(folder)}
    for rule_id, rule in evidence.rules.items():
        if rule_id.startswith("HIPAA.Constructs-Template"):
            assert rule.counts.total == len(templates(folder))
            continue
        expected = {outcome: len(found) for outcome, found in everything.get(rule_id, {}).items() if found}
        if rule_id == "HIPAA.Constructs-EligibleService" and "passed" in expected:
            # One question of the app: it passes once, and only where nothing else was found.
            expected = {"passed": 1} if len(expected) == 1 else {k: n for k, n in expected.items() if k != "passed"}
        actual = {outcome: len(found) for outcome, found in rule.resources.items() if found}
        if rule_id.startswith("HIPAA.Constructs-Acknowledgement"):
            actual.pop("passed", None)
        assert actual == expected, rule_id
    controls = load(CATALOGUE / "controls.json")["controls"]
    assert list(evidence.controls) == [control["id"] for control in controls]
    for control in evidence.controls.values():
        rules = [rule for rule in evidence.rules.values() if counts_under(rule.id, control.id)]
        assert set(control.rules) == {rule.id for rule in rules}
        assert control.checks.failed == sum(len(rule.resources["failed"]) for rule in rules)
        assert control.checks.passed == sum(len(rule.resources["passed"]) for rule in rules)
        failed = {name for rule in rules for name in rule.resources["failed"]}
        passed = {name for rule in rules for name in rule.resources["passed"]}
        others = {name for rule in rules for o in ("unknown", "acknowledged") for name in rule.resources[o]}
        assert set(control.resources["failed"]) == failed
        assert set(control.resources["passed"]) == passed - failed - others
        if control.infrastructure.status == "passed":
            assert passed
            assert not failed | others
        undecided = any(rule.resources["unknown"] for rule in rules)
        # Nobody attested anything, so that no entry comes to more than this.
        assert control.status == ("open" if failed or undecided else "not_attested")


def test_a_clinic_with_every_kind_of_outcome(clinic: Evidence, clinic_folder: Path) -> None:
    assert_same(clinic, clinic_folder)
    counts = clinic.summary.checks
    assert min(counts.passed, counts.failed, counts.acknowledged, counts.unknown) > 0


def test_a_clean_app(clean: Evidence, clean_folder: Path) -> None:
    assert_same(clean, clean_folder)
    assert clean.summary.checks.failed == clean.summary.findings == 0


def test_the_summary_adds_up(clinic: Evidence) -> None:
    assert sum(clinic.summary.controls.values()) == len(clinic.controls) == 69
    assert clinic.summary.checks.total == sum(rule.counts.total for rule in clinic.rules.values())
    assert clinic.summary.errors + clinic.summary.warnings == len(clinic.findings)
    # One failed check may have several findings, but none has no finding, in a sentence of its own.
    told = sum(one.message.count(". ") + 1 + len(one.also) for one in clinic.findings if one.outcome == "failed")
    assert clinic.summary.checks.failed <= told
