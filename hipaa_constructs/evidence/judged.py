"""One cdk.out, judged anew: what its synth left, and what rules and packs found in it. Documents are made of that."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.load.validation_report import FILE as REPORT_FILE
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance import gate_record
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.acknowledgements.baseline_file import read_baseline
from hipaa_constructs.compliance.acknowledgements.in_code import acknowledged_in_code, as_recorded
from hipaa_constructs.compliance.acknowledgements.reviewed_file import read_file
from hipaa_constructs.compliance.assess import Assessment, assess
from hipaa_constructs.compliance.gate import NAME as GATE
from hipaa_constructs.compliance.gate_record import GateRecord
from hipaa_constructs.compliance.nag import HIPAA
from hipaa_constructs.compliance.recorded import recorded
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.evidence import nag
from hipaa_constructs.evidence.checks import Names, baseline_rules, meta_rules, outcomes_of, own_rules
from hipaa_constructs.evidence.construct_tree import ConstructTree, read_tree
from hipaa_constructs.evidence.integrity import require_judgeable, require_recorded, require_same_synth
from hipaa_constructs.evidence.model import RuleEvidence
from hipaa_constructs.evidence.provenance import known_of, left_out, notes_of, read_beside
from hipaa_constructs.evidence.validation_report import ValidationReport, read_report


@dataclass(frozen=True)
class Judged:
    """A cdk.out, and what was found in it; ``standing`` is the day on which exceptions have to be in force.

    ``ran`` is whether cdk-nag's HIPAA pack did. ``beside`` are the files that the report reads besides, by what they
    hold, None where it reads none.
    """

    folder: Path
    app: App
    report: ValidationReport
    tree: ConstructTree
    record: GateRecord | None
    names: Names
    ran: bool
    standing: datetime.date
    assessment: Assessment
    rules: Mapping[str, RuleEvidence]
    beside: Mapping[str, Path | None]

    @cached_property
    def open(self) -> Sequence[Finding]:
        """The open findings, those that the baseline holds with what it says of them."""
        return self.assessment.marked(self.assessment.open)

    @property
    def accounts(self) -> Collection[str]:
        """The accounts that its templates name."""
        return {template.account for template in self.app.templates if template.account}

    @property
    def report_only(self) -> bool:
        """Whether the gate let the synth pass whatever it found."""
        return self.record is not None and self.record.report_only

    @property
    def limited(self) -> Collection[str]:
        """The rules of which the library excepts findings for itself."""
        accepted = self.assessment.governed.acknowledged
        return {nag.base(finding.rule_id) for finding, one in accepted if one.origin == "library"}

    def limits(self) -> list[str]:
        """Return, in sentences, what limits what its synth shows."""
        unseen = nag.unseen(self.app, self.tree, self.names) if self.ran else ()
        return [*notes_of(self.report, self.tree, ran=self.ran, unseen=unseen), *left_out(self.app)]

    def since(self) -> list[str]:
        """Return, in sentences, what is not as the gate had it, and what did not fail the synth though it is open."""
        changed = read_beside(self.record, self.beside)
        return [*changed, *known_of(self.open, self.standing, report_only=self.report_only)]


def judge_assembly(
    directory: Path | str,
    *,
    standing: datetime.date,
    acknowledgements: Path | None = None,
    baseline: Path | None = None,
    one_of_many: bool = False,
    step: Callable[[str], None] = lambda doing: None,
) -> Judged:
    """Judge one synth anew, and hold it against what its gate recorded.

    :param directory: the cdk.out folder, whole.
    :param standing: the day on which exceptions have to be in force.
    :param acknowledgements: the reviewed file that the gate read. Default: what the validation report tells of it.
    :param baseline: the findings that are known, which are open all the same. Default: none.
    :param one_of_many: whether both files speak of other assemblies too: what can be about no stack of this one is left
        out then. Default: it is found to be wrong.
    :param step: called with what is being done.
    :raises UnusableInput: the folder or a file cannot be used: which, and why.
    """
    folder = Path(directory)
    if not (folder / "manifest.json").is_file():
        raise UnusableInput(str(folder), "this is no cdk.out folder: it holds no manifest.json")
    step("Reading the validation report")
    report, tree = read_report(folder), read_tree(folder)
    app = assembly.load([folder], step=lambda name: step(f"Reading {name}"))
    if not app.templates:
        raise UnusableInput(str(folder), "no stack of it has resources, so there is nothing to report")
    require_judgeable(app, folder, report, tree)
    names = Names(app)
    given = read_file(acknowledgements) if acknowledgements else None
    known = read_baseline(baseline, today=standing) if baseline else ()
    if one_of_many:
        places = [place for template in app.templates for place in (template.stack_path, template.name) if place]
        given = [one for one in given if _can_lie(one.path, places)] if given is not None else None
        known = [one for one in known if _can_lie(one.path, places)]

    others = [plugin for plugin in report.plugins.values() if plugin.name != GATE]
    record = gate_record.read(folder)
    # What went into findings of this package is in the gate's record alone.
    reported: dict[str, Sequence[Finding]] = {
        **{plugin.name: nag.findings_of(plugin.violations, names) for plugin in others},
        **recorded(record, app),
    }
    ran = nag.ran(report, tree)
    step("Running the rules")
    assessment = assess(
        app,
        today=standing,
        synthesized=datetime.date.fromisoformat(record.today) if record is not None else None,
        acknowledgements=[*(given or ()), *_only_reported(report, record, folder, acknowledged_in_code(app), given)],
        baseline=known,
        others=[finding for findings in reported.values() for finding in findings],
        packs=[HIPAA] if ran else [],
    )
    require_same_synth(assessment.own, folder, report, tree)
    require_recorded(record, assessment, folder, report, tree)
    for plugin in others:
        nag.require_known_places(plugin.violations, names, tree, str(folder / REPORT_FILE))
    after = outcomes_of(assessment)
    rules = {
        **own_rules(assessment.answers, after, names),
        **meta_rules(app, [*assessment.unread, *assessment.of_templates], assessment.governed, after, names),
        **baseline_rules(assessment.debts, names),
        **nag.evidence_of(app, reported.get(HIPAA, ()), after, assessment.acknowledgements, tree, names, ran=ran),
    }
    beside = {gate_record.ACKNOWLEDGEMENTS: acknowledgements, gate_record.BASELINE: baseline}
    return Judged(folder, app, report, tree, record, names, ran, standing, assessment, rules, beside)


def _can_lie(path: str, stacks: Sequence[str]) -> bool:
    """Whether a path, or one that fits a pattern, can be one of a stack, lie in one or hold one."""
    said = re.split(r"[*?]", path, maxsplit=1)[0]
    if said != path:
        return any(stack.startswith(said) or said.startswith(f"{stack}/") for stack in stacks)
    return not path or any(
        stack == path or stack.startswith(f"{path}/") or path.startswith(f"{stack}/") for stack in stacks
    )


def _only_reported(
    report: ValidationReport,
    record: GateRecord | None,
    folder: Path,
    in_code: Sequence[Acknowledgement],
    given: Sequence[Acknowledgement] | None,
) -> list[Acknowledgement]:
    """Return acknowledgements that CDK honoured and that are neither in the templates' metadata nor in the file.

    So it is with a reviewed file that is not at hand, of which the gate recorded what it took.

    :param given: what the file says that is at hand; what it does not say any more holds no more.
    :raises UnusableInput: the gate knows nothing of one.
    """
    known = [*in_code, *(given or ())]
    seen = {(one.rule_id, one.path) for one in known}
    only: list[Acknowledgement] = []
    for plugin in report.plugins.values():
        for violation in plugin.violations:
            one = violation.acknowledged
            if one is None or (one.rule_id, one.path) in seen:
                continue
            seen.add((one.rule_id, one.path))
            # The gate tells CDK on the finding's own construct what accepts it elsewhere, or by another rule.
            told = one.path == violation.construct_path
            if any(told and _says(entry, one) and entry.reaches(one.path) for entry in known):
                continue
            if record is None or plugin.name not in record.packs:
                only.append(one)
            elif as_recorded(one) not in record.accepted:
                raise UnusableInput(
                    str(folder / REPORT_FILE),
                    f"it says that {one.rule_id} on {one.path or 'the app'} was accepted, against what the gate "
                    "recorded: it was changed, or is of another synth; synthesize again",
                )
            elif given is None:
                only.append(one)
    return only


def _says(entry: Acknowledgement, told: Acknowledgement) -> bool:
    """Whether an acknowledgement is what the gate told CDK of it, be it that its file was edited since."""
    if entry.origin == "file" and entry.rule_id == told.rule_id:
        return True
    return (entry.reason, entry.approved_by, entry.expires) == (told.reason, told.approved_by, told.expires)
