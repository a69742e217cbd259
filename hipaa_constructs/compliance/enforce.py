"""The gate: cdk-nag's HIPAA pack and this package's rules, enforced when an app is synthesized."""

from __future__ import annotations

import datetime
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from cdk_nag import HIPAASecurityChecks, NagPack
from constructs import Construct, IConstruct

from hipaa_constructs._arguments import checked_arguments, refuse
from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.sources import Sources
from hipaa_constructs.compliance import engine, gate_record
from hipaa_constructs.compliance.acknowledge import record
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.acknowledgements.in_code import from_cdk
from hipaa_constructs.compliance.acknowledgements.reviewed_file import DEFAULT_FILE, read_file
from hipaa_constructs.compliance.assess import Assessment, assess
from hipaa_constructs.compliance.gate import GATE_ID, NAME
from hipaa_constructs.compliance.nag import as_finding, is_undecided
from hipaa_constructs.compliance.rule import Finding

# By it jsii hands the app's own stack to CDK with each request, so that what CDK and this package say of a construct
# names the line that makes it (jsii/_stack_trace.py, which reads it each time). Whoever sets it otherwise has his way.
os.environ.setdefault("JSII_HOST_STACK_TRACES", "1")

# Below these, acknowledgements leak into other stacks, or `cdk synth` exits 0 on violations.
_FLOORS = {"aws-cdk-lib": (2, 271), "cdk-nag": (3, 0, 2)}
TODAY_CONTEXT_KEY = "hipaa-constructs:today"
_MARK = "hipaa-constructs:enforced"
_LINES_SHOWN = 10


@checked_arguments
def enforce_hipaa(
    app: cdk.App,
    *,
    packs: Sequence[NagPack] = (),
    rule_files: Sequence[str] = (),
    strict: bool = False,
    acknowledgements_file: str = DEFAULT_FILE,
) -> None:
    """Make ``app.synth()`` and ``cdk synth`` fail on any finding that nobody acknowledged.

    :param app: the app; everything in it counts, whether it is defined before or after this call.
    :param packs: cdk-nag packs to run besides ``HIPAASecurityChecks``, such as ``NIST80053R5Checks(app)``.
    :param rule_files: an organisation's own rules, ``.guard`` or ``.rego`` files, run by CDK's own validation.
    :param strict: whether warnings, and what cannot be told at synth, fail too. Default: they are shown.
    :param acknowledgements_file: the reviewed file of acknowledgements, read if it exists.
        Default: ``hipaa-acknowledgements.toml`` in the working directory.
    :raises RuntimeError: aws-cdk-lib or cdk-nag is too old to enforce anything.
    :raises ValueError: the app is enforced already, or a rule file cannot be read.
    """
    _require_floors()
    if is_enforced(app):
        refuse("app", app, allowed="an app is enforced once", fix="Pass all packs in one call of enforce_hipaa.")
    sources = [_rule_source(file) for file in rule_files]
    app.node.add_metadata(_MARK, True)
    wrapped = [_Pack(app, pack, strict) for pack in (HIPAASecurityChecks(app), *packs)]
    _leave_trace(app, wrapped)
    plugins: list[Any] = [*wrapped, _Gate(app, wrapped, strict, acknowledgements_file)]
    if sources:
        plugins.append(
            cdk.CloudFormationValidatePlugin(
                guard_rules=[source for suffix, source in sources if suffix == ".guard"],
                rego_rules=[source for suffix, source in sources if suffix == ".rego"],
            )
        )
    cdk.Validations.of(app).add_plugins(*plugins)


def is_enforced(app: cdk.App) -> bool:
    """Whether ``enforce_hipaa`` was called for this app."""
    return any(entry.type == _MARK for entry in app.node.metadata)


def _leave_trace(app: cdk.App, packs: Iterable[_Pack]) -> None:
    """Note in the construct tree what checks the app, each as ``name@version``.

    CDK leaves a plugin that found nothing out of its report, where it looks like one that never ran.
    """
    gate = Construct(app, GATE_ID)
    versions = {pack.name: pack.version for pack in packs}
    versions[NAME] = version("hipaa-constructs")
    for name, number in versions.items():
        Construct(gate, f"{name}@{number}")


@jsii.implements(cdk.IPolicyValidationPlugin)
class _Pack:
    """A cdk-nag pack that remembers what it found, so that the gate can tell which acknowledgements are used."""

    def __init__(self, app: cdk.App, pack: NagPack, strict: bool) -> None:
        self._app = app
        self._pack = pack
        self._strict = strict
        self.findings: list[Finding] = []

    @property
    def name(self) -> str:
        return self._pack.read_pack_name

    @property
    def version(self) -> str:
        return version("cdk-nag")

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        report = self._pack.validate_scope(self._app)
        self.findings = [
            as_finding(
                violation.rule_name,
                severity=str(violation.severity),
                message=violation.description,
                resource=None,
                construct_path=resource.construct_path or "",
            )
            for violation in report.violations
            for resource in violation.violating_resources
        ]
        return report if self._strict else _without_faults(report)


def _without_faults(report: cdk.PolicyValidationPluginReport) -> cdk.PolicyValidationPluginReport:
    """Make warnings of what a pack could not judge: nobody can mend a rule that trips over an intrinsic function."""
    if not any(is_undecided(violation.description) for violation in report.violations):
        return report
    violations = [_as_warning(one) if is_undecided(one.description) else one for one in report.violations]
    return cdk.PolicyValidationPluginReport(
        success=all(violation.severity in ("warning", "info") for violation in violations), violations=violations
    )


def _as_warning(violation: cdk.PolicyViolation) -> cdk.PolicyViolation:
    return cdk.PolicyViolation(
        rule_name=violation.rule_name,
        description=violation.description,
        fix=violation.fix,
        rule_metadata=violation.rule_metadata,
        severity="warning",
        violating_resources=violation.violating_resources,
    )


@jsii.implements(cdk.IPolicyValidationPlugin)
class _Gate:
    """The rules of this package, and the governance of acknowledgements, over the final templates."""

    def __init__(self, app: cdk.App, packs: Sequence[_Pack], strict: bool, acknowledgements_file: str) -> None:
        self._app = app
        self._packs = packs
        self._strict = strict
        self._file = Path(acknowledgements_file)

    @property
    def name(self) -> str:
        return NAME

    @property
    def version(self) -> str:
        return version("hipaa-constructs")

    @property
    def rule_ids(self) -> list[str]:
        return [rule.id for rule in engine.all_rules()]

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        loaded = assembly.load([Path(self._app.outdir)])
        today = self._today()
        reviewed = read_file(self._file) if self._file.exists() else []
        others = [finding for pack in self._packs for finding in pack.findings]
        assessment = assess(
            loaded,
            today=today,
            acknowledgements=[*self._above_stacks(loaded), *reviewed],
            others=others,
            packs=[pack.name for pack in self._packs],
        )
        self._record(reviewed, [*assessment.own, *others])
        self._leave_record(loaded, [*assessment.own, *assessment.governed.governance], today)
        violations = [
            *self._violations(assessment.own),
            *self._violations(assessment.governed.governance, severity="fatal"),
        ]
        self._summarize(assessment)
        return cdk.PolicyValidationPluginReport(
            success=not any(violation.severity in ("error", "fatal") for violation in violations),
            violations=violations,
        )

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

    def _today(self) -> datetime.date:
        pinned = self._app.node.try_get_context(TODAY_CONTEXT_KEY)
        return datetime.date.fromisoformat(pinned) if isinstance(pinned, str) else datetime.date.today()

    def _record(self, reviewed: Sequence[Acknowledgement], findings: Sequence[Finding]) -> None:
        """Hand the reviewed file's acknowledgements to CDK, on the constructs whose findings they cover.

        CDK collects acknowledgements after the plugins have run, so its report shows these beside those in code.
        """
        for finding in findings:
            for acknowledgement in reviewed:
                if not acknowledgement.covers(finding):
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
                break

    def _leave_record(self, loaded: App, own: Iterable[Finding], today: datetime.date) -> None:
        folder = Path(self._app.outdir)
        found = [
            *((pack.name, pack.version, pack.findings) for pack in self._packs),
            (NAME, self.version, list(own)),
        ]
        gate_record.write(
            folder,
            gate_record.GateRecord(
                versions={package: version(package) for package in (*_FLOORS, "hipaa-constructs")},
                today=today.isoformat(),
                stacks=tuple(template.stack_path or template.name for template in loaded.templates),
                files=gate_record.digests(folder),
                packs={
                    name: gate_record.PackRecord(number, frozenset(map(gate_record.place_of, findings)))
                    for name, number, findings in found
                },
            ),
        )

    def _violations(self, findings: Iterable[Finding], severity: str | None = None) -> list[cdk.PolicyViolation]:
        """Write findings in CDK's form, one violation for each rule, message and severity."""
        grouped: dict[tuple[str, str, str], list[Finding]] = {}
        for finding in findings:
            weight: str = "error" if self._strict else finding.severity
            if severity and finding.severity == "error":
                weight = severity
            grouped.setdefault((finding.rule_id, finding.message, weight), []).append(finding)
        return [
            cdk.PolicyViolation(
                rule_name=rule_id,
                description=f"{message} (Control IDs: {', '.join(found[0].controls)})",
                fix=found[0].fix,
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
            for (rule_id, message, weight), found in grouped.items()
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

    def _summarize(self, assessment: Assessment) -> None:
        """Print the one screen that a person reads; CDK prints the findings themselves after it."""
        templates, found = assessment.app.templates, assessment.open
        resources = sum(len(template.resources) for template in templates)
        errors = sum(1 for finding in found if finding.severity == "error")
        packs = ", ".join(pack.name for pack in self._packs)
        lines = [
            f"HIPAA gate: {'no errors' if not errors else f'{errors} errors'}",
            f"  stacks            {len(templates)}",
            f"  resources         {resources}",
            f"  rules             {len(engine.all_rules())} of {NAME}, and {packs}",
            f"  findings          {len(found)} ({errors} errors, {len(found) - errors} warnings)",
            *_by_line(found, Sources(assessment.app)),
            f"  acknowledgements  {len(assessment.governed.acknowledged)} findings accepted",
        ]
        sys.stderr.write("\n".join(lines) + "\n")


def _by_line(findings: Iterable[Finding], sources: Sources) -> Iterator[str]:
    """Yield how many findings come of which line of the app, those of most first.

    CDK itself names the innermost line, which is one of this package for what a construct of it makes.
    """
    lines = Counter(str(source) for finding in findings if (source := sources.of(finding.construct_path)))
    for line, count in lines.most_common(_LINES_SHOWN):
        yield f"                    {count} of {line}"
    if len(lines) > _LINES_SHOWN:
        yield f"                    and of {len(lines) - _LINES_SHOWN} more lines"


def _require_floors() -> None:
    for package, floor in _FLOORS.items():
        installed = version(package)
        numbers = tuple(int(part) for part in re.findall(r"\d+", installed)[:3])
        if numbers < floor:
            least = ".".join(map(str, floor))
            raise RuntimeError(
                f"{package} is {installed}; the gate needs {least} or newer, since older ones let violations pass. "
                f"Install {package}>={least}."
            )


def _rule_source(file: str) -> tuple[str, cdk.ValidationRuleSource]:
    path = Path(file)
    if path.suffix not in (".guard", ".rego"):
        refuse("rule_files", file, allowed="allowed are .guard and .rego files", fix="Rename the file by its language.")
    try:
        content = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        refuse("rule_files", file, allowed="it has to be readable text", fix=f"The system says: {error}.")
    return path.suffix, cdk.ValidationRuleSource(name=path.stem, content=content)


def _find(app: cdk.App, path: str) -> IConstruct | None:
    node: IConstruct | None = app
    for part in path.split("/") if path else ():
        node = node.node.try_find_child(part) if node is not None else None
    return node
