from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


def database(engine: str, version: Any, parameters: Any) -> dict[str, Any]:
    """Return a database with a parameter group, or with its engine's default one."""
    cluster = engine.startswith("aurora")
    group = "AWS::RDS::DBClusterParameterGroup" if cluster else "AWS::RDS::DBParameterGroup"
    name = "DBClusterParameterGroupName" if cluster else "DBParameterGroupName"
    properties: dict[str, Any] = {"Engine": engine}
    if version is not None:
        properties["EngineVersion"] = version
    if parameters is None:
        return one("AWS::RDS::DBCluster" if cluster else "AWS::RDS::DBInstance", **properties)
    return {
        **one("AWS::RDS::DBCluster" if cluster else "AWS::RDS::DBInstance", **properties, **{name: {"Ref": "Group"}}),
        "Group": {"Type": group, "Properties": {"Parameters": parameters}},
    }


@pytest.mark.parametrize(
    ("engine", "version", "parameters", "expected"),
    [
        ("postgres", "16.4", {"ssl_min_protocol_version": "TLSv1.2"}, "passed"),
        ("postgres", "16.4", {"ssl_min_protocol_version": "TLSv1.1"}, "failed"),
        ("postgres", "16.4", {"ssl_min_protocol_version": "TLSv1"}, "failed"),
        ("postgres", "16.4", {}, "passed"),
        ("postgres", "12.1", {}, "failed"),
        ("postgres", None, None, "unknown"),
        ("postgres", "16", {"ssl_min_protocol_version": GIVEN}, "unknown"),
        ("postgres", "16", GIVEN, "unknown"),
        ("mysql", "8.0.40", {"tls_version": "TLSv1.2,TLSv1.3"}, "passed"),
        ("mysql", "8.0.40", {"tls_version": "TLSv1.1,TLSv1.2"}, "failed"),
        ("mysql", "8.0.40", {}, "passed"),
        ("mysql", "5.7.44", {}, "failed"),
        ("mariadb", "10.3.39", {}, "failed"),
        ("mariadb", "10.5.23", {}, "failed"),
        ("mariadb", "10.5.24", {}, "passed"),
        ("mariadb", "10.6.16", {}, "failed"),
        ("mariadb", "10.6.17", {}, "passed"),
        ("mariadb", "10.6", {}, "unknown"),
        ("mariadb", "10.11.6", {}, "passed"),
        ("sqlserver-ee", "15", {"rds.tls10": "disabled", "rds.tls11": "disabled"}, "passed"),
        ("sqlserver-ee", "15.00.4365.2.v1", {"rds.tls10": "disabled"}, "failed"),
        ("sqlserver-ee", "15.00.4375.4.v1", {"rds.tls10": "disabled"}, "passed"),
        ("sqlserver-ee", "15.00.4375.4.v1", {"rds.tls11": "default"}, "passed"),
        ("sqlserver-ee", "15.00.4375.4.v1", {"rds.tls10": "enabled"}, "failed"),
        ("sqlserver-ee", "15", {"rds.tls10": "disabled"}, "unknown"),
        ("sqlserver-ee", "11.00.7507.2.v1", {}, "failed"),
        ("sqlserver-ee", "17.00.1000.7.v1", {}, "passed"),
        ("sqlserver-ee", "15", {"rds.tls10": "disabled", "rds.tls11": "enabled"}, "failed"),
        ("sqlserver-ee", "15", {"rds.tls10": GIVEN, "rds.tls11": "disabled"}, "unknown"),
        ("aurora-mysql", "8.0.mysql_aurora.3.08.0", {"tls_version": "TLSv1.2,TLSv1.3"}, "passed"),
        ("aurora-postgresql", "17.4", {"ssl_min_protocol_version": "TLSv1"}, "failed"),
        ("aurora", None, None, "not_applicable"),
        ("aurora", "5.6.10a", {}, "not_applicable"),
        ("db2-se", "11.5", {}, "not_applicable"),
    ],
)
def test_parameters(engine: str, version: Any, parameters: Any, expected: str) -> None:
    assert judged("database_tls_minimum", database(engine, version, parameters)) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([{"OptionName": "SSL", "OptionSettings": [{"Name": "SQLNET.SSL_VERSION", "Value": "1.2"}]}], "passed"),
        ([{"OptionName": "SSL", "OptionSettings": [{"Name": "SQLNET.SSL_VERSION", "Value": "1.2 or 1.0"}]}], "failed"),
        ([{"OptionName": "SSL"}], "failed"),
        ([], "not_applicable"),
        (GIVEN, "unknown"),
    ],
)
def test_oracle(options: Any, expected: str) -> None:
    stack = {
        **one("AWS::RDS::DBInstance", Engine="oracle-ee", OptionGroupName={"Ref": "Options"}),
        "Options": {"Type": "AWS::RDS::OptionGroup", "Properties": {"OptionConfigurations": options}},
    }
    assert judged("database_tls_minimum", stack) == expected


@pytest.mark.parametrize(
    ("properties", "expected"),
    [({"Engine": GIVEN}, "unknown"), ({"Engine": "aurora-mysql"}, "not_applicable")],
)
def test_instance(properties: dict[str, Any], expected: str) -> None:
    assert judged("database_tls_minimum", one("AWS::RDS::DBInstance", **properties)) == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [("19.0.0.0.ru-2025-01.rur-2025-01.r1", "failed"), ("26.0.0.0", "passed"), (GIVEN, "failed")],
)
def test_oracle_without_a_version_of_tls(version: Any, expected: str) -> None:
    stack = {
        **one("AWS::RDS::DBInstance", Engine="oracle-ee", EngineVersion=version, OptionGroupName={"Ref": "Options"}),
        "Options": {
            "Type": "AWS::RDS::OptionGroup",
            "Properties": {"OptionConfigurations": [{"OptionName": "SSL"}]},
        },
    }
    assert judged("database_tls_minimum", stack) == expected
