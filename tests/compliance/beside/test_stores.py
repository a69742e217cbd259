"""A store of which nothing keeps a copy, or that nothing keeps from being deleted, is one finding."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.beside.support import assessed, failed, fix_of, listed, told

COPIES = ("DatabaseBackupsKept", "PointInTimeRecovery", "StoreBackedUp")
DELETION = ("RetainedOnDelete", "DeletionProtected")
UNPLANNED = "No backup selection of the app covers it."


def database(**properties: Any) -> dict[str, Any]:
    return {"It": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "postgres", **properties}}}


def table(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties}


@pytest.mark.parametrize("days", [0, 3])
def test_that_no_plan_takes_a_database_is_said_with_its_own_backups(days: int) -> None:
    found = assessed(database(BackupRetentionPeriod=days))
    assert told(found, *COPIES) == {"DatabaseBackupsKept It": f"BackupRetentionPeriod is {days}. {UNPLANNED}"}
    assert failed(found, *COPIES) == {"DatabaseBackupsKept It", "StoreBackedUp It"}
    fix = fix_of(found, "DatabaseBackupsKept It")
    assert "BackupRetentionPeriod: 35" in fix
    assert "BackupSelection" in fix


def test_a_database_with_backups_of_its_own_is_asked_for_a_plan_by_itself() -> None:
    found = told(assessed(database(BackupRetentionPeriod=14)), *COPIES)
    assert found == {"StoreBackedUp It": "No backup selection of the app covers it, and its own backups end with it."}


def test_who_accepts_too_few_backups_is_told_of_the_plan() -> None:
    found = told(assessed(database(BackupRetentionPeriod=1), "DatabaseBackupsKept It"), *COPIES)
    assert found == {"StoreBackedUp It": UNPLANNED}
    found = told(assessed(database(BackupRetentionPeriod=1), "StoreBackedUp It"), *COPIES)
    assert found == {"DatabaseBackupsKept It": "BackupRetentionPeriod is 1."}


def test_that_no_plan_takes_tables_is_said_with_the_recovery_of_each() -> None:
    found = assessed({"A": table(), "B": table()})
    assert set(told(found, *COPIES)) == {"PointInTimeRecovery A", "PointInTimeRecovery B"}
    # Each in the same words, so that they are one to who reads them.
    assert len(set(told(found, *COPIES).values())) == 1
    assert listed(found, *COPIES) == {"PointInTimeRecovery A", "PointInTimeRecovery B"}


def test_tables_of_which_one_can_be_recovered_are_told_of_the_plan_by_itself() -> None:
    kept = table(PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    found = told(assessed({"A": table(), "B": kept}), *COPIES)
    assert list(found) == ["PointInTimeRecovery A", "StoreBackedUp A"]
    assert UNPLANNED not in found["PointInTimeRecovery A"]


def test_that_a_call_deletes_a_store_is_said_with_that_its_stack_does() -> None:
    found = assessed({"A": table()})
    (message,) = told(found, *DELETION).values()
    assert list(told(found, *DELETION)) == ["RetainedOnDelete A"]
    assert message.endswith("so the resource is deleted. DeletionProtectionEnabled is not set, so it is false.")
    assert failed(found, *DELETION) == {"RetainedOnDelete A", "DeletionProtected A"}
    assert "DeletionProtectionEnabled: true" in fix_of(found, "RetainedOnDelete A")


@pytest.mark.parametrize(
    "resources",
    [
        # A store that its stack leaves is deleted by a call alone.
        {"It": {**table(TableName="t"), "DeletionPolicy": "Retain"}},
        # What protects a database is asked for by name, as an error.
        database(DBInstanceIdentifier="d"),
    ],
)
def test_deletion_by_a_call_alone_is_a_finding_of_its_own(resources: dict[str, Any]) -> None:
    assert list(told(assessed(resources), *DELETION)) == ["DeletionProtected It", "RetainedOnDelete It"]


LOGS = ("DatabaseLogsExported", "DatabaseActivityLogged")


def test_that_nothing_is_written_down_is_said_with_what_is_not_exported() -> None:
    found = assessed(database(Engine="mysql"))
    (message,) = told(found, *LOGS).values()
    assert list(told(found, *LOGS)) == ["DatabaseLogsExported It"]
    assert "EnableCloudwatchLogsExports" in message
    assert "MARIADB_AUDIT_PLUGIN" in fix_of(found, "DatabaseLogsExported It")
    assert failed(found, *LOGS) == {f"{name} It" for name in LOGS}


def test_a_database_that_exports_all_is_told_what_it_does_not_write_down() -> None:
    exported = ["audit", "error", "general", "slowquery", "iam-db-auth-error"]
    found = assessed(database(Engine="mysql", EnableCloudwatchLogsExports=exported))
    assert list(told(found, *LOGS)) == ["DatabaseActivityLogged It"]
