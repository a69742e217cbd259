"""cdk-nag's packs within a synth: each a validation plugin of CDK's."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import aws_cdk as cdk
import jsii
from cdk_nag import NagPack

from hipaa_constructs.compliance.evaluation import Evaluation
from hipaa_constructs.compliance.nag import as_finding
from hipaa_constructs.compliance.rule import Finding

_Found = tuple[cdk.PolicyViolation, cdk.PolicyViolatingResource, Finding]


@jsii.implements(cdk.IPolicyValidationPlugin)
class PackPlugin:
    """A cdk-nag pack that remembers what it found, and reports what nobody else says.

    The gate tells the rest: what this package's rules found too, and what they overrule.
    """

    def __init__(self, app: cdk.App, pack: NagPack, evaluation: Evaluation, strict: bool) -> None:
        self._app = app
        self._pack = pack
        self._evaluation = evaluation
        self._strict = strict
        self.findings: list[Finding] = []

    @property
    def name(self) -> str:
        """The pack's name."""
        return self._pack.read_pack_name

    @property
    def version(self) -> str:
        """The version of cdk-nag."""
        return version("cdk-nag")

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Run the pack over the constructs of the app, keep what it found, and report what stands alone."""
        found = self.find()
        alone = self._evaluation.standing_alone(self.findings)
        left: dict[str, list[_Found]] = {}
        for entry in found:
            if id(entry[2]) in alone:
                left.setdefault(entry[0].rule_name, []).append(entry)
        violations = [self._violation(entries) for entries in left.values()]
        passed = ("warning", "info")
        return cdk.PolicyValidationPluginReport(
            success=all(violation.severity in passed for violation in violations) and not (violations and self._strict),
            violations=violations,
        )

    def find(self) -> Sequence[_Found]:
        """Run the pack over the constructs of the app, and keep what it found."""
        found = [
            (violation, resource, self._finding(violation, resource))
            for violation in self._pack.validate_scope(self._app).violations
            for resource in violation.violating_resources
        ]
        self.findings = [finding for _, _, finding in found]
        return found

    def _violation(self, entries: Sequence[_Found]) -> cdk.PolicyViolation:
        """Write what is left of a violation: what nobody could judge is a warning, since nobody can mend it."""
        violation, _, finding = entries[0]
        undecided = finding.outcome == "unknown" and not self._strict
        return cdk.PolicyViolation(
            rule_name=violation.rule_name,
            description=violation.description,
            fix=finding.fix or violation.fix,
            rule_metadata=violation.rule_metadata,
            severity="warning" if undecided else violation.severity,
            violating_resources=[resource for _, resource, _ in entries],
        )

    def _finding(self, violation: cdk.PolicyViolation, resource: cdk.PolicyViolatingResource) -> Finding:
        path = resource.construct_path or ""
        return as_finding(
            violation.rule_name,
            severity=str(violation.severity),
            message=violation.description,
            resource=self._evaluation.app.at(path),
            construct_path=path,
        )
