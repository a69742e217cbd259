"""What making and restoring backups takes, against the kinds of resources that AWS asks for.

docs.aws.amazon.com/service-authorization/latest/reference
"""

from __future__ import annotations

import pytest

from hipaa_constructs.recovery.backup_permissions import backup_statements
from hipaa_constructs.recovery.permissions import Place
from hipaa_constructs.recovery.restore_permissions import restore_statements
from tests.policy_evaluator import allowed

HERE = Place("111122223333", "us-east-1")
INSTANCE = ("db:records", "db:restored", "og:default:postgres-17", "pg:records", "subgrp:records")
CLUSTER = ("cluster:records", "cluster-pg:records", "og:default:aurora-17", "subgrp:records")


@pytest.mark.parametrize(
    ("action", "names"),
    [
        ("rds:RestoreDBInstanceToPointInTime", (*INSTANCE, "auto-backup:ab-1")),
        ("rds:RestoreDBInstanceFromDBSnapshot", (*INSTANCE, "snapshot:awsbackup:job-1")),
        ("rds:RestoreDBClusterToPointInTime", (*CLUSTER, "cluster-auto-backup:ab-1")),
        ("rds:RestoreDBClusterFromSnapshot", (*CLUSTER, "cluster-snapshot:awsbackup:job-1")),
        ("rds:CreateDBInstance", ("db:restored", "cluster:restored", "og:default:aurora-17", "subgrp:records")),
        ("dynamodb:RestoreTableFromBackup", ("table/records", "table/records/backup/1")),
        ("redshift-serverless:RestoreTableFromSnapshot", ("namespace/1", "snapshot/1", "workgroup/1")),
    ],
)
def test_restores_reach_every_kind_of_resource_that_they_use(action: str, names: tuple[str, ...]) -> None:
    document = {"Statement": restore_statements(HERE)}
    for arn in HERE.arns(action.partition(":")[0], *names):
        assert allowed([document], action, arn), arn
    (elsewhere,) = Place("444455556666", "us-east-1").arns(action.partition(":")[0], names[0])
    assert not allowed([document], action, elsewhere)


@pytest.mark.parametrize("action", ["cloudwatch:GetMetricData", "events:ListRules", "s3:ListAllMyBuckets"])
def test_lists_take_no_resource(action: str) -> None:
    assert allowed([{"Statement": backup_statements(HERE, "arn:aws:backup:::vault")}], action, "*")


@pytest.mark.parametrize(
    ("action", "names"),
    [
        ("redshift-serverless:CreateSnapshot", ("namespace/1", "snapshot/1")),
        ("redshift-serverless:GetNamespace", ("namespace/1",)),
        ("redshift-serverless:GetSnapshot", ("snapshot/1",)),
        ("redshift-serverless:TagResource", ("snapshot/1",)),
    ],
)
def test_backups_reach_every_kind_of_resource_that_they_use(action: str, names: tuple[str, ...]) -> None:
    document = {"Statement": backup_statements(HERE, "arn:aws:backup:::vault")}
    for arn in HERE.arns(action.partition(":")[0], *names):
        assert allowed([document], action, arn), arn
    (elsewhere,) = Place("444455556666", "us-east-1").arns(action.partition(":")[0], names[0])
    assert not allowed([document], action, elsewhere)


def test_backups_delete_snapshots_of_the_warehouse_that_aws_backup_made_alone() -> None:
    document = {"Statement": backup_statements(HERE, "arn:aws:backup:::vault")}
    (snapshot,) = HERE.arns("redshift-serverless", "snapshot/1")
    made = {"aws:ResourceTag/aws:backup:source-resource": "1"}
    assert allowed([document], "redshift-serverless:DeleteSnapshot", snapshot, context=made)
    assert not allowed([document], "redshift-serverless:DeleteSnapshot", snapshot)
