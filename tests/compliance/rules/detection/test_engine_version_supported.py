from __future__ import annotations

import datetime
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from hipaa_constructs.compliance.rule import Verdict
from tests.compliance.rules.support import GIVEN, one, rule

INSTANCE, CLUSTER = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"
DOMAIN, BROKER, JOB = "AWS::OpenSearchService::Domain", "AWS::AmazonMQ::Broker", "AWS::Glue::Job"


def _verdict(kind: str, day: str = "2026-11-28", **properties: Any) -> Verdict:
    app = App()
    app.today = datetime.date.fromisoformat(day)
    app.add("t.json", {"Resources": one(kind, **properties), "Parameters": {"Given": {"Type": "String"}}})
    (result,) = evaluate(app, [rule("engine_version_supported")])
    return result.verdict


@pytest.mark.parametrize(
    ("kind", "properties", "outcome", "severity"),
    [
        (INSTANCE, {"Engine": "postgres", "EngineVersion": "17.6"}, "passed", None),
        (INSTANCE, {"Engine": "postgres", "EngineVersion": "17.4"}, "failed", None),
        (INSTANCE, {"Engine": "postgres", "EngineVersion": "16.8-R2"}, "failed", None),
        (INSTANCE, {"Engine": "postgres", "EngineVersion": "14"}, "passed", None),
        (INSTANCE, {"Engine": "postgres", "EngineVersion": "13.4"}, "failed", None),
        (INSTANCE, {"Engine": "postgres", "EngineVersion": "14.20"}, "passed", None),
        (CLUSTER, {"Engine": "postgres", "EngineVersion": "15.12"}, "failed", None),
        (INSTANCE, {"Engine": "postgres", "EngineVersion": "13"}, "failed", "warning"),
        (INSTANCE, {"Engine": "postgres", "EngineVersion": "9.6.24"}, "failed", None),
        (INSTANCE, {"Engine": "postgres", "EngineVersion": "99.1"}, "passed", None),
        (INSTANCE, {"Engine": "MySQL", "EngineVersion": "8.0.42"}, "failed", "warning"),
        (INSTANCE, {"Engine": "mysql", "EngineVersion": "8.4"}, "passed", None),
        (INSTANCE, {"Engine": "mysql", "EngineVersion": "5.6.51"}, "failed", None),
        (INSTANCE, {"Engine": "mariadb", "EngineVersion": "10.5.20"}, "failed", None),
        (INSTANCE, {"Engine": "mysql", "EngineVersion": "8.0.35"}, "failed", None),
        (INSTANCE, {"Engine": "mysql", "EngineVersion": "8.0.46"}, "failed", "warning"),
        (INSTANCE, {"Engine": "mysql", "EngineVersion": "8.4.3"}, "failed", None),
        (INSTANCE, {"Engine": "mysql", "EngineVersion": "8.4.8"}, "passed", None),
        (INSTANCE, {"Engine": "mariadb", "EngineVersion": "10.11.6"}, "failed", None),
        (INSTANCE, {"Engine": "mariadb", "EngineVersion": "10.11.15"}, "failed", None),
        (INSTANCE, {"Engine": "mariadb", "EngineVersion": "10.11.16"}, "passed", None),
        (INSTANCE, {"Engine": "mariadb", "EngineVersion": "10.11.20"}, "passed", None),
        (INSTANCE, {"Engine": "mariadb", "EngineVersion": "10.11"}, "passed", None),
        (INSTANCE, {"Engine": "oracle-ee", "EngineVersion": "19.0.0.0"}, "passed", None),
        (INSTANCE, {"Engine": "oracle-se2-cdb", "EngineVersion": "21.0.0.0.ru-2024-10.rur-2024-10.r1"}, "passed", None),
        (INSTANCE, {"Engine": "oracle-ee", "EngineVersion": "12.2.0.1.ru-2021-01.rur-2021-01.r1"}, "failed", None),
        (INSTANCE, {"Engine": "custom-oracle-ee", "EngineVersion": "12.1.0.2"}, "failed", None),
        (INSTANCE, {"Engine": "sqlserver-se", "EngineVersion": "15.00"}, "not_applicable", None),
        (INSTANCE, {"Engine": "postgres", "EngineVersion": "9.5.22"}, "failed", None),
        (INSTANCE, {"Engine": "postgres", "EngineVersion": "9"}, "passed", None),
        (INSTANCE, {"Engine": "mysql", "EngineVersion": "5.5.61"}, "failed", None),
        (INSTANCE, {"Engine": "mysql"}, "not_applicable", None),
        (INSTANCE, {"Engine": "mysql", "EngineVersion": GIVEN}, "unknown", None),
        (INSTANCE, {"Engine": GIVEN, "EngineVersion": "13.4"}, "unknown", None),
        (INSTANCE, {"Engine": "oracle-ee", "EngineVersion": GIVEN}, "unknown", None),
        (INSTANCE, {"Engine": "sqlserver-se", "EngineVersion": GIVEN}, "not_applicable", None),
        (INSTANCE, {"Engine": "aurora-mysql", "EngineVersion": "5.7.mysql_aurora.2.11.3"}, "not_applicable", None),
        (CLUSTER, {"Engine": "aurora-mysql", "EngineVersion": "5.7.mysql_aurora.2.11.3"}, "failed", "warning"),
        (CLUSTER, {"Engine": "aurora-mysql", "EngineVersion": "5.7.mysql_aurora.2.07.4"}, "failed", None),
        (CLUSTER, {"Engine": "aurora-mysql", "EngineVersion": "8.0.mysql_aurora.3.10.1"}, "passed", None),
        (CLUSTER, {"Engine": "aurora-mysql", "EngineVersion": "8.0.mysql_aurora.3.08.0"}, "failed", None),
        (CLUSTER, {"Engine": "aurora-mysql", "EngineVersion": "8.0.mysql_aurora.3.04.2"}, "failed", None),
        (CLUSTER, {"Engine": "aurora-mysql", "EngineVersion": "8.4.mysql_aurora.8.4.9"}, "passed", None),
        (CLUSTER, {"Engine": "aurora", "EngineVersion": "5.6.10a"}, "failed", None),
        (CLUSTER, {"Engine": "Aurora"}, "failed", None),
        (CLUSTER, {"Engine": "aurora-mysql"}, "not_applicable", None),
        (INSTANCE, {"Engine": "aurora"}, "not_applicable", None),
        (CLUSTER, {"Engine": "aurora", "EngineMode": "serverless"}, "failed", None),
        (CLUSTER, {"Engine": "aurora-postgresql", "EngineMode": "serverless"}, "failed", None),
        (CLUSTER, {"Engine": "aurora-postgresql", "EngineMode": "provisioned"}, "not_applicable", None),
        (CLUSTER, {"Engine": "aurora-postgresql", "EngineVersion": "11.9"}, "failed", "warning"),
        (CLUSTER, {"Engine": "aurora-postgresql", "EngineVersion": "11"}, "failed", "warning"),
        (CLUSTER, {"Engine": "aurora-postgresql", "EngineVersion": "13.7"}, "failed", None),
        (CLUSTER, {"Engine": "aurora-postgresql", "EngineVersion": "15.3"}, "failed", None),
        (CLUSTER, {"Engine": "aurora-postgresql", "EngineVersion": "15.10"}, "passed", None),
        (CLUSTER, {"Engine": "aurora-postgresql", "EngineVersion": "15"}, "passed", None),
        (CLUSTER, {"Engine": "aurora-postgresql", "EngineVersion": "15.99"}, "passed", None),
        (CLUSTER, {"Engine": "aurora-postgresql", "EngineVersion": "16.4"}, "failed", None),
        (CLUSTER, {"Engine": "aurora-postgresql", "EngineVersion": "16.9-limitless"}, "passed", None),
        ("AWS::ElastiCache::ReplicationGroup", {"EngineVersion": "5.0.6"}, "failed", "warning"),
        ("AWS::ElastiCache::ReplicationGroup", {"EngineVersion": "3.2.6"}, "failed", None),
        ("AWS::ElastiCache::ReplicationGroup", {"EngineVersion": "6.x"}, "passed", None),
        ("AWS::ElastiCache::ReplicationGroup", {"Engine": "valkey", "EngineVersion": "8.0"}, "not_applicable", None),
        ("AWS::ElastiCache::CacheCluster", {"Engine": "memcached", "EngineVersion": "1.4.5"}, "not_applicable", None),
        (DOMAIN, {"EngineVersion": "OpenSearch_2.19"}, "passed", None),
        (DOMAIN, {"EngineVersion": "OpenSearch_1.2"}, "failed", "warning"),
        (DOMAIN, {"EngineVersion": "Elasticsearch_7.1"}, "failed", "warning"),
        (DOMAIN, {"EngineVersion": "Elasticsearch_7.10"}, "passed", None),
        (DOMAIN, {"EngineVersion": GIVEN}, "unknown", None),
        (DOMAIN, {}, "not_applicable", None),
        ("AWS::Elasticsearch::Domain", {"ElasticsearchVersion": "6.7"}, "failed", "warning"),
        ("AWS::DocDB::DBCluster", {"EngineVersion": "3.6.0"}, "failed", "warning"),
        ("AWS::DocDB::DBCluster", {"EngineVersion": "4.0.0"}, "passed", None),
        ("AWS::Neptune::DBCluster", {"EngineVersion": "1.1.0.0"}, "failed", None),
        ("AWS::Neptune::DBCluster", {"EngineVersion": "1.4.6.3"}, "passed", None),
        ("AWS::EKS::Cluster", {"Version": "1.33"}, "failed", "warning"),
        ("AWS::EKS::Cluster", {"Version": "1.30"}, "failed", None),
        ("AWS::EKS::Cluster", {"Version": "1.9"}, "failed", None),
        ("AWS::EKS::Cluster", {"Version": "1.100"}, "passed", None),
        ("AWS::EKS::Cluster", {"Version": "1.35"}, "passed", None),
        (BROKER, {"EngineType": "RABBITMQ", "EngineVersion": "3.11.28"}, "failed", None),
        (BROKER, {"EngineType": "RABBITMQ", "EngineVersion": "3.8.6"}, "failed", None),
        (BROKER, {"EngineType": "RABBITMQ", "EngineVersion": "3.13"}, "passed", None),
        (BROKER, {"EngineType": "ACTIVEMQ", "EngineVersion": "5.15.14"}, "failed", None),
        (BROKER, {"EngineType": "ACTIVEMQ", "EngineVersion": "5.18"}, "passed", None),
        (BROKER, {"EngineType": "ACTIVEMQ"}, "not_applicable", None),
        (BROKER, {"EngineType": GIVEN, "EngineVersion": "5.18"}, "unknown", None),
        (BROKER, {"EngineType": "ACTIVEMQ", "EngineVersion": GIVEN}, "unknown", None),
        ("AWS::EMR::Cluster", {"ReleaseLabel": "emr-5.29.0"}, "failed", None),
        ("AWS::EMR::Cluster", {"ReleaseLabel": "emr-5.36.2"}, "failed", "warning"),
        ("AWS::EMR::Cluster", {"ReleaseLabel": "emr-6.1.0"}, "failed", None),
        ("AWS::EMR::Cluster", {"ReleaseLabel": "emr-6.10.0"}, "failed", "warning"),
        ("AWS::EMR::Cluster", {"ReleaseLabel": "emr-7.5.0"}, "passed", None),
        ("AWS::EMR::Cluster", {"ReleaseLabel": GIVEN}, "unknown", None),
        ("AWS::EMR::Cluster", {}, "not_applicable", None),
        ("AWS::EMRServerless::Application", {"ReleaseLabel": "emr-6.6.0"}, "failed", "warning"),
        ("AWS::EMRServerless::Application", {"ReleaseLabel": "emr-spark-8.0.0"}, "passed", None),
        (JOB, {"Command": {"Name": "glueetl"}, "GlueVersion": "1.0"}, "failed", None),
        (JOB, {"Command": {"Name": "gluestreaming"}, "GlueVersion": "2.0"}, "failed", None),
        (JOB, {"Command": {"Name": "glueetl"}, "GlueVersion": "0.9"}, "failed", None),
        (JOB, {"Command": {"Name": "glueetl"}, "GlueVersion": "4.0"}, "passed", None),
        (JOB, {"Command": {"Name": "glueetl"}, "GlueVersion": GIVEN}, "unknown", None),
        (JOB, {"Command": {"Name": "glueetl"}}, "not_applicable", None),
        (JOB, {"Command": {"Name": "pythonshell", "PythonVersion": "3.9"}, "GlueVersion": "1.0"}, "passed", None),
        (JOB, {"Command": {"Name": "pythonshell", "PythonVersion": "3"}, "GlueVersion": "2.0"}, "failed", None),
        (JOB, {"Command": {"Name": "pythonshell", "PythonVersion": "2"}}, "failed", None),
        (JOB, {"Command": {"Name": "pythonshell"}, "GlueVersion": "1.0"}, "not_applicable", None),
        (JOB, {"Command": {"Name": "pythonshell", "PythonVersion": GIVEN}}, "unknown", None),
        (JOB, {"Command": {"Name": GIVEN}, "GlueVersion": "1.0"}, "unknown", None),
        ("AWS::Glue::DevEndpoint", {"GlueVersion": "1.0"}, "failed", None),
        ("AWS::Glue::DevEndpoint", {}, "failed", None),
        ("AWS::Glue::MLTransform", {"GlueVersion": "1.0"}, "failed", None),
        ("AWS::Glue::MLTransform", {}, "not_applicable", None),
        ("AWS::MWAA::Environment", {"AirflowVersion": "2.5.1"}, "failed", None),
        ("AWS::MWAA::Environment", {"AirflowVersion": "2.10.3"}, "passed", None),
        ("AWS::MSK::Cluster", {"KafkaVersion": "2.8.1"}, "failed", None),
        ("AWS::MSK::Cluster", {"KafkaVersion": "3.9.x.kraft"}, "passed", None),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], outcome: str, severity: str | None) -> None:
    found = _verdict(kind, **properties)
    assert not found.message.startswith("The rule could not read"), found.message
    assert (found.outcome.value, found.severity) == (outcome, severity)


@pytest.mark.parametrize(
    ("day", "outcome", "severity"),
    [
        ("2026-02-28", "passed", None),
        ("2026-03-01", "failed", "warning"),
        ("2029-02-28", "failed", "warning"),
        ("2029-03-01", "failed", None),
    ],
)
def test_the_day_decides(day: str, outcome: str, severity: str | None) -> None:
    found = _verdict(INSTANCE, day, Engine="postgres", EngineVersion="13.22")
    assert (found.outcome.value, found.severity) == (outcome, severity)


def test_a_finding_says_until_when_and_when_that_was_read() -> None:
    found = _verdict(INSTANCE, Engine="postgres", EngineVersion="13.22")
    assert found.message == (
        "EngineVersion 13.22 is past its standard support, which ended on 2026-02-28, and in Extended Support to "
        "2029-02-28 (read on 2026-08-22)."
    )


def test_what_the_list_names_no_more_is_told_so() -> None:
    found = _verdict(CLUSTER, Engine="aurora-postgresql", EngineVersion="15.3")
    assert found.message == "EngineVersion 15.3 is not on AWS's list of what it supports any more (read on 2026-08-21)."
    assert _verdict(CLUSTER, "2026-08-21", Engine="aurora-postgresql", EngineVersion="15.3").outcome.value == "passed"


def test_what_is_older_than_the_table_is_told_so() -> None:
    found = _verdict("AWS::EKS::Cluster", Version="1.13")
    assert found.message == "Version 1.13 is older than 1.18, and has no support of AWS's (read on 2026-08-22)."


def test_nothing_is_older_before_the_oldest_of_the_table_has_ended() -> None:
    assert _verdict("AWS::EKS::Cluster", "2022-08-15", Version="1.13").outcome.value == "passed"


@pytest.mark.parametrize(("version", "expected"), [("15.3", "failed"), ("14.9", "failed"), ("15.13", "passed")])
def test_a_minor_version_ends_before_the_next_of_its_major(version: str, expected: str) -> None:
    assert _verdict(INSTANCE, Engine="postgres", EngineVersion=version).outcome.value == expected


@pytest.mark.parametrize(
    ("engine", "version", "severity"),
    [
        # What RDS creates no more has no Extended Support either.
        ("postgres", "13.11", None),
        ("postgres", "13.1", None),
        ("postgres", "13.18", "warning"),
        ("postgres", "13.23", "warning"),
        ("postgres", "12", "warning"),
        ("postgres", "12.20", None),
        ("postgres", "12.22", "warning"),
        ("postgres", "12.22-rds.20251114", "warning"),
        ("postgres", "11.22", None),
        ("postgres", "11.22-rds.20251114", "warning"),
        ("mysql", "5.7", "warning"),
        ("mysql", "5.7.44", None),
        ("mysql", "5.7.38", None),
        ("mysql", "5.7.44-rds.20260521", "warning"),
        ("mysql", "5.7.44-rds.20240529", None),
        ("mysql", "5.7.44-rds.20251212", "warning"),
        ("aurora-mysql", "5.7.mysql_aurora.2.11.0", None),
        ("aurora-mysql", "5.7.mysql_aurora.2.11.6", "warning"),
        ("aurora-postgresql", "12.9", "warning"),
        ("aurora-postgresql", "12.11", None),
    ],
)
def test_minor_versions_of_majors_in_extended_support(engine: str, version: str, severity: str | None) -> None:
    kind = CLUSTER if engine.startswith("aurora") else INSTANCE
    found = _verdict(kind, Engine=engine, EngineVersion=version)
    assert (found.outcome.value, found.severity) == ("failed", severity)
