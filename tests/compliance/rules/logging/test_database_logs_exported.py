from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, SEVERAL, judged, one, to_do, verdict

INSTANCE = "AWS::RDS::DBInstance"
NAMESPACE = "AWS::RedshiftServerless::Namespace"
SEARCH = "AWS::OpenSearchService::Domain"
ON = {"Enabled": True, "CloudWatchLogsLogGroupArn": "arn:aws:logs"}


def _instance(engine: Any, *exports: Any) -> dict[str, Any]:
    return one(INSTANCE, Engine=engine, EnableCloudwatchLogsExports=list(exports))


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_instance("postgres", "postgresql", "upgrade"), "passed"),
        (_instance("postgres", "postgresql"), "failed"),
        (_instance("mysql", "audit", "error", "general", "slowquery"), "passed"),
        (_instance("mariadb", "error", "general", "slowquery"), "failed"),
        (_instance("oracle-ee", "alert", "audit", "listener", "trace"), "passed"),
        (_instance("oracle-ee"), "failed"),
        (_instance("sqlserver-se", "agent", "error"), "passed"),
        (_instance("sqlserver-ex", "error"), "passed"),
        (_instance("sqlserver-se", "error"), "failed"),
        (_instance("db2-se", "diag.log", "notify.log"), "passed"),
        (_instance("unheard-of"), "not_applicable"),
        (_instance("postgres", "postgresql", GIVEN), "unknown"),
        (_instance(GIVEN), "unknown"),
        (one(INSTANCE, Engine="postgres", EnableCloudwatchLogsExports=GIVEN), "unknown"),
        (one(INSTANCE, Engine="postgres", EnableCloudwatchLogsExports=SEVERAL), "unknown"),
        (one(INSTANCE, Engine="aurora-mysql", DBClusterIdentifier="c"), "not_applicable"),
        (one("AWS::RDS::DBCluster", Engine="aurora-postgresql", EnableCloudwatchLogsExports=["postgresql"]), "passed"),
        (one("AWS::RDS::DBCluster", Engine="aurora-mysql", EnableCloudwatchLogsExports=["error"]), "failed"),
        (one("AWS::DocDB::DBCluster", EnableCloudwatchLogsExports=["audit", "profiler"]), "passed"),
        (one("AWS::DocDB::DBCluster"), "failed"),
        (one("AWS::Neptune::DBCluster", EnableCloudwatchLogsExports=["audit"]), "passed"),
        (one("AWS::Redshift::Cluster", LoggingProperties={"BucketName": "logs"}), "passed"),
        (one("AWS::Redshift::Cluster"), "failed"),
        (one(NAMESPACE, LogExports=["userlog", "connectionlog", "useractivitylog"]), "passed"),
        (one(NAMESPACE, LogExports=["userlog", "connectionlog"]), "failed"),
        (one(NAMESPACE), "failed"),
        (one(NAMESPACE, LogExports=["userlog", "connectionlog", GIVEN]), "unknown"),
        (one(NAMESPACE, LogExports=SEVERAL), "unknown"),
        (one(SEARCH, LogPublishingOptions={"AUDIT_LOGS": ON, "ES_APPLICATION_LOGS": ON}), "passed"),
        (one(SEARCH, LogPublishingOptions={"ES_APPLICATION_LOGS": ON}), "failed"),
        (one(SEARCH, LogPublishingOptions=GIVEN), "unknown"),
        (one("AWS::DynamoDB::Table"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("database_logs_exported", resources) == expected


@pytest.mark.parametrize(
    ("iam", "exports", "expected"),
    [
        (True, ["postgresql", "upgrade", "iam-db-auth-error"], "passed"),
        (True, ["postgresql", "upgrade"], "failed"),
        (True, ["postgresql", "upgrade", GIVEN], "unknown"),
        (False, ["postgresql", "upgrade"], "passed"),
        (GIVEN, ["postgresql", "upgrade"], "passed"),
    ],
)
def test_denied_log_ins_with_iam_authentication(iam: Any, exports: list[Any], expected: str) -> None:
    properties = {"EnableIAMDatabaseAuthentication": iam, "EnableCloudwatchLogsExports": exports}
    found = verdict("database_logs_exported", one(INSTANCE, Engine="postgres", **properties))
    assert found is not None
    assert found.outcome == expected
    assert expected != "failed" or found.severity == "warning"


def test_serverless_clusters_export_by_themselves() -> None:
    cluster = {"Engine": "aurora-mysql", "EngineMode": "serverless"}
    assert judged("database_logs_exported", one("AWS::RDS::DBCluster", **cluster)) == "not_applicable"


@pytest.mark.parametrize(
    ("engine", "exports", "severity"),
    [
        ("postgres", ["postgresql"], "warning"),
        ("postgres", ["upgrade"], None),
        ("postgres", [], None),
        ("mysql", ["audit", "error", "general"], "warning"),
        ("mysql", ["audit", "slowquery"], None),
        ("oracle-ee", ["alert", "audit", "listener"], "warning"),
        ("sqlserver-se", ["error"], "warning"),
    ],
)
def test_a_log_of_operation_that_is_missing_is_a_warning(engine: str, exports: list[str], severity: str | None) -> None:
    found = verdict("database_logs_exported", _instance(engine, *exports))
    assert (found.outcome, found.severity) == ("failed", severity)


@pytest.mark.parametrize(
    ("kind", "given", "old"),
    [
        ("AWS::Elasticsearch::Domain", {"ElasticsearchVersion": "6.3"}, True),
        ("AWS::Elasticsearch::Domain", {}, True),
        ("AWS::Elasticsearch::Domain", {"ElasticsearchVersion": "6.7"}, False),
        ("AWS::Elasticsearch::Domain", {"ElasticsearchVersion": "7.10"}, False),
        ("AWS::Elasticsearch::Domain", {"ElasticsearchVersion": GIVEN}, False),
        ("AWS::OpenSearchService::Domain", {"EngineVersion": "Elasticsearch_5.6"}, True),
        ("AWS::OpenSearchService::Domain", {"EngineVersion": "OpenSearch_1.0"}, False),
        ("AWS::OpenSearchService::Domain", {}, False),
    ],
)
def test_an_old_domain_has_no_audit_logs(kind: str, given: dict[str, Any], old: bool) -> None:
    for in_cdk in (False, True):
        assert ("before Elasticsearch 6.7" in to_do("database_logs_exported", one(kind, **given), in_cdk=in_cdk)) is old
    assert "EnforceHTTPS" in to_do("database_logs_exported", one(kind, **given))


@pytest.mark.parametrize(
    ("kind", "own"), [("AWS::DocDB::DBCluster", "profiler"), ("AWS::Neptune::DBCluster", "slowquery")]
)
def test_logs_that_are_exported_stay_so(kind: str, own: str) -> None:
    said = to_do("database_logs_exported", one(kind, EnableCloudwatchLogsExports=[own]))
    assert said.startswith(f"Set EnableCloudwatchLogsExports: [{own}, audit].")
