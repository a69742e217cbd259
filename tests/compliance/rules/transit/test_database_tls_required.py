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
        ("postgres", "14.9", {"rds.force_ssl": "1"}, "passed"),
        ("postgres", "16.4", {"rds.force_ssl": "0"}, "failed"),
        ("postgres", "16.4", {"rds.force_ssl": 1}, "passed"),
        ("postgres", "14.9", {}, "failed"),
        ("postgres", "15.2", {}, "passed"),
        ("postgres", "15", None, "passed"),
        ("postgres", "14", None, "failed"),
        ("postgres", None, None, "unknown"),
        ("postgres", GIVEN, None, "unknown"),
        ("postgres", "14", {"rds.force_ssl": GIVEN}, "unknown"),
        ("postgres", "14", GIVEN, "unknown"),
        ("mysql", "8.4.3", {"require_secure_transport": "1"}, "passed"),
        ("mysql", "8.4.3", {"require_secure_transport": "ON"}, "passed"),
        ("MySQL", "8.4.3", {"require_secure_transport": "OFF"}, "failed"),
        ("mysql", "8.4.3", None, "failed"),
        ("mariadb", "11.4.4", {}, "failed"),
        ("mariadb", "11.8.1", {}, "passed"),
        ("sqlserver-se", "16.00.4165.4.v1", {"rds.force_ssl": "1"}, "passed"),
        ("sqlserver-se", "16.00.4165.4.v1", {}, "failed"),
        ("db2-se", "11.5", {"db2comm": "SSL"}, "passed"),
        ("db2-se", "11.5", {"DB2COMM": "TCPIP,SSL"}, "failed"),
        ("db2-se", "11.5", {}, "failed"),
        ("db2-se", "11.5", {"db2comm": GIVEN}, "unknown"),
        ("aurora-postgresql", "16.4", {}, "failed"),
        ("aurora-postgresql", "17.4", {}, "passed"),
        ("aurora-postgresql", "16.4", {"rds.force_ssl": "1"}, "passed"),
        ("aurora-mysql", "8.0.mysql_aurora.3.08.0", {"require_secure_transport": "ON"}, "passed"),
        ("aurora-mysql", "8.0.mysql_aurora.3.08.0", {}, "failed"),
        ("aurora-mysql", "8.4.7", {}, "passed"),
        ("aurora", "5.6.mysql_aurora.1.22.2", {"require_secure_transport": "ON"}, "failed"),
        ("aurora", None, None, "failed"),
        ("mysql", "9.7.1", {}, "passed"),
        ("custom-sqlserver-se", "16", {}, "not_applicable"),
    ],
)
def test_parameters(engine: str, version: Any, parameters: Any, expected: str) -> None:
    assert judged("database_tls_required", database(engine, version, parameters)) == expected


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"Engine": GIVEN}, "unknown"),
        ({"DBClusterIdentifier": "cluster", "Engine": "aurora-mysql"}, "not_applicable"),
        ({"Engine": "mysql", "DBParameterGroupName": "elsewhere"}, "unknown"),
        ({"Engine": "mysql", "DBParameterGroupName": "default.mysql8.0"}, "unknown"),
        ({"Engine": "mysql", "EngineVersion": "8.0.42", "DBParameterGroupName": "default.mysql8.0"}, "failed"),
        ({"Engine": "postgres", "EngineVersion": "16", "DBParameterGroupName": "default.postgres16"}, "passed"),
        ({"DBSnapshotIdentifier": "snapshot"}, "unknown"),
    ],
)
def test_instance(properties: dict[str, Any], expected: str) -> None:
    assert judged("database_tls_required", one("AWS::RDS::DBInstance", **properties)) == expected


@pytest.mark.parametrize(("value", "expected"), [("1", "passed"), ("0", "failed")])
def test_parameter_group_of_another_stack_by_name(value: str, expected: str) -> None:
    groups = {
        "Group": {
            "Type": "AWS::RDS::DBParameterGroup",
            "Properties": {"DBParameterGroupName": "shared", "Parameters": {"rds.force_ssl": value}},
        }
    }
    instance = one("AWS::RDS::DBInstance", Engine="postgres", EngineVersion="14", DBParameterGroupName="shared")
    assert judged("database_tls_required", groups, instance) == expected


def test_replica_is_judged_by_its_source() -> None:
    stack = {
        **one("AWS::RDS::DBInstance", SourceDBInstanceIdentifier={"Ref": "Primary"}),
        "Primary": database("mysql", "8.0", {"require_secure_transport": "1"})["Subject"],
        "Group": database("mysql", "8.0", {"require_secure_transport": "1"})["Group"],
    }
    assert judged("database_tls_required", stack) == "passed"


def oracle(options: Any, *ingress: Any, separate: Any = None, **properties: Any) -> dict[str, Any]:
    stack = {
        **one(
            "AWS::RDS::DBInstance",
            Engine="oracle-se2",
            OptionGroupName={"Ref": "Options"},
            **{"VPCSecurityGroups": [{"Fn::GetAtt": ["Guard", "GroupId"]}], **properties},
        ),
        "Options": {"Type": "AWS::RDS::OptionGroup", "Properties": {"OptionConfigurations": options}},
        "Guard": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupIngress": list(ingress)}},
    }
    if separate:
        stack["Rule"] = {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {"GroupId": {"Fn::GetAtt": ["Guard", "GroupId"]}, "IpProtocol": "tcp", **separate},
        }
    return stack


SSL = [{"OptionName": "SSL", "Port": 2484}]


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (oracle(SSL), "passed"),
        (oracle([]), "failed"),
        (oracle(GIVEN), "unknown"),
        (oracle(SSL, {"IpProtocol": "tcp", "FromPort": 2484, "ToPort": 2484}), "passed"),
        (oracle(SSL, {"IpProtocol": "tcp", "FromPort": 1521, "ToPort": 1521}), "failed"),
        (oracle(SSL, {"IpProtocol": "tcp", "FromPort": "1000", "ToPort": "3000"}), "failed"),
        (oracle(SSL, {"IpProtocol": "-1"}), "failed"),
        (oracle(SSL, {"IpProtocol": "udp", "FromPort": 1521, "ToPort": 1521}), "passed"),
        (oracle(SSL, {"IpProtocol": "tcp", "FromPort": GIVEN, "ToPort": GIVEN}), "unknown"),
        (oracle(SSL, separate={"FromPort": 1521, "ToPort": 1521}), "failed"),
        (oracle(SSL, separate={"FromPort": 2484, "ToPort": 2484}), "passed"),
        (
            oracle(
                SSL,
                separate={
                    "FromPort": {"Fn::GetAtt": ["Subject", "Endpoint.Port"]},
                    "ToPort": {"Fn::GetAtt": ["Subject", "Endpoint.Port"]},
                },
            ),
            "failed",
        ),
        (oracle(SSL, {"IpProtocol": "tcp", "FromPort": 1521, "ToPort": 1521}, Port=1621), "passed"),
        (oracle(SSL, VPCSecurityGroups=["sg-1"]), "unknown"),
        (oracle(SSL, VPCSecurityGroups=[]), "unknown"),
        (
            oracle(
                [
                    {
                        "OptionName": "NATIVE_NETWORK_ENCRYPTION",
                        "OptionSettings": [{"Name": "SQLNET.ENCRYPTION_SERVER", "Value": "REQUIRED"}],
                    }
                ]
            ),
            "passed",
        ),
        (
            oracle(
                [
                    {
                        "OptionName": "NATIVE_NETWORK_ENCRYPTION",
                        "OptionSettings": [{"Name": "SQLNET.ENCRYPTION_SERVER", "Value": "REQUESTED"}],
                    }
                ]
            ),
            "failed",
        ),
    ],
)
def test_oracle(stack: dict[str, Any], expected: str) -> None:
    assert judged("database_tls_required", stack) == expected
