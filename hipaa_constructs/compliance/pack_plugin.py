"""cdk-nag's packs within a synth: each a validation plugin of CDK's."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import aws_cdk as cdk
import jsii
from cdk_nag import NagPack

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.evaluation import Evaluation, Terms
from hipaa_constructs.compliance.nag import as_finding
from hipaa_constructs.compliance.rule import Debt, Finding

_Found = tuple[cdk.PolicyViolation, cdk.PolicyViolatingResource, Finding]


@jsii.implements(cdk.IPolicyValidationPlugin)
class PackPlugin:
    """A cdk-nag pack that remembers what it found, and reports what nobody else says.

    The gate tells the rest: what this package's rules found too, and what they overrule.
    """

    def __init__(self, app: cdk.App, pack: NagPack, evaluation: Evaluation, terms: Terms) -> None:
        self._app = app
        self._pack = pack
        self._evaluation = evaluation
        self._terms = terms
        self._found: list[_Found] | None = None
        evaluation.packs.append(self)

    @property
    def name(self) -> str:
        """The pack's name."""
        return self._pack.read_pack_name

    @property
    def version(self) -> str:
        """The version of cdk-nag."""
        return version("cdk-nag")

    def found(self, written: App) -> Sequence[Finding]:
        """Return what the pack finds in the app, the same objects until ``forget``."""
        return [finding for _, _, finding in self._run(written)]

    def forget(self) -> None:
        """Be ready for another synth."""
        self._found = None

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Run the pack over the constructs of the app, keep what it found, and report what stands alone.

        Why it cannot is told by the gate, which comes last: CDK's command line passes over a plugin that raises.
        """
        try:
            return self._report()
        except Exception as problem:
            self._evaluation.failed(problem)
            return cdk.PolicyValidationPluginReport(success=False, violations=[])

    def _report(self) -> cdk.PolicyValidationPluginReport:
        written = self._evaluation.now.assessment.app
        alone = self._evaluation.standing_alone(self.found(written))
        left: dict[tuple[str, Debt | None], list[_Found]] = {}
        for entry in self._run(written):
            if id(entry[2]) in alone:
                left.setdefault((entry[0].rule_name, alone[id(entry[2])]), []).append(entry)
        told = [(self._violation(entries, debt), debt) for (_, debt), entries in left.items()]
        return cdk.PolicyValidationPluginReport(
            success=not any(self._terms.fails(violation.severity or "error", debt) for violation, debt in told),
            violations=[violation for violation, _ in told],
        )

    def _run(self, written: App) -> list[_Found]:
        if self._found is None:
            self._found = [
                (violation, resource, _finding(violation, resource, written))
                for violation in self._pack.validate_scope(self._app).violations
                for resource in violation.violating_resources
            ]
        return self._found

    def _violation(self, entries: Sequence[_Found], debt: Debt | None) -> cdk.PolicyViolation:
        """Write what is left of a violation; what fails nothing, and what nobody could judge or mend, is a warning."""
        violation, _, finding = entries[0]
        undecided = finding.outcome == "unknown" and not self._terms.strict
        spared = self._terms.report_only or debt is not None
        return cdk.PolicyViolation(
            rule_name=violation.rule_name,
            description=f"{violation.description}{in_debt(debt)}",
            fix=finding.fix or violation.fix,
            rule_metadata=violation.rule_metadata,
            severity="warning" if undecided or spared else violation.severity,
            violating_resources=[self._at(resource) for _, resource, _ in entries],
        )

    def _at(self, resource: cdk.PolicyViolatingResource) -> cdk.PolicyViolatingResource:
        """Return the resource with what lets CDK find the line that makes it."""
        locations = self._evaluation.now.lines.locations(resource.construct_path or "")
        if not locations:
            return resource
        return cdk.PolicyViolatingResource(
            construct_path=resource.construct_path,
            resource_logical_id=resource.resource_logical_id,
            template_path=resource.template_path,
            locations=[*(resource.locations or ()), *locations],
        )


def in_debt(debt: Debt | None) -> str:
    """Return what CDK's report adds to the message of a finding that is known."""
    return f" [{debt.said()}]" if debt is not None else ""


def _finding(violation: cdk.PolicyViolation, resource: cdk.PolicyViolatingResource, written: App) -> Finding:
    path = resource.construct_path or ""
    return as_finding(
        violation.rule_name,
        severity=str(violation.severity),
        message=violation.description,
        resource=written.at(path),
        construct_path=path,
    )
