from __future__ import annotations

import re
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::RDS::DBInstance", {"StorageEncrypted": True}, "passed"),
        ("AWS::RDS::DBInstance", {"StorageEncrypted": "true"}, "passed"),
        ("AWS::RDS::DBInstance", {}, "failed"),
        ("AWS::RDS::DBInstance", {"StorageEncrypted": False}, "failed"),
        ("AWS::RDS::DBInstance", {"StorageEncrypted": GIVEN}, "unknown"),
        ("AWS::RDS::DBInstance", {"DBSnapshotIdentifier": "snap"}, "unknown"),
        ("AWS::RDS::DBInstance", {"SourceDBInstanceIdentifier": "elsewhere"}, "unknown"),
        ("AWS::RDS::DBInstance", {"SourceDBInstanceIdentifier": "elsewhere", "StorageEncrypted": False}, "failed"),
        ("AWS::RDS::DBInstance", {"DBClusterIdentifier": "c", "Engine": "aurora-mysql"}, "not_applicable"),
        ("AWS::RDS::DBInstance", {"Engine": "aurora-postgresql"}, "not_applicable"),
        ("AWS::RDS::DBCluster", {"StorageEncrypted": True}, "passed"),
        ("AWS::RDS::DBCluster", {}, "failed"),
        ("AWS::RDS::DBCluster", {"Engine": "aurora", "EngineMode": "serverless"}, "passed"),
        ("AWS::RDS::DBCluster", {"Engine": "aurora-mysql", "EngineMode": "provisioned"}, "failed"),
        ("AWS::RDS::DBCluster", {"SnapshotIdentifier": GIVEN}, "unknown"),
        ("AWS::RDS::GlobalCluster", {"StorageEncrypted": True}, "passed"),
        ("AWS::RDS::GlobalCluster", {"GlobalClusterIdentifier": "own-name"}, "failed"),
        ("AWS::DocDB::DBCluster", {}, "failed"),
        ("AWS::DocDB::DBCluster", {"StorageEncrypted": True}, "passed"),
        ("AWS::Neptune::DBCluster", {}, "failed"),
        ("AWS::DocDB::GlobalCluster", {}, "failed"),
        ("AWS::Neptune::GlobalCluster", {"StorageEncrypted": True}, "passed"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("database_encrypted", one(kind, **properties)) == expected


@pytest.mark.parametrize(("source", "expected"), [({"StorageEncrypted": True}, "passed"), ({}, "failed")])
def test_replica_is_encrypted_as_its_source_in_another_stack(source: dict[str, Any], expected: str) -> None:
    primary = {"Primary": {"Type": "AWS::RDS::DBInstance", "Properties": {**source, "DBInstanceIdentifier": "primary"}}}
    replica = one("AWS::RDS::DBInstance", SourceDBInstanceIdentifier="primary")
    assert judged("database_encrypted", primary, replica) == expected


def test_second_cluster_is_encrypted_as_its_global_cluster() -> None:
    stack = {
        **one("AWS::RDS::DBCluster", GlobalClusterIdentifier={"Ref": "World"}),
        "World": {"Type": "AWS::RDS::GlobalCluster", "Properties": {"StorageEncrypted": True}},
    }
    assert judged("database_encrypted", stack) == "passed"


def test_clusters_that_name_each_other() -> None:
    stack = {
        **one("AWS::RDS::DBCluster", GlobalClusterIdentifier={"Ref": "World"}),
        "World": {"Type": "AWS::RDS::GlobalCluster", "Properties": {"SourceDBClusterIdentifier": {"Ref": "Subject"}}},
    }
    assert judged("database_encrypted", stack) == "unknown"


@pytest.mark.parametrize(("size", "told"), [("db.t2.micro", True), ("db.m1.small", True), ("db.t4g.micro", False)])
def test_a_class_that_cannot_encrypt_is_named(size: str, told: bool) -> None:
    resources = one("AWS::RDS::DBInstance", Engine="postgres", DBInstanceClass=size)
    assert ("the present one does not" in to_do("database_encrypted", resources)) is told


@pytest.mark.parametrize(
    ("kind", "restored"),
    [
        ("AWS::RDS::DBInstance", "DBSnapshotIdentifier"),
        ("AWS::RDS::DBCluster", " SnapshotIdentifier"),
        ("AWS::DocDB::DBCluster", " SnapshotIdentifier"),
        ("AWS::Neptune::DBCluster", " SnapshotIdentifier"),
    ],
)
@pytest.mark.parametrize("in_cdk", [False, True])
def test_what_is_to_be_done_says_that_the_database_is_made_anew(kind: str, restored: str, in_cdk: bool) -> None:
    said = to_do("database_encrypted", one(kind), in_cdk=in_cdk)
    assert re.search("replaces a (database|cluster) that exists by an empty one", said)
    assert restored in said
    # The snapshot of an instance is encrypted as it is copied, that of a cluster as it is restored.
    assert ("copy that with the key" in said) is (kind == "AWS::RDS::DBInstance")


WORLDS = [
    ("AWS::RDS", "AWS::RDS::DBCluster"),
    ("AWS::DocDB", "AWS::DocDB::DBCluster"),
    ("AWS::RDS", "AWS::DocDB::DBCluster"),
]


@pytest.mark.parametrize(("space", "kind"), WORLDS)
@pytest.mark.parametrize(
    ("encrypted", "expected"),
    [({"StorageEncrypted": True}, "passed"), ({"StorageEncrypted": False}, "not_applicable"), ({}, "not_applicable")],
)
def test_a_global_cluster_is_encrypted_as_what_it_is_made_of(
    space: str, kind: str, encrypted: dict[str, Any], expected: str
) -> None:
    first = {"First": {"Type": kind, "Properties": encrypted}}
    whole = one(f"{space}::GlobalCluster", SourceDBClusterIdentifier={"Ref": "First"})
    assert judged("database_encrypted", whole | first) == expected


def test_a_global_cluster_of_what_is_elsewhere_is_mended_there() -> None:
    whole = one("AWS::RDS::GlobalCluster", SourceDBClusterIdentifier=GIVEN)
    assert judged("database_encrypted", whole) == "unknown"
    assert "The cluster that SourceDBClusterIdentifier names" in to_do("database_encrypted", whole)
    assert to_do("database_encrypted", one("AWS::RDS::GlobalCluster")) == "Set StorageEncrypted: true."


@pytest.mark.parametrize(
    ("engine", "version", "told"),
    [
        ("postgres", None, "db.t4g.micro"),
        ("postgres", "12.7", "db.t4g.micro"),
        ("postgres", "12.6", "db.t3.micro"),
        ("postgres", "12", "db.t4g.micro"),
        ("mysql", "5.7.38", "db.t3.micro"),
        ("MySQL", "8.0.41", "db.t4g.micro"),
        ("mariadb", "10.3", "db.t3.micro"),
        ("sqlserver-ex", None, "db.t3.micro"),
        ("oracle-se2", "19", "db.t3.small"),
        ("db2-se", None, "db.t3.small"),
    ],
)
def test_the_class_is_one_that_the_engine_takes(engine: str, version: str | None, told: str) -> None:
    given = {} if version is None else {"EngineVersion": version}
    resources = one("AWS::RDS::DBInstance", Engine=engine, DBInstanceClass="db.t2.micro", **given)
    assert f"such as {told};" in to_do("database_encrypted", resources)
