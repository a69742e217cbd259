"""cdk-nag's side of the evidence: it reports failures only, so its passes are worked out from what it inspected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement, bare
from hipaa_constructs.compliance.controls import nag_rules
from hipaa_constructs.compliance.nag import HIPAA, as_finding
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.twins import nag_twins
from hipaa_constructs.evidence.checks import Names, Tally
from hipaa_constructs.evidence.construct_tree import ConstructTree
from hipaa_constructs.evidence.model import CheckOutcome, ResourceName, RuleEvidence
from hipaa_constructs.evidence.validation_report import ValidationReport, Violation


def ran(report: ValidationReport, tree: ConstructTree) -> bool:
    """Whether the pack looked at the app; CDK leaves a plugin without findings out of its report."""
    plugin = report.plugins.get(HIPAA)
    return not plugin.error if plugin else HIPAA in tree.enforced


def findings_of(violations: Iterable[Violation], names: Names) -> list[Finding]:
    """Return a plugin's violations as findings that know their template."""
    return [
        as_finding(
            bare(violation.rule_id),
            severity=violation.severity,
            message=violation.message,
            resource=names.at(violation.construct_path),
            construct_path=violation.construct_path,
            template=violation.template,
            logical_id=violation.logical_id,
            fix=violation.fix,
        )
        for violation in violations
    ]


def require_known_places(violations: Iterable[Violation], names: Names, tree: ConstructTree, file: str) -> None:
    """Refuse a report that names what the app does not have.

    :raises UnusableInput: a violation names a construct of another synth.
    """
    for path in (violation.construct_path for violation in violations):
        if path and names.at(path) is None and not tree.has(path):
            raise UnusableInput(file, f"it names {path}, which these templates do not hold: it is of another synth")


def evidence_of(
    app: App,
    findings: Sequence[Finding],
    after: Mapping[int, CheckOutcome],
    acknowledgements: Sequence[Acknowledgement],
    tree: ConstructTree,
    names: Names,
    *,
    ran: bool,
) -> Mapping[str, RuleEvidence]:
    """Return the evidence of cdk-nag's rules: passed is what was inspected, and neither failed nor acknowledged."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(base(finding.rule_id), []).append(finding)
    silent: dict[str, list[Acknowledgement]] = {}
    for one in acknowledgements:
        # Without an approver it may be one of an unqualified id, which keeps cdk-nag from reporting anything.
        if not one.approved_by and not any(one.covers(finding) for finding in by_rule.get(base(one.rule_id), ())):
            silent.setdefault(base(one.rule_id), []).append(one)
    evidence: dict[str, RuleEvidence] = {}
    for rule in nag_rules().values():
        tally = Tally()
        if ran:
            for resource in _inspected(app, rule.resource_types, tree):
                silenced = any(one.reaches(resource.construct_path) for one in silent.get(rule.id, ()))
                tally.add(names.of(resource), "unknown" if silenced else "passed")
            for finding in by_rule.get(rule.id, ()):
                # A false alarm says nothing of the resource, in neither direction.
                if id(finding) in after:
                    tally.add(_name(finding, names), after[id(finding)])
                else:
                    tally.drop(_name(finding, names))
        evidence[rule.id] = RuleEvidence(
            id=rule.id,
            origin="cdk-nag",
            title=rule.config_rule,
            severity=rule.severity,
            fix=nag_twins()[rule.id.removeprefix(f"{HIPAA}-")].fix,
            controls=rule.controls,
            counted=rule.counted,
            resource_types=rule.resource_types,
            ran=ran,
            resources=tally.sorted(names),
        )
    return evidence


def unseen(app: App, tree: ConstructTree, names: Names) -> Sequence[ResourceName]:
    """Return the resources whose type the pack inspects, but whose class hides the type from it."""
    types = sorted({kind for rule in nag_rules().values() for kind in rule.resource_types})
    return names.sort(names.of(resource) for resource in app.of_type(*types) if not tree.sees(resource.construct_path))


def base(rule_id: str) -> str:
    """Return a rule's id without the detail of one finding."""
    return bare(rule_id).split("[", 1)[0]


def _inspected(app: App, types: Sequence[str], tree: ConstructTree) -> Iterable[Resource]:
    return (resource for resource in app.of_type(*types) if tree.sees(resource.construct_path))


def _name(finding: Finding, names: Names) -> ResourceName:
    resource = names.at(finding.construct_path)
    if resource is not None:
        return names.of(resource)
    # cdk-nag also sees resources that CDK leaves out of the template, such as an empty policy.
    return ResourceName(finding.template, finding.resource_logical_id, finding.resource_type, finding.construct_path)
