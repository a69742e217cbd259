"""The tables beside the control matrix: findings, acknowledgements, inventory and what else an auditor asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hipaa_constructs.compliance.acknowledgements.acknowledgement import place_of
from hipaa_constructs.evidence.labels import moment_of, review_day
from hipaa_constructs.evidence.model import CHANGE_WORDS, STATUS_WORDS, Evidence
from hipaa_constructs.evidence.tables import Columns, Table, listed, matrix, table


def sheets(evidence: Evidence) -> Sequence[Table]:
    """Return every table of the workbook, the summary first."""
    return (
        _summary(evidence),
        matrix(evidence),
        table("Findings", _FINDINGS, evidence.findings),
        table("Acknowledgements", _ACKNOWLEDGEMENTS, evidence.acknowledgements),
        table("PHI inventory", _INVENTORY, evidence.inventory),
        table("Rules", _RULES, evidence.rules.values()),
        table("Config rules", _CONFIG_RULES, evidence.config_rules),
        table("Attestations", _ATTESTATIONS, evidence.attestations),
        table("Decisions", _DECISIONS, evidence.decisions),
        table("Live account", _PREFLIGHT, evidence.preflight),
        table("Secure defaults", _CHANGES, evidence.changes),
        table("Templates", _TEMPLATES, evidence.templates),
    )


def _summary(evidence: Evidence) -> Table:
    summary, versions = evidence.summary, evidence.versions
    columns: Columns = {"What": (36, lambda row: row[0]), "How many, or which": (80, lambda row: row[1])}
    made = evidence.made
    rows: list[tuple[str, str | int]] = [
        ("Judged by the day", evidence.today.isoformat()),
        ("Made at", moment_of(made)),
        ("Made by", made.by),
        ("CI run", made.run),
        ("Commit", f"{made.commit}{', with changes' if made.dirty else ''}"),
    ]
    rows += [(f"Controls: {word}", summary.controls.get(status, 0)) for status, word in STATUS_WORDS.items()]
    rows += [
        ("Checks passed", summary.checks.passed),
        ("Checks failed", summary.checks.failed),
        ("Checks acknowledged", summary.checks.acknowledged),
        ("Checks unknown", summary.checks.unknown),
        ("Open findings", summary.findings),
        ("Open findings that are errors", summary.errors),
        ("Open findings that the baseline holds", summary.known),
        ("Gate", "reported only, and failed nothing" if evidence.report_only else "enforced"),
        ("Findings in the live account", summary.live_open),
        ("Acknowledgements", summary.acknowledgements),
        ("Stores of data", summary.stores),
        ("Attestations overdue or missing", summary.attestations_open),
        ("aws-cdk-lib", versions.aws_cdk_lib),
        ("cdk-nag", versions.cdk_nag),
        ("hipaa-constructs", versions.hipaa_constructs),
        ("Security Rule as of", evidence.catalogue_date),
        ("Eligible services as of", evidence.services_date),
    ]
    rows += [("Note", note) for note in evidence.notes]
    return table("Summary", columns, rows)


def _words(value: str) -> str:
    return value.replace("_", " ")


def _day(value: Any) -> str:
    return value.isoformat() if value else ""


_FINDINGS: Columns = {
    "Rule": (44, lambda one: one.rule_id),
    "Severity": (10, lambda one: one.severity),
    "Outcome": (10, lambda one: one.outcome),
    "Also": (44, lambda one: listed((*one.tells, *one.also))),
    "Resource": (50, place_of),
    "Type": (30, lambda one: one.resource_type),
    "Template": (34, lambda one: one.template),
    "Message": (60, lambda one: one.message),
    "Fix": (60, lambda one: one.fix),
    "Controls": (40, lambda one: listed(one.controls)),
    "Known since": (12, lambda one: _day(one.baseline.first_seen) if one.baseline else ""),
    "Owner": (30, lambda one: one.baseline.owner if one.baseline else ""),
    "Mended by": (12, lambda one: _day(one.baseline.until) if one.baseline else ""),
}
_ACKNOWLEDGEMENTS: Columns = {
    "Rule": (44, lambda one: one.acknowledgement.rule_id),
    "On": (50, lambda one: one.acknowledgement.path or "the app"),
    "Status": (12, lambda one: _words(one.status)),
    "Approved by": (30, lambda one: one.acknowledgement.approved_by),
    "Ends": (12, lambda one: _day(one.acknowledgement.expires)),
    "Review by": (12, lambda one: _day(review_day(one.acknowledgement))),
    "Origin": (12, lambda one: one.acknowledgement.origin),
    "Reason": (60, lambda one: one.acknowledgement.stated),
    "Ticket": (16, lambda one: one.acknowledgement.ticket or ""),
    "Compensating control": (40, lambda one: one.acknowledgement.compensating_control or ""),
    "Findings": (10, lambda one: len(one.findings)),
    "Problems": (50, lambda one: listed(one.problems)),
    "Source": (50, lambda one: one.acknowledgement.cited),
}
_INVENTORY: Columns = {
    "Resource": (50, lambda one: str(one.resource)),
    "Type": (32, lambda one: one.resource.type),
    "Region": (14, lambda one: one.region),
    "For": (10, lambda one: one.role),
    "Classification": (16, lambda one: one.classification.value),
    "Why": (36, lambda one: one.classified_by),
    "Encryption": (16, lambda one: _words(one.encryption)),
    "Key": (50, lambda one: one.key),
    "Backup": (16, lambda one: _words(one.backup)),
    "Backup plans": (40, lambda one: listed(one.plans)),
    "Copies": (50, lambda one: listed(one.copies)),
    "Retention": (40, lambda one: listed(one.retention)),
    "Template": (34, lambda one: one.resource.template),
}
_RULES: Columns = {
    "Rule": (48, lambda one: one.id),
    "Origin": (18, lambda one: one.origin),
    "Severity": (10, lambda one: one.severity),
    "Title": (60, lambda one: one.title),
    "Ran": (8, lambda one: "yes" if one.ran else "no"),
    "Passed": (9, lambda one: one.counts.passed),
    "Failed": (9, lambda one: one.counts.failed),
    "Acknowledged": (14, lambda one: one.counts.acknowledged),
    "Unknown": (9, lambda one: one.counts.unknown),
    "Controls": (50, lambda one: listed(one.controls)),
}
_CONFIG_RULES: Columns = {
    "AWS Config rule": (48, lambda one: one.name),
    "Proven": (14, lambda one: "at synth" if one.proven_by else "at run time"),
    "By": (60, lambda one: listed(one.proven_by)),
    "Deployed by": (50, lambda one: listed(one.deployed)),
    "Controls": (50, lambda one: listed(one.controls)),
}
_ATTESTATIONS: Columns = {
    "Attestation": (50, lambda one: one.title),
    "Account": (14, lambda one: one.account),
    "Status": (12, lambda one: one.status),
    "Date": (12, lambda one: _day(one.date)),
    "Due": (12, lambda one: _day(one.due)),
    "Owner": (30, lambda one: one.owner),
    "Evidence": (50, lambda one: one.evidence),
    "Note": (40, lambda one: one.note),
    "Controls": (40, lambda one: listed([*one.controls, *one.beyond])),
}
_DECISIONS: Columns = {
    "Citation": (22, lambda one: f"§{one.control}"),
    "Decision": (18, lambda one: _words(one.kind)),
    "Reason": (60, lambda one: one.reason),
    "Alternative": (60, lambda one: one.alternative),
    "Decided by": (30, lambda one: one.approved_by),
    "Date": (12, lambda one: _day(one.date)),
    "Due": (12, lambda one: _day(one.due)),
    "Status": (12, lambda one: one.status),
}
_PREFLIGHT: Columns = {
    "Account": (14, lambda one: one.account),
    "What was found": (50, lambda one: one.says),
    "Question": (50, lambda one: one.title),
    "Outcome": (12, lambda one: one.outcome),
    "Message": (70, lambda one: one.message),
    "Controls": (40, lambda one: listed(one.controls)),
}
_CHANGES: Columns = {
    "Resource": (50, lambda one: one.path),
    "Type": (32, lambda one: one.resource_type),
    "Setting": (40, lambda one: one.setting),
    "Properties": (50, lambda one: listed(one.properties)),
    "Outcome": (22, lambda one: CHANGE_WORDS[one.outcome]),
    "Why, or what to do": (80, lambda one: one.why),
}
_TEMPLATES: Columns = {
    "Template": (50, lambda one: one.name),
    "Stack": (40, lambda one: one.stack_path),
    "Account": (14, lambda one: one.account),
    "Region": (14, lambda one: one.region),
    "Resources": (10, lambda one: one.resources),
    "SHA-256": (66, lambda one: one.sha256),
}
