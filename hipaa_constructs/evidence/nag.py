"""cdk-nag's side of the evidence: it reports failures only, so its passes are worked out from what it inspected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement, bare
from hipaa_constructs.compliance.controls import nag_rules
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.evidence.checks import Names, Tally
from hipaa_constructs.evidence.construct_tree import ConstructTree
from hipaa_constructs.evidence.model import CheckOutcome, ResourceName, RuleEvidence
from hipaa_constructs.evidence.validation_report import ValidationReport, Violation

PACK = "HIPAA.Security"
_FIX = "Change what the rule names; cdk-nag's README says what each rule wants."


def ran(report: ValidationReport, tree: ConstructTree) -> bool:
    """Whether the pack looked at the app; CDK leaves a plugin without findings out of its report."""
    plugin = report.plugins.get(PACK)
    return not plugin.error if plugin else PACK in tree.enforced


def findings_of(violations: Iterable[Violation], names: Names, tree: ConstructTree, file: str) -> list[Finding]:
    """Return a plugin's violations as findings that know their template.

    :raises UnusableInput: a violation names a construct that the app does not have.
    """
    return [_finding(violation, names, tree, file) for violation in violations]


def _finding(violation: Violation, names: Names, tree: ConstructTree, file: str) -> Finding:
    path = violation.construct_path
    resource = names.at(path)
    if resource is None and path and not tree.has(path):
        raise UnusableInput(file, f"it names {path}, which these templates do not hold: it is of another synth")
    known = nag_rules().get(base(violation.rule_id))
    message, _, rest = violation.message.partition(" - (Control ID")
    return Finding(
        rule_id=bare(violation.rule_id),
        severity="warning" if violation.severity == "warning" else "error",
        outcome="unknown" if violation.undecided else "failed",
        resource_logical_id=resource.logical_id if resource else violation.logical_id,
        resource_type=resource.type if resource else "",
        template=resource.template.name if resource else violation.template,
        construct_path=path,
        controls=known.controls if known else (),
        message=message if rest else violation.message,
        fix=violation.fix or (_FIX if known else ""),
    )


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
                tally.add(_name(finding, names), after[id(finding)])
        evidence[rule.id] = RuleEvidence(
            id=rule.id,
            origin="cdk-nag",
            title=rule.config_rule,
            severity=rule.severity,
            fix=_FIX,
            controls=rule.controls,
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
