"""Rules as tests, in JUnit's XML, which every CI shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from hipaa_constructs.compliance.acknowledgements.acknowledgement import place_of
from hipaa_constructs.compliance.cdk_helpers import RULE as CDK_HELPER_AVOIDED
from hipaa_constructs.compliance.output import printable
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.evidence.model import Evidence, PreflightResult, RuleEvidence

_MOST_LISTED = 100


def as_junit(evidence: Evidence) -> str:
    """Return one suite for each origin of rules: a rule passes, fails, errs where it is undecided, or is skipped.

    What the live account answered is a suite of its own.
    """
    by_rule: dict[str, list[Finding]] = {}
    for finding in evidence.findings:
        for rule_id in (finding.rule_id, *finding.tells):
            by_rule.setdefault(rule_id.split("[", 1)[0], []).append(finding)
    # Of what another rule found, by its id, the findings that it is part of.
    behind: dict[str, list[Finding]] = {}
    for finding in evidence.findings:
        for rule_id in (finding.rule_id, *finding.tells, *finding.also):
            behind.setdefault(rule_id.split("[", 1)[0], []).append(finding)
    report: Any = JUnitXml(name="HIPAA Security Rule")
    for origin in ("hipaa-constructs", "cdk-nag"):
        rules = [rule for rule in evidence.rules.values() if rule.origin == origin]
        report.append(
            _suite(origin, evidence, [_case(rule, by_rule.get(rule.id, ()), behind.get(rule.id, ())) for rule in rules])
        )
    foreign = {rule_id: found for rule_id, found in sorted(by_rule.items()) if rule_id not in evidence.rules}
    for name, ours in (("CDK's own functions", True), ("other packs", False)):
        cases = [
            _foreign(rule_id, found, name)
            for rule_id, found in foreign.items()
            if (rule_id == CDK_HELPER_AVOIDED.id) is ours
        ]
        if cases:
            report.append(_suite(name, evidence, cases))
    if evidence.preflight:
        report.append(_suite("live account", evidence, [_answer(one) for one in evidence.preflight]))
    report.update_statistics()
    # Jenkins's schema (junit-10.xsd of its xUnit plugin) knows it of suites alone.
    report._elem.attrib.pop("skipped", None)
    text: bytes = report.tostring()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text.decode("utf-8")}\n'


def _suite(name: str, evidence: Evidence, cases: Iterable[TestCase]) -> TestSuite:
    suite = TestSuite(name)
    suite.timestamp = f"{evidence.today.isoformat()}T00:00:00"
    suite.add_testcases(list(cases))
    return suite


def _case(rule: RuleEvidence, findings: Sequence[Finding], behind: Sequence[Finding]) -> TestCase:
    case = TestCase(rule.id, classname=rule.origin, time=0.0)
    counts = rule.counts
    if not rule.ran:
        case.result = [_with(Error("The pack did not run."), rule.fix)]
    elif (counts.failed or counts.unknown) and behind and all(one.baseline for one in behind):
        case.result = [_known(behind)]
    elif counts.failed:
        case.result = [_with(Failure(_said(f"{counts.failed} of {counts.total} failed", rule)), _text(findings, rule))]
    elif counts.unknown:
        message = f"{counts.unknown} of {counts.total} could not be decided"
        case.result = [_with(Error(_said(message, rule)), _text(findings, rule))]
    elif not counts.total:
        case.result = [Skipped("The templates hold nothing that the rule inspects.")]
    elif not counts.passed:
        case.result = [Skipped(f"All {counts.acknowledged} findings are acknowledged.")]
    case.system_out = f"Controls: {', '.join(rule.controls)}"
    return case


def _foreign(rule_id: str, findings: Sequence[Finding], classname: str) -> TestCase:
    case = TestCase(printable(rule_id), classname=classname, time=0.0)
    if all(one.baseline for one in findings):
        case.result = [_known(findings)]
    else:
        case.result = [_with(Failure(printable(findings[0].message)), _lines(findings))]
    return case


def _known(findings: Sequence[Finding]) -> Skipped:
    """Return what a rule comes to of which the baseline holds all findings: open, and failing nothing."""
    owners = sorted({printable(one.baseline.owner) for one in findings if one.baseline is not None})
    skipped = Skipped(f"Known and open: {len(findings)}, to be mended by {', '.join(owners)}")
    skipped.text = _lines(findings)
    return skipped


def _answer(one: PreflightResult) -> TestCase:
    case = TestCase(printable(f"{one.id} in {one.account}"), classname="live account", time=0.0)
    if one.outcome == "failed":
        case.result = [_with(Failure(printable(one.says)), printable(one.message))]
    elif one.outcome == "unknown":
        case.result = [_with(Error(printable(one.says)), printable(one.message))]
    case.system_out = f"Controls: {', '.join(one.controls)}"
    return case


def _said(counted: str, rule: RuleEvidence) -> str:
    return f"{printable(rule.title)}: {counted}"


def _with(result: Error | Failure, text: str) -> Error | Failure:
    result.text = text
    return result


def _text(findings: Sequence[Finding], rule: RuleEvidence) -> str:
    return f"{_lines(findings)}\nFix: {printable(rule.fix)}"


def _lines(findings: Sequence[Finding]) -> str:
    lines = [printable(f"{_place(finding)}: {finding.message}") for finding in findings[:_MOST_LISTED]]
    if len(findings) > _MOST_LISTED:
        lines.append(f"… and {len(findings) - _MOST_LISTED} more, in report.json")
    return "\n".join(lines)


def _place(finding: Finding) -> str:
    place = place_of(finding)
    debt = f" [{finding.baseline.said()}]" if finding.baseline is not None else ""
    return f"{place} ({finding.source}){debt}" if finding.source else f"{place}{debt}"
