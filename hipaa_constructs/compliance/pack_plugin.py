"""cdk-nag's packs within a synth: each a validation plugin of CDK's."""

from __future__ import annotations

from importlib.metadata import version

import aws_cdk as cdk
import jsii
from cdk_nag import NagPack

from hipaa_constructs.compliance.nag import as_finding, is_undecided
from hipaa_constructs.compliance.rule import Finding


@jsii.implements(cdk.IPolicyValidationPlugin)
class PackPlugin:
    """A cdk-nag pack that remembers what it found, so that the gate can tell which acknowledgements are used."""

    def __init__(self, app: cdk.App, pack: NagPack, strict: bool) -> None:
        self._app = app
        self._pack = pack
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
        """Run the pack over the constructs of the app, and keep what it found."""
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
