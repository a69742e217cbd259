"""The rules of this package within a synth: a validation plugin of CDK's."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import jsii
from constructs import IConstruct

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance import engine, gate_record
from hipaa_constructs.compliance.acknowledge import record
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement, bare
from hipaa_constructs.compliance.acknowledgements.in_code import from_cdk
from hipaa_constructs.compliance.acknowledgements.reviewed_file import read_file
from hipaa_constructs.compliance.assess import Assessment, assess
from hipaa_constructs.compliance.evaluation import Evaluation
from hipaa_constructs.compliance.gate import FLOORS, NAME
from hipaa_constructs.compliance.gate_summary import summary
from hipaa_constructs.compliance.pack_plugin import PackPlugin
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.staged import staged

# What stood open at the last synth of each enforced app.
_OPEN: WeakKeyDictionary[cdk.App, Sequence[Finding]] = WeakKeyDictionary()


def open_at_last_synth(app: cdk.App) -> Sequence[Finding] | None:
    """Return what stood open when an enforced app was last synthesized; None if the gate did not come to an end."""
    return _OPEN.get(app)


@jsii.implements(cdk.IPolicyValidationPlugin)
class GatePlugin:
    """The rules of this package, and what acknowledgements are held to, over the final templates."""

    def __init__(
        self,
        app: cdk.App,
        packs: Sequence[PackPlugin],
        evaluation: Evaluation,
        strict: bool,
        acknowledgements_file: str,
    ) -> None:
        self._app = app
        self._packs = packs
        self._evaluation = evaluation
        self._strict = strict
        self._file = Path(acknowledgements_file)

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
        finally:
            self._evaluation.forget()

    def open_findings(self) -> Sequence[Finding]:
        """Return what stands open in the written app by what the packs found, and change nothing."""
        try:
            return self._open(self._assess(*self._acknowledged()))
        finally:
            self._evaluation.forget()

    def _report(self) -> cdk.PolicyValidationPluginReport:
        loaded = self._evaluation.app
        above, reviewed = self._acknowledged()
        assessment = self._assess(above, reviewed)
        _OPEN[self._app] = self._open(assessment)
        self._tell_cdk(assessment, reviewed)
        self._leave_record(loaded, [*assessment.own, *assessment.governed.problems], above, self._evaluation.today)
        violations = [
            *self._violations(assessment.own),
            *self._violations(assessment.governed.problems, severity="fatal"),
            *self._violations(staged(loaded, assessment.open, strict=self._strict)),
        ]
        sys.stderr.write(summary(assessment, packs=[pack.name for pack in self._packs]))
        return cdk.PolicyValidationPluginReport(
            success=not any(violation.severity in ("error", "fatal") for violation in violations),
            violations=violations,
        )

    def _acknowledged(self) -> tuple[Sequence[Acknowledgement], Sequence[Acknowledgement]]:
        """Return what was acknowledged above stacks, and in the reviewed file."""
        return list(self._above_stacks(self._evaluation.app)), read_file(self._file) if self._file.exists() else []

    def _assess(self, above: Sequence[Acknowledgement], reviewed: Sequence[Acknowledgement]) -> Assessment:
        return assess(
            self._evaluation.app,
            today=self._evaluation.today,
            acknowledgements=[*above, *reviewed],
            others=[finding for pack in self._packs for finding in pack.findings],
            packs=[pack.name for pack in self._packs],
            answers=self._evaluation.answers,
        )

    def _open(self, assessment: Assessment) -> Sequence[Finding]:
        return [*assessment.open, *staged(assessment.app, assessment.open, strict=self._strict)]

    def _above_stacks(self, loaded: App) -> Iterator[Acknowledgement]:
        """Find what was acknowledged on the app or a stage, which CDK writes down only after it has validated."""
        stacks = {stack.path for assembly in loaded.assemblies for stack in assembly.stacks}
        above = {
            "/".join(parts[:depth]) for parts in (path.split("/") for path in stacks) for depth in range(len(parts))
        }
        for path in sorted(above - stacks):
            node = _find(self._app, path)
            for entry in node.node.metadata if node is not None else ():
                yield from from_cdk(entry.type, entry.data, path)

    def _tell_cdk(self, assessment: Assessment, reviewed: Sequence[Acknowledgement]) -> None:
        """Hand to CDK what accepts a finding and is not written under its id, on the construct that it is about.

        So it is with the reviewed file, and with what names a finding by another rule of the same fact. CDK collects
        acknowledgements after the plugins have run, so its report shows these beside those in code.
        """
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
            node = _find(self._app, finding.construct_path) if finding.construct_path else None
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

    def _leave_record(
        self, loaded: App, own: Iterable[Finding], above: Iterable[Acknowledgement], today: datetime.date
    ) -> None:
        folder = Path(self._app.outdir)
        found = [
            *((pack.name, pack.version, pack.findings) for pack in self._packs),
            (NAME, self.version, list(own)),
        ]
        gate_record.write(
            folder,
            gate_record.GateRecord(
                versions={package: version(package) for package in (*FLOORS, "hipaa-constructs")},
                today=today.isoformat(),
                stacks=tuple(template.stack_path or template.name for template in loaded.templates),
                files=gate_record.digests(folder),
                packs={
                    name: gate_record.PackRecord(number, frozenset(map(gate_record.recorded, findings)))
                    for name, number, findings in found
                },
                above=tuple((one.rule_id, one.path, one.reason) for one in above),
            ),
        )

    def _violations(self, findings: Iterable[Finding], severity: str | None = None) -> list[cdk.PolicyViolation]:
        """Write findings in CDK's form, one violation for each rule, message, fix and severity."""
        grouped: dict[tuple[str, str, str, tuple[str, ...], str], list[Finding]] = {}
        for finding in findings:
            weight: str = "error" if self._strict else finding.severity
            if severity and finding.severity == "error":
                weight = severity
            grouped.setdefault((finding.rule_id, finding.message, finding.fix, finding.also, weight), []).append(
                finding
            )
        return [
            cdk.PolicyViolation(
                rule_name=rule_id,
                description=f"{message} (Control IDs: {', '.join(found[0].controls)}){_named(also)}",
                fix=fix,
                rule_metadata={"also": ", ".join(also)} if also else None,
                severity=weight,
                violating_resources=[
                    cdk.PolicyViolatingResource(
                        construct_path=self._told_at(finding),
                        resource_logical_id=finding.resource_logical_id or None,
                        template_path=str(Path(self._app.outdir, finding.template)) if finding.template else None,
                        # By the path, CDK in debug mode also shows where the app sets the property.
                        locations=[".".join(map(str, finding.place))] if finding.place else [],
                    )
                    for finding in found
                ],
            )
            for (rule_id, message, fix, also, weight), found in grouped.items()
        ]

    def _told_at(self, finding: Finding) -> str | None:
        """Return the construct that CDK is told of: none above stacks.

        The CLI drops a violation whose constructs are in no stack that it was asked for, and exits with 0.
        """
        path = finding.construct_path
        if finding.resource_logical_id or not path:
            return path or None
        parts = path.split("/")
        nodes = (_find(self._app, "/".join(parts[:depth])) for depth in range(1, len(parts) + 1))
        return path if any(cdk.Stack.is_stack(node) for node in nodes if node is not None) else None


def _named(also: Sequence[str]) -> str:
    return f" [also {', '.join(also)}]" if also else ""


def _find(app: cdk.App, path: str) -> IConstruct | None:
    node: IConstruct | None = app
    for part in path.split("/") if path else ():
        node = node.node.try_find_child(part) if node is not None else None
    return node
