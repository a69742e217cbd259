"""The evidence of many accounts as tables: a row an account, a row a cell, and findings; as CSV and as a workbook."""

from __future__ import annotations

from functools import partial

from hipaa_constructs.compliance.controls import controls
from hipaa_constructs.evidence.csv_matrix import csv_of
from hipaa_constructs.evidence.labels import moment_of
from hipaa_constructs.evidence.model import COLUMN_WORDS, STATUS_WORDS
from hipaa_constructs.evidence.organization_model import AccountEvidence, OrganizationEvidence, label_of
from hipaa_constructs.evidence.tables import Columns, Table, listed, table
from hipaa_constructs.evidence.xlsx_matrix import workbook_of


def as_csv(evidence: OrganizationEvidence) -> str:
    """Return a row for each entry in each account."""
    return csv_of(_cells(evidence))


def as_xlsx(evidence: OrganizationEvidence) -> bytes:
    """Return a workbook: summary, accounts against entries, each cell, and findings."""
    tables = [_summary(evidence), _matrix(evidence), _cells(evidence), _findings(evidence), _assemblies(evidence)]
    return workbook_of(tables, title="HIPAA Security Rule: control matrix of an organization", today=evidence.today)


def _summary(evidence: OrganizationEvidence) -> Table:
    columns: Columns = {"What": (36, lambda row: row[0]), "How many, or which": (80, lambda row: row[1])}
    rows: list[tuple[str, str | int]] = [
        ("Judged by the day", evidence.today.isoformat()),
        ("Made at", moment_of(evidence.made)),
        ("Accounts", len(evidence.accounts)),
        ("Resources", sum(one.resources for one in evidence.accounts)),
        *((f"Entries in accounts: {word}", evidence.statuses[status]) for status, word in STATUS_WORDS.items()),
        ("Open errors", sum(one.errors for one in evidence.accounts)),
        ("Open warnings", sum(one.warnings for one in evidence.accounts)),
        ("Open findings that the baseline holds", sum(one.debts for one in evidence.accounts)),
        ("Findings in live accounts", sum(one.live_open for one in evidence.accounts)),
        ("Accounts whose live account was asked", sum(1 for one in evidence.accounts if one.asked)),
        ("Security Rule as of", evidence.catalogue_date),
        ("Eligible services as of", evidence.services_date),
        *(("Note", note) for note in evidence.notes),
    ]
    return table("Summary", columns, rows)


def _matrix(evidence: OrganizationEvidence) -> Table:
    columns: Columns = {
        "Account": (30, label_of),
        "Role": (14, lambda one: one.known.role),
        "Environment": (14, lambda one: one.known.environment),
        "Errors": (8, lambda one: one.errors),
        "Warnings": (9, lambda one: one.warnings),
        "Known": (8, lambda one: one.debts),
        "Live": (8, lambda one: one.live_open),
    }
    columns = {
        **columns,
        **{f"§{id_}": (13, partial(_status, id_)) for id_ in controls()},
    }
    return table("Accounts", columns, evidence.accounts)


def _status(control: str, account: AccountEvidence) -> str:
    return STATUS_WORDS[account.cells[control].status]


def _cells(evidence: OrganizationEvidence) -> Table:
    columns: Columns = {
        "Account": (14, lambda row: row[0].id),
        "Name": (24, lambda row: row[0].name),
        "Role": (14, lambda row: row[0].known.role),
        "Environment": (14, lambda row: row[0].known.environment),
        "Citation": (22, lambda row: f"§{row[1].control.id}"),
        "Title": (34, lambda row: row[1].control.title),
        "Status": (18, lambda row: STATUS_WORDS[row[1].status]),
        "Why": (60, lambda row: row[1].reason),
        "Infrastructure": (26, lambda row: COLUMN_WORDS[row[1].infrastructure.status]),
        "Live account": (22, lambda row: COLUMN_WORDS[row[1].live.status]),
        "People": (22, lambda row: COLUMN_WORDS[row[1].people.status]),
        "Checks passed": (9, lambda row: row[1].checks.passed),
        "Checks failed": (9, lambda row: row[1].checks.failed),
        "Checks acknowledged": (14, lambda row: row[1].checks.acknowledged),
        "Checks unknown": (9, lambda row: row[1].checks.unknown),
        "Known findings": (9, lambda row: row[1].known),
        "Acts for all, in another account": (
            50,
            lambda row: listed([f"{one.account}: {one.resource}" for one in row[1].provided]),
        ),
    }
    cells = [(account, cell) for account in evidence.accounts for cell in account.cells.values()]
    return table("Entries", columns, cells)


def _findings(evidence: OrganizationEvidence) -> Table:
    columns: Columns = {
        "Account": (14, lambda row: row[0].id),
        "Name": (24, lambda row: row[0].name),
        "Rule": (44, lambda row: row[1].rule_id),
        "Severity": (10, lambda row: row[1].severity),
        "Outcome": (10, lambda row: row[1].outcome),
        "Findings": (9, lambda row: row[1].count),
        "Known": (9, lambda row: row[1].known),
        "The first": (60, lambda row: listed(row[1].places)),
        "Fix": (60, lambda row: row[1].fix),
    }
    return table("Findings", columns, [(account, one) for account in evidence.accounts for one in account.findings])


def _assemblies(evidence: OrganizationEvidence) -> Table:
    columns: Columns = {
        "Assembly": (50, lambda one: one.folder),
        "Stacks": (9, lambda one: one.stacks),
        "Accounts": (9, lambda one: one.accounts),
        "Resources": (10, lambda one: one.resources),
        "aws-cdk-lib": (14, lambda one: one.versions.aws_cdk_lib),
        "cdk-nag": (14, lambda one: one.versions.cdk_nag),
        "Gate": (14, lambda one: "reported only" if one.report_only else "enforced"),
        "Notes": (80, lambda one: listed(one.notes)),
    }
    return table("Assemblies", columns, evidence.assemblies)
