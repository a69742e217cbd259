"""The rules of this package within a synth: a validation plugin of CDK's."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import jsii

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance import engine, gate_record
from hipaa_constructs.compliance.acknowledge import record
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement, bare
from hipaa_constructs.compliance.acknowledgements.in_code import as_recorded
from hipaa_constructs.compliance.assess import Assessment
from hipaa_constructs.compliance.construct_at import construct_at
from hipaa_constructs.compliance.evaluation import Evaluation, Judged, Terms
from hipaa_constructs.compliance.gate import FLOORS, NAME
from hipaa_constructs.compliance.gate_summary import summary
from hipaa_constructs.compliance.pack_plugin import PackPlugin, in_debt
from hipaa_constructs.compliance.rule import Debt, Finding
from hipaa_constructs.compliance.staged import staged
from hipaa_constructs.compliance.unjudged import RULE as UNJUDGED

# What stood open at the last synth of each enforced app.
_OPEN: WeakKeyDictionary[cdk.App, Sequence[Finding]] = WeakKeyDictionary()


def open_at_last_synth(app: cdk.App) -> Sequence[Finding] | None:
    """Return what stood open when an enforced app was last synthesized; None if the gate did not come to an end."""
    return _OPEN.get(app)


def open_in(assessment: Assessment, *, strict: bool = False) -> Sequence[Finding]:
    """Return what stands open of an app, known or not, and what the rest of it comes to for its stages."""
    return [*assessment.open, *staged(assessment.app, assessment.failing, strict=strict)]


@jsii.implements(cdk.IPolicyValidationPlugin)
class GatePlugin:
    """The rules of this package, and what acknowledgements are held to, over the final templates."""

    def __init__(
        self,
        app: cdk.App,
        packs: Sequence[PackPlugin],
        evaluation: Evaluation,
        terms: Terms,
    ) -> None:
        self._app = app
        self._packs = packs
        self._evaluation = evaluation
        self._terms = terms

    @property
    def name(self) -> str:
        """What CDK calls this package."""
        return NAME

    @property
    def version(self) -> str:
        """The version of this package."""
        return version("hipaa-constructs")

    @property
    def rule_ids(self) -> list[str]:
        """The ids of this package's rules."""
        return [rule.id for rule in engine.all_rules()]

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Assess the app by its written templates, leave a record in the cloud assembly, and report."""
        _OPEN.pop(self._app, None)
        try:
            return self._report()
        except Exception as error:
            return _unjudged(error)
        finally:
            self._evaluation.forget()

    def _report(self) -> cdk.PolicyValidationPluginReport:
        judged = self._evaluation.now
        assessment = judged.assessment
        _OPEN[self._app] = open_in(assessment, strict=self._terms.strict)
        told = self._tell_cdk(assessment, judged.reviewed)
        problems = [*assessment.governed.problems, *assessment.debts.problems]
        self._leave_record(judged, [*assessment.own, *problems], told)
        violations = [
            *self._violations(assessment.marked(assessment.own)),
            *self._violations(problems, severity="fatal"),
            *self._violations(staged(assessment.app, assessment.failing, strict=self._terms.strict)),
        ]
        packs = [pack.name for pack in self._packs]
        sys.stderr.write(summary(assessment, packs=packs, today=self._evaluation.today, terms=self._terms))
        return cdk.PolicyValidationPluginReport(
            success=not any(violation.severity in ("error", "fatal") for violation in violations),
            violations=violations,
        )

    def _tell_cdk(self, assessment: Assessment, reviewed: Sequence[Acknowledgement]) -> Sequence[gate_record.Accepted]:
        """Hand to CDK what accepts a finding and is not written under its id, on the construct that it is about.

        So it is with the reviewed file, and with what names a finding by another rule of the same fact. CDK collects
        acknowledgements after the plugins have run, so its report shows these beside those in code. What it was told is
        returned.
        """
        told: list[gate_record.Accepted] = []
        accepted = list(assessment.governed.acknowledged)
        # One that has ended is not told as a finding twice: what it accepts, and that it ended.
        accepted += [
            (finding, one)
            for finding in assessment.governed.open
            for one in reviewed
            if bare(one.rule_id) == bare(finding.rule_id) and one.covers(finding)
        ]
        for finding, acknowledgement in accepted:
            if acknowledgement.origin != "file" and bare(acknowledgement.rule_id) == bare(finding.rule_id):
                continue
            node = construct_at(self._app, finding.construct_path) if finding.construct_path else None
            if node is not None:
                record(
                    node,
                    finding.rule_id,
                    reason=acknowledgement.reason,
                    approved_by=acknowledgement.approved_by,
                    expires=acknowledgement.expires.isoformat() if acknowledgement.expires else None,
                    ticket=acknowledgement.ticket,
                    compensating_control=acknowledgement.compensating_control,
                )
                told.append(as_recorded(replace(acknowledgement, rule_id=finding.rule_id, path=node.node.path)))
        return told

    def _leave_record(self, judged: Judged, own: Iterable[Finding], told: Iterable[gate_record.Accepted]) -> None:
        folder, loaded = Path(self._app.outdir), judged.assessment.app
        beside = {
            gate_record.ACKNOWLEDGEMENTS: Path(self._terms.acknowledgements_file),
            gate_record.BASELINE: Path(self._terms.baseline_file),
        }
        found = [
            *((pack.name, pack.version, pack.found(loaded)) for pack in self._packs),
            (NAME, self.version, list(own)),
        ]
        gate_record.write(
            folder,
            gate_record.GateRecord(
                versions={package: version(package) for package in (*FLOORS, "hipaa-constructs")},
                today=self._evaluation.today.isoformat(),
                stacks=tuple(template.stack_path or template.name for template in loaded.templates),
                files=gate_record.digests(folder),
                packs={
                    name: gate_record.PackRecord(number, frozenset(map(gate_record.recorded, findings)))
                    for name, number, findings in found
                },
                above=tuple((one.rule_id, one.path, one.reason) for one in judged.above),
                accepted=frozenset(told),
                beside={kind: gate_record.digest_of(file) for kind, file in beside.items() if file.exists()},
                report_only=self._terms.report_only,
            ),
        )

    def _violations(self, findings: Iterable[Finding], severity: str | None = None) -> list[cdk.PolicyViolation]:
        """Write findings in CDK's form, one violation for each rule, message, fix, severity and debt."""
        grouped: dict[tuple[str, str, str, tuple[str, ...], tuple[str, ...], str, Debt | None], list[Finding]] = {}
        for finding in findings:
            weight = self._weight(finding, severity)
            grouped.setdefault(
                (
                    finding.rule_id,
                    finding.message,
                    finding.fix,
                    finding.tells,
                    finding.also,
                    weight,
                    finding.baseline,
                ),
                [],
            ).append(finding)
        return [
            cdk.PolicyViolation(
                rule_name=rule_id,
                description=f"{message} {_named(found[0].controls, tells, also)}{in_debt(debt)}",
                fix=fix,
                rule_metadata={"also": ", ".join(also)} if also else None,
                severity=weight,
                violating_resources=[
                    cdk.PolicyViolatingResource(
                        construct_path=self._told_at(finding),
                        resource_logical_id=finding.resource_logical_id or None,
                        template_path=str(Path(self._app.outdir, finding.template)) if finding.template else None,
                        # By the path, CDK in debug mode also shows where the app sets the property.
                        locations=list(self._evaluation.now.lines.locations(finding.construct_path, finding.place)),
                    )
                    for finding in found
                ],
            )
            for (rule_id, message, fix, tells, also, weight, debt), found in grouped.items()
        ]

    def _weight(self, finding: Finding, severity: str | None) -> str:
        if self._terms.report_only or finding.baseline is not None:
            return "warning"
        if severity and finding.severity == "error":
            return severity
        return "error" if self._terms.strict else finding.severity

    def _told_at(self, finding: Finding) -> str | None:
        """Return the construct that CDK is told of: none above stacks.

        The CLI drops a violation whose constructs are in no stack that it was asked for, and exits with 0.
        """
        path = finding.construct_path
        if finding.resource_logical_id or not path:
            return path or None
        parts = path.split("/")
        nodes = (construct_at(self._app, "/".join(parts[:depth])) for depth in range(1, len(parts) + 1))
        return path if any(cdk.Stack.is_stack(node) for node in nodes if node is not None) else None


def _unjudged(error: Exception) -> cdk.PolicyValidationPluginReport:
    """Fail the synth of an app that could not be judged, also where the gate only reports: nothing was.

    The CLI heeds violations alone, and exits with 0 on a plugin that raised.
    """
    if not isinstance(error, UnusableInput):
        traceback.print_exception(error)
    problem = str(error) if isinstance(error, UnusableInput) else f"{type(error).__name__}: {error}"
    return cdk.PolicyValidationPluginReport(
        success=False,
        violations=[
            cdk.PolicyViolation(
                rule_name=UNJUDGED.id,
                description=f"Nothing was judged: {problem} (Control IDs: {', '.join(UNJUDGED.controls)})",
                fix=UNJUDGED.fix,
                severity="fatal",
                # Of no construct, which the CLI heeds whatever it was asked for.
                violating_resources=[cdk.PolicyViolatingResource(locations=[])],
            )
        ],
    )


def _named(controls: Sequence[str], tells: Sequence[str], also: Sequence[str]) -> str:
    others = f" [also {', '.join((*tells, *also))}]" if tells or also else ""
    return f"(Control IDs: {', '.join(controls)}){others}"
