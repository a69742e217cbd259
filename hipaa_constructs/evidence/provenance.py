"""Where evidence comes from: which plugins ran, which versions, which templates, and what limits it."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from hipaa_constructs.cloudformation.load.files import read_bytes
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.controls import nag_rules, read
from hipaa_constructs.compliance.gate import NAME as GATE
from hipaa_constructs.compliance.gate_record import ACKNOWLEDGEMENTS, BASELINE, GateRecord, digest_of
from hipaa_constructs.compliance.nag import HIPAA
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.evidence import nag
from hipaa_constructs.evidence.construct_tree import ConstructTree
from hipaa_constructs.evidence.model import PackRun, ResourceName, TemplateEvidence, Versions
from hipaa_constructs.evidence.validation_report import ValidationReport

# How CDK ends a note that can be acknowledged.
_NOT_IN_REGION = "[ack: hipaa-constructs:not-in-region]"
_MOST_OWNERS = 5
_BESIDE = {ACKNOWLEDGEMENTS: "acknowledgements", BASELINE: "known findings"}


def packs_of(report: ValidationReport, tree: ConstructTree) -> Sequence[PackRun]:
    """Return the plugins that the report or the construct tree speaks of, and the two that there ought to be."""
    runs: list[PackRun] = []
    for name in sorted({*report.plugins, *tree.enforced, HIPAA, GATE}):
        plugin = report.plugins.get(name)
        violations = plugin.violations if plugin else ()
        suppressed = sum(1 for violation in violations if violation.acknowledged)
        runs.append(
            PackRun(
                name=name,
                version=plugin.version if plugin else tree.enforced.get(name, ""),
                ran=not plugin.error if plugin else name in tree.enforced,
                conclusion=plugin.conclusion if plugin else "success" if name in tree.enforced else "no trace",
                violations=len(violations) - suppressed,
                suppressed=suppressed,
            )
        )
    return runs


def templates_of(app: App) -> Sequence[TemplateEvidence]:
    """Return the templates, each with the hash of its file."""
    return [
        TemplateEvidence(
            name=template.name,
            stack_path=template.stack_path,
            account=template.account or "",
            region=template.region or "",
            resources=len(template.resources),
            sha256=hashlib.sha256(read_bytes(app.files[template.name])).hexdigest(),
        )
        for template in app.sources
    ]


def versions_of(report: ValidationReport, tree: ConstructTree) -> Versions:
    """Return what made the templates, and what makes the report."""
    return Versions(
        aws_cdk_lib=tree.aws_cdk_lib,
        cdk_nag=_nag_version(report, tree),
        hipaa_constructs=version("hipaa-constructs"),
        assembly_schema=report.schema,
    )


def _nag_version(report: ValidationReport, tree: ConstructTree) -> str:
    plugin = report.plugins.get(HIPAA)
    return plugin.version if plugin else tree.enforced.get(HIPAA, "")


def notes_of(report: ValidationReport, tree: ConstructTree, *, ran: bool, unseen: Sequence[ResourceName]) -> list[str]:
    """Return, in sentences, what limits the evidence."""
    notes: list[str] = []
    if not ran:
        plugin = report.plugins.get(HIPAA)
        why = f"it could not run ({plugin.error})" if plugin else "this synth holds no trace of it"
        notes.append(
            f"cdk-nag's pack {HIPAA} did not check these templates: {why}. Controls that its rules check are not "
            "shown as passed. Call enforce_hipaa(app) and synthesize again."
        )
    if GATE not in report.plugins and GATE not in tree.enforced:
        notes.append(
            "The gate did not run at this synth, so nothing was enforced. The rules of hipaa-constructs were run on "
            "its templates when this report was made."
        )
    notes += [
        f"The plugin {plugin.name} could not run: {plugin.error}"
        for plugin in report.plugins.values()
        if plugin.error and plugin.name != HIPAA
    ]
    if tree.paths is None:
        notes.append(
            "The app was synthesized without its construct tree, so it cannot be told which resources cdk-nag does "
            "not recognize, nor which version of aws-cdk-lib made the templates."
        )
    if unseen:
        shown = ", ".join(str(name) for name in unseen[:3])
        more = f" and {len(unseen) - 3} more" if len(unseen) > 3 else ""
        notes.append(
            f"cdk-nag does not recognize resources that are defined without their own class: {shown}{more}. They do "
            "not count as inspected by it; the rules of hipaa-constructs judged them from the templates."
        )
    described = re.sub(r"[^\d.]", "", read("nag_rules.json")["source"].partition(",")[0])
    used = _nag_version(report, tree)
    if used and used != described:
        notes.append(f"cdk-nag was {used}; which resources its rules inspect is known of {described}.")
    unknown_rules = sorted({nag.base(violation.rule_id) for violation in report.violations(HIPAA)} - set(nag_rules()))
    if unknown_rules:
        notes.append(f"The catalogue does not know these rules of cdk-nag: {', '.join(unknown_rules)}.")
    return notes


def known_of(findings: Sequence[Finding], today: datetime.date, *, report_only: bool) -> list[str]:
    """Return, in sentences, what did not fail the synth though it is open."""
    notes: list[str] = []
    errors = sum(1 for one in findings if one.baseline is None and one.severity == "error")
    if report_only:
        notes.append(
            f"Report only: at this synth the gate judged everything and let nothing fail. {_count(errors, 'error')} "
            "would have failed it."
        )
    debts = [one.baseline for one in findings if one.baseline is not None]
    if debts:
        owners = Counter(debt.owner for debt in debts)
        shown = ", ".join(f"{count} by {owner}" for owner, count in owners.most_common(_MOST_OWNERS))
        more = f" and {len(owners) - _MOST_OWNERS} more" if len(owners) > _MOST_OWNERS else ""
        notes.append(
            f"The baseline holds {_count(len(debts), 'finding')}, which {'is' if len(debts) == 1 else 'are'} open and "
            f"failed no synth: the oldest is known for {_count(max(debt.age(today) for debt in debts), 'day')}; to be "
            f"mended: {shown}{more}; the first by {min(debt.until for debt in debts)}."
        )
    return notes


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def read_beside(record: GateRecord | None, files: Mapping[str, Path | None]) -> list[str]:
    """Return, in sentences, which files are not those that the gate read beside the app.

    :param files: the file that the report reads of each kind, None where it reads none.
    """
    notes: list[str] = []
    for kind, file in files.items():
        then = record.beside.get(kind) if record is not None else None
        now = digest_of(file) if file is not None else None
        if record is None or then == now:
            continue
        what = f"The file of {_BESIDE[kind]}" + (f", {file.name}," if file is not None else "")
        if then is None:
            notes.append(f"{what} was not there at the synth: the gate judged without it, this report by it.")
        elif now is None:
            notes.append(f"{what} that the gate read at the synth was not given to this report.")
        else:
            notes.append(f"{what} was changed since the gate read it: this report goes by what it says now.")
    return notes


def left_out(app: App) -> list[str]:
    """Return, in sentences, what constructs left out because their Region lacks it, as synthesis told."""
    found: dict[str, list[str]] = {}
    for assembly in app.assemblies:
        for stack in assembly.stacks:
            for path, kind, data in stack.metadata:
                if kind == "aws:cdk:info" and isinstance(data, str) and _NOT_IN_REGION in data:
                    found.setdefault(data.replace(_NOT_IN_REGION, "").strip(), []).append(path.strip("/"))
    return [
        f"{words} ({', '.join(paths[:3])}{' and more' if len(paths) > 3 else ''})" for words, paths in found.items()
    ]
