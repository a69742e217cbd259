from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

INSTANCE = "AWS::RDS::DBInstance"
LIBRARIES = "shared_preload_libraries"
LOGGED = {"log_connections": "1", "log_disconnections": "on", LIBRARIES: "pgaudit", "pgaudit.log": "ddl,write"}


def _postgres(**parameters: Any) -> dict[str, Any]:
    group = {"Type": "AWS::RDS::DBParameterGroup", "Properties": {"Parameters": parameters}}
    return one(INSTANCE, Engine="postgres", DBParameterGroupName={"Ref": "Group"}) | {"Group": group}


def _aurora_mysql(**parameters: Any) -> dict[str, Any]:
    group = {"Type": "AWS::RDS::DBClusterParameterGroup", "Properties": {"Parameters": parameters}}
    cluster = one("AWS::RDS::DBCluster", Engine="aurora-mysql", DBClusterParameterGroupName={"Ref": "Group"})
    return cluster | {"Group": group}


def _documents(**parameters: Any) -> dict[str, Any]:
    group = {"Type": "AWS::DocDB::DBClusterParameterGroup", "Properties": {"Parameters": parameters}}
    return one("AWS::DocDB::DBCluster", DBClusterParameterGroupName={"Ref": "Group"}) | {"Group": group}


def _with_options(engine: str, *names: Any) -> dict[str, Any]:
    options = [{"OptionName": name} for name in names]
    group = {"Type": "AWS::RDS::OptionGroup", "Properties": {"OptionConfigurations": options}}
    return one(INSTANCE, Engine=engine, OptionGroupName={"Ref": "Options"}) | {"Options": group}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_postgres(**LOGGED), "passed"),
        (_postgres(**{**LOGGED, "pgaudit.log": "none", "log_statement": "ddl"}), "passed"),
        (_postgres(**{**LOGGED, "pgaudit.log": "none"}), "failed"),
        # Without the library pgaudit.log records nothing; log_statement needs none.
        (_postgres(**{**LOGGED, LIBRARIES: "pg_stat_statements"}), "failed"),
        (_postgres(**{**LOGGED, LIBRARIES: "pg_stat_statements, pgAudit"}), "passed"),
        (_postgres(**{**LOGGED, LIBRARIES: GIVEN}), "unknown"),
        (_postgres(**{**LOGGED, LIBRARIES: "pg_cron", "log_statement": "ddl"}), "passed"),
        (_postgres(**{**LOGGED, LIBRARIES: GIVEN, "log_statement": "mod"}), "passed"),
        (_postgres(**{**LOGGED, "log_connections": "0"}), "failed"),
        (_postgres(log_connections="1", **{"pgaudit.log": "all"}), "failed"),
        (_postgres(**{**LOGGED, "log_connections": GIVEN}), "unknown"),
        (_postgres(), "failed"),
        (one(INSTANCE, Engine="postgres"), "failed"),
        (one(INSTANCE, Engine="postgres", DBParameterGroupName="elsewhere"), "unknown"),
        (one(INSTANCE, Engine=GIVEN), "unknown"),
        (one(INSTANCE, Engine="mysql"), "failed"),
        (_with_options("mysql", "MARIADB_AUDIT_PLUGIN"), "passed"),
        (_with_options("mariadb", "MARIADB_AUDIT_PLUGIN"), "passed"),
        (_with_options("sqlserver-ee", "SQLSERVER_AUDIT"), "passed"),
        (_with_options("sqlserver-ee", "SQLSERVER_BACKUP_RESTORE"), "failed"),
        (_with_options("db2-se", "DB2_AUDIT"), "passed"),
        (_with_options("db2-se"), "failed"),
        (_with_options("db2-se", GIVEN), "unknown"),
        (one(INSTANCE, Engine="sqlserver-se", OptionGroupName="elsewhere"), "unknown"),
        (one(INSTANCE, Engine="sqlserver-se", OptionGroupName="default:sqlserver-se-16-00"), "failed"),
        (one(INSTANCE, Engine="sqlserver-se", DBSnapshotIdentifier="snapshot"), "unknown"),
        (one(INSTANCE, Engine="oracle-ee"), "not_applicable"),
        (one("AWS::RDS::DBCluster", Engine="mysql"), "not_applicable"),
        (_documents(audit_logs="all"), "passed"),
        (_documents(audit_logs="ddl,dml_write"), "passed"),
        (_documents(audit_logs="enabled"), "passed"),
        (_documents(audit_logs="disabled"), "failed"),
        (_documents(audit_logs="none"), "failed"),
        (_documents(tls="enabled"), "failed"),
        (_documents(audit_logs=GIVEN), "unknown"),
        (one("AWS::DocDB::DBCluster"), "failed"),
        (one("AWS::DocDB::DBCluster", DBClusterParameterGroupName="default.docdb5.0"), "failed"),
        (one("AWS::DocDB::DBCluster", DBClusterParameterGroupName="elsewhere"), "unknown"),
        (_aurora_mysql(server_audit_logging="1"), "passed"),
        (_aurora_mysql(server_audit_logging=0), "failed"),
        (_aurora_mysql(server_audit_logging=GIVEN), "unknown"),
        (one("AWS::RDS::DBCluster", Engine="aurora-mysql"), "failed"),
        (one(INSTANCE, Engine="aurora-postgresql", DBClusterIdentifier="c"), "not_applicable"),
        (one("AWS::RDS::DBCluster", Engine="aurora-postgresql"), "failed"),
        (one("AWS::RDS::DBProxy"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("database_activity_logged", resources) == expected


CLUSTER = "AWS::RDS::DBCluster"


def _cluster(shared: dict[str, Any] | None, *members: dict[str, Any] | str | None) -> dict[str, Any]:
    """Return an Aurora cluster with the parameters of its group, and those of each member's; None for no group."""
    groups: dict[str, Any] = {}
    made: dict[str, Any] = {}
    for number, own in enumerate(members):
        member = {"Engine": "aurora-postgresql", "DBClusterIdentifier": {"Ref": "Subject"}}
        if isinstance(own, dict):
            groups[f"Own{number}"] = {"Type": "AWS::RDS::DBParameterGroup", "Properties": {"Parameters": own}}
        if own is not None:
            member["DBParameterGroupName"] = {"Ref": f"Own{number}"} if isinstance(own, dict) else own
        made[f"Member{number}"] = {"Type": INSTANCE, "Properties": member}
    group = {} if shared is None else {"DBClusterParameterGroupName": {"Ref": "Shared"}}
    groups["Shared"] = {"Type": "AWS::RDS::DBClusterParameterGroup", "Properties": {"Parameters": shared or {}}}
    return one(CLUSTER, Engine="aurora-postgresql", **group) | made | groups


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_cluster(LOGGED), "passed"),
        (_cluster(LOGGED, None, None), "passed"),
        (_cluster(LOGGED, {"work_mem": "4096"}), "passed"),
        (_cluster({**LOGGED, LIBRARIES: "pg_cron"}), "failed"),
        (_cluster({**LOGGED, LIBRARIES: "pg_cron"}, {LIBRARIES: "pgaudit"}), "passed"),
        # What a member's own group sets comes before its cluster's.
        (_cluster(LOGGED, {"log_connections": "0"}), "failed"),
        (_cluster({**LOGGED, "log_connections": "0"}, {"log_connections": "1"}), "passed"),
        (_cluster(None, LOGGED), "passed"),
        (_cluster(None, LOGGED, LOGGED), "passed"),
        (_cluster(None, LOGGED, None), "failed"),
        (_cluster({}, LOGGED, {"pgaudit.log": "none"}), "failed"),
        (_cluster(LOGGED, "elsewhere"), "unknown"),
        (_cluster(LOGGED, {"log_connections": GIVEN}), "unknown"),
    ],
)
def test_a_cluster_is_judged_by_what_holds_for_its_members(resources: dict[str, Any], expected: str) -> None:
    assert judged("database_activity_logged", resources) == expected


def test_the_member_is_named() -> None:
    found = verdict("database_activity_logged", _cluster(LOGGED, None, {"log_connections": "0"}))
    assert found is not None
    assert found.message == "The parameter log_connections of Member1 is 0, so log-ins are not recorded."


def test_a_library_that_is_not_loaded_is_said_with_what_it_needs() -> None:
    resources = _postgres(log_connections="1", log_disconnections="1", **{"pgaudit.log": "ddl"})
    found = verdict("database_activity_logged", resources)
    assert found is not None
    assert found.message == "pgaudit.log records nothing, since shared_preload_libraries does not have pgaudit."
    for in_cdk in (False, True):
        fix = to_do("database_activity_logged", resources, in_cdk=in_cdk)
        assert "pg_stat_statements,pgaudit" in fix
        assert "CREATE EXTENSION pgaudit" in fix


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"SourceDBInstanceIdentifier": {"Ref": "Source"}}, "not_applicable"),
        ({"SourceDBInstanceIdentifier": {"Ref": "Source"}, "OptionGroupName": {"Ref": "Options"}}, "failed"),
        ({"SourceDBInstanceIdentifier": "elsewhere"}, "unknown"),
    ],
)
def test_a_replica_without_options_of_its_own_is_judged_at_its_source(
    properties: dict[str, Any], expected: str
) -> None:
    replica = one("AWS::RDS::DBInstance", Engine="mysql", **properties)
    others = {
        "Source": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "mysql"}},
        "Options": {"Type": "AWS::RDS::OptionGroup", "Properties": {"OptionConfigurations": []}},
    }
    assert judged("database_activity_logged", replica | others) == expected


# What is of one engine alone.
WORDS = ("log_connections", "MARIADB_AUDIT_PLUGIN", "SQLSERVER_AUDIT", "DB2_AUDIT", "server_audit_logging")


@pytest.mark.parametrize("in_cdk", [False, True])
@pytest.mark.parametrize(
    ("kind", "engine", "word"),
    [
        (INSTANCE, "postgres", "log_connections"),
        (INSTANCE, "mysql", "MARIADB_AUDIT_PLUGIN"),
        (INSTANCE, "mariadb", "MARIADB_AUDIT_PLUGIN"),
        (INSTANCE, "sqlserver-se", "SQLSERVER_AUDIT"),
        (INSTANCE, "db2-se", "DB2_AUDIT"),
        (CLUSTER, "aurora-postgresql", "log_connections"),
        (CLUSTER, "postgres", "log_connections"),
        (CLUSTER, "aurora-mysql", "server_audit_logging"),
    ],
)
def test_what_to_do_is_for_the_engine_alone(kind: str, engine: str, word: str, in_cdk: bool) -> None:
    fix = to_do("database_activity_logged", one(kind, Engine=engine), in_cdk=in_cdk)
    # In CDK it is a group of the app, whose option the finding names.
    by_group = in_cdk and "AUDIT" in word
    assert [one for one in WORDS if one in fix] == ([] if by_group else [word])
    assert ("option_group=" in fix) is by_group


@pytest.mark.parametrize(("kind", "said"), [(INSTANCE, 4), (CLUSTER, 2)])
def test_of_an_engine_that_is_not_known_all_is_said(kind: str, said: int) -> None:
    fix = to_do("database_activity_logged", one(kind, Engine=GIVEN))
    assert len([one for one in WORDS if one in fix]) == said


def test_each_switch_says_what_is_not_recorded() -> None:
    found = verdict("database_activity_logged", _postgres(**{"pgaudit.log": "ddl", LIBRARIES: "pgaudit"}))
    assert found is not None
    assert found.seen == (
        "The parameter log_connections is not set, so log-ins are not recorded.",
        "The parameter log_disconnections is not set, so log-outs are not recorded.",
    )


def _warehouse(*parameters: Any, name: Any = None) -> dict[str, Any]:
    group = {"Type": "AWS::Redshift::ClusterParameterGroup", "Properties": {"Parameters": list(parameters)}}
    return one("AWS::Redshift::Cluster", ClusterParameterGroupName=name or {"Ref": "Group"}) | {"Group": group}


def _set(name: Any, value: Any) -> dict[str, Any]:
    return {"ParameterName": name, "ParameterValue": value}


def _workgroup(*parameters: Any) -> dict[str, Any]:
    return one("AWS::RedshiftServerless::Workgroup", ConfigParameters=list(parameters))


ACTIVITY = "enable_user_activity_logging"
TLS = _set("require_ssl", "true")


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_warehouse(TLS, _set(ACTIVITY, "true")), "passed"),
        (_warehouse(_set(ACTIVITY, True)), "passed"),
        (_warehouse(TLS), "failed"),
        (_warehouse(), "failed"),
        (_warehouse(_set(ACTIVITY, "false")), "failed"),
        (_warehouse(_set(ACTIVITY, GIVEN)), "unknown"),
        (_warehouse(_set(GIVEN, "true")), "unknown"),
        # What is not known of another parameter leaves what is written.
        (_warehouse(_set(GIVEN, "true"), _set(ACTIVITY, "true")), "passed"),
        (_warehouse(_set(ACTIVITY, "true"), name="elsewhere"), "unknown"),
        (_warehouse(_set(ACTIVITY, "true"), name=GIVEN), "unknown"),
        (_warehouse(_set(ACTIVITY, "true"), name={"Fn::ImportValue": "Warehouse-Group"}), "unknown"),
        (_warehouse(_set(ACTIVITY, "true"), name="default.redshift-2.0"), "failed"),
        (one("AWS::Redshift::Cluster"), "failed"),
        (one("AWS::Redshift::Cluster", SnapshotIdentifier="snapshot"), "failed"),
        (one("AWS::RedshiftServerless::Workgroup"), "passed"),
        (_workgroup({"ParameterKey": "require_ssl", "ParameterValue": "true"}), "passed"),
        (_workgroup({"ParameterKey": ACTIVITY, "ParameterValue": "true"}), "passed"),
        (_workgroup({"ParameterKey": ACTIVITY, "ParameterValue": "false"}), "failed"),
        (_workgroup({"ParameterKey": ACTIVITY, "ParameterValue": GIVEN}), "unknown"),
    ],
)
def test_redshift_records_statements(resources: dict[str, Any], expected: str) -> None:
    assert judged("database_activity_logged", resources) == expected


def test_it_is_said_which_parameter_group_redshift_has() -> None:
    own, default = _warehouse(TLS), one("AWS::Redshift::Cluster")
    found = [verdict("database_activity_logged", resources) for resources in (own, default)]
    assert [one.message for one in found if one] == [
        f"The parameter {ACTIVITY} of Group is not set, so no statement is recorded.",
        f"The parameter group is Redshift's own, default.redshift-2.0, with {ACTIVITY}: false, so no statement is "
        "recorded.",
    ]
    assert "ClusterParameterGroupName" in to_do("database_activity_logged", default)
    assert ACTIVITY in to_do("database_logs_exported", default)
