"""Whether the files of a cdk.out belong together, and are of versions that this package can judge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.load.validation_report import FILE
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance import gate_record
from hipaa_constructs.compliance.acknowledgements.rules import BASELINE_RULES
from hipaa_constructs.compliance.acknowledgements.rules import RULES as ACKNOWLEDGEMENT_RULES
from hipaa_constructs.compliance.assess import Assessment
from hipaa_constructs.compliance.gate import NAME as GATE
from hipaa_constructs.compliance.nag import HIPAA
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.staged import RULE as STAGES_CLEAN
from hipaa_constructs.compliance.unjudged import RULE as APP_JUDGED
from hipaa_constructs.evidence.construct_tree import ConstructTree
from hipaa_constructs.evidence.validation_report import ValidationReport

# Below it, acknowledgements leak into other stacks, so that a clean report proves nothing.
_FLOOR = (2, 271)
_NAG_MAJOR = "3"


def require_judgeable(app: App, folder: Path, report: ValidationReport, tree: ConstructTree) -> None:
    """Refuse a cdk.out that is incomplete, or of a version that cannot be judged.

    :raises UnusableInput: which file, and why.
    """
    _require_nested(app, folder)
    if tree.aws_cdk_lib and _numbers(tree.aws_cdk_lib) < _FLOOR:
        least = ".".join(map(str, _FLOOR))
        raise UnusableInput(str(folder), f"aws-cdk-lib {tree.aws_cdk_lib} made it; synthesize with {least} or newer")
    nag = report.plugins.get(HIPAA)
    if nag and nag.version and nag.version.split(".")[0] != _NAG_MAJOR:
        raise UnusableInput(str(folder), f"cdk-nag {nag.version} checked it; synthesize with cdk-nag {_NAG_MAJOR}.x")
    gate = report.plugins.get(GATE)
    made_by = gate.version if gate else tree.enforced.get(GATE)
    here = version("hipaa-constructs")
    if made_by and made_by != here:
        raise UnusableInput(
            str(folder),
            f"hipaa-constructs {made_by} checked it and this is {here}, whose rules differ: synthesize again, or "
            f"install {made_by} for the report",
        )


def _require_nested(app: App, folder: Path) -> None:
    """Refuse an assembly that lacks the template of a nested stack that CDK made."""
    for resource in app.of_type("AWS::CloudFormation::Stack"):
        file = resource.metadata.get("aws:asset:path")
        if app.nested(resource) is None and (file or ".NestedStack/" in resource.construct_path):
            beside = app.files.get(resource.template.name, folder / "manifest.json").parent
            raise UnusableInput(
                str(beside / file) if isinstance(file, str) else str(beside),
                f"the template of the nested stack {resource.construct_path} is missing: synthesize again",
            )


def require_same_synth(
    findings: Sequence[Finding], folder: Path, report: ValidationReport, tree: ConstructTree
) -> None:
    """Refuse templates that were changed after the gate looked at them, or a report that an earlier synth left.

    :param findings: what this package's rules find in the templates now.
    :raises UnusableInput: the report says otherwise.
    """
    if GATE not in report.plugins and GATE not in tree.enforced:
        return
    unjudged = [violation.message for violation in report.violations(GATE) if violation.rule_id == APP_JUDGED.id]
    if unjudged:
        raise UnusableInput(str(folder / FILE), f"at this synth the gate did not judge: {unjudged[0]}")
    judged = {STAGES_CLEAN.id, *(rule.id for rule in (*ACKNOWLEDGEMENT_RULES, *BASELINE_RULES))}
    reported = [
        (violation.rule_id, _places(violation.construct_path, violation.template, violation.logical_id))
        for violation in report.violations(GATE)
        if violation.rule_id not in judged
    ]
    found = [
        (finding.rule_id, _places(finding.construct_path, finding.template, finding.resource_logical_id))
        for finding in findings
    ]
    for one, other, verb in ((found, reported, "does not report"), (reported, found, "reports")):
        known = {(rule_id, place) for rule_id, places in other for place in places}
        for rule_id, places in one:
            if not any((rule_id, place) in known for place in places):
                raise UnusableInput(str(folder / FILE), _changed(rule_id, places[0], verb))
    also = {
        (violation.rule_id, place): violation.also
        for violation in report.violations(GATE)
        for place in _places(violation.construct_path, violation.template, violation.logical_id)
    }
    for finding, (rule_id, places) in zip(findings, found, strict=True):
        for place in places:
            said = also.get((rule_id, place), finding.also)
            if said != finding.also:
                differ = " and ".join(sorted(set(said) ^ set(finding.also)))
                verb = "does not report" if set(finding.also) - set(said) else "reports"
                raise UnusableInput(str(folder / FILE), _changed(differ, places[0], verb))


def require_recorded(
    record: gate_record.GateRecord | None,
    assessment: Assessment,
    folder: Path,
    report: ValidationReport,
    tree: ConstructTree,
) -> None:
    """Refuse a cdk.out that differs from what the gate recorded when it judged it.

    :param assessment: what the packs' findings by the record, and this package's rules, come to.
    :raises UnusableInput: the record is missing, or which file or finding is not as recorded.
    """
    if record is None:
        if GATE in report.plugins or GATE in tree.enforced:
            why = "the gate ran at this synth, and its record is gone: synthesize again"
            raise UnusableInput(str(folder / gate_record.FILE), why)
        return
    gate_record.require_untouched(folder, record)
    stacks = tuple(template.stack_path or template.name for template in assessment.app.templates)
    if sorted(stacks) != sorted(record.stacks):
        differ = ", ".join(sorted(set(stacks) ^ set(record.stacks))) or "the number of stacks"
        raise UnusableInput(str(folder / "manifest.json"), f"it is not what the gate judged, by {differ}")
    ids_of = {name: {one.rule_id for one in pack.findings} for name, pack in record.packs.items()}
    for name in {*record.packs, *tree.enforced} - {GATE}:
        expected = [
            (one.rule_id, one.construct_path) for one in assessment.others if one.rule_id in ids_of.get(name, ())
        ]
        found = [(violation.rule_id, violation.construct_path) for violation in report.violations(name)]
        gate_record.require_same_findings(folder, expected, found)


def _changed(rule_id: str, place: str, verb: str) -> str:
    return (
        f"it {verb} {rule_id} on {place}, against what the templates show: it is of another synth, or templates or "
        "rules were changed since; synthesize again"
    )


def _places(construct_path: str, template: str, logical_id: str) -> list[str]:
    """Return the names that a finding's place may have; CDK adds a construct path where it can infer one."""
    return [place for place in (construct_path, f"{template}/{logical_id}" if logical_id else "") if place] or ["/"]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])
