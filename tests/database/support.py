"""A VPC that is not ours to check, and the smallest plan that selects a store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from constructs import Construct

from hipaa_constructs.database.db2_engine import Db2Engine
from hipaa_constructs.testing import findings

ENV = cdk.Environment(account="111122223333", region="us-east-1")

_I = rds.DatabaseInstanceEngine
_C = rds.DatabaseClusterEngine
_ORACLE_19 = rds.OracleEngineVersion.VER_19_0_0_0_2025_01_R1
_ORACLE_21 = rds.OracleEngineVersion.VER_21_0_0_0_2025_01_R1
_SQL_2022 = rds.SqlServerEngineVersion.VER_16_00_4165_4_V1

ENGINES: dict[str, rds.IInstanceEngine | rds.IClusterEngine] = {
    "postgres": _I.postgres(version=rds.PostgresEngineVersion.VER_17_6),
    "mysql": _I.mysql(version=rds.MysqlEngineVersion.VER_8_4_9),
    "mariadb": _I.maria_db(version=rds.MariaDbEngineVersion.of("11.4.12", "11.4")),
    "sqlserver-se": _I.sql_server_se(version=_SQL_2022),
    "sqlserver-ee": _I.sql_server_ee(version=_SQL_2022),
    "sqlserver-web": _I.sql_server_web(version=rds.SqlServerEngineVersion.of("16.00.4215.2.v1", "16.00")),
    "oracle-ee": _I.oracle_ee(version=_ORACLE_19),
    "oracle-ee-cdb": _I.oracle_ee_cdb(version=_ORACLE_21),
    "oracle-se2": _I.oracle_se2(version=_ORACLE_19),
    "oracle-se2-cdb": _I.oracle_se2_cdb(version=_ORACLE_21),
    "db2-se": Db2Engine("se", version="11.5.9.0.sb00063198.r1", ibm_customer_id="123", ibm_site_id="456"),
    "db2-ae": Db2Engine("ae", version="11.5.9.0.sb00063198.r1"),
    "aurora-postgresql": _C.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_17_7),
    "aurora-mysql": _C.aurora_mysql(version=rds.AuroraMysqlEngineVersion.VER_3_10_0),
}


class SelectingPlan:
    """What ``SslRds`` needs of a backup plan, without its vaults."""

    plan_name = "test"

    def protect(self, store: Construct, resource_arn: str) -> None:
        backup.CfnBackupSelection(
            store,
            "Selection",
            backup_plan_id="plan",
            backup_selection=backup.CfnBackupSelection.BackupSelectionResourceTypeProperty(
                iam_role_arn="arn:aws:iam::111122223333:role/backup",
                selection_name="store",
                resources=[resource_arn],
            ),
        )


def own_vpc(app: cdk.App, *, env: cdk.Environment | None = ENV) -> ec2.Vpc:
    """A VPC of the app with isolated subnets and nothing else, in zones that are tokens."""
    return ec2.Vpc(
        cdk.Stack(app, "Network", env=env),
        "Vpc",
        nat_gateways=0,
        availability_zones=[cdk.Fn.select(index, cdk.Fn.get_azs()) for index in range(2)],
        restrict_default_security_group=False,
        subnet_configuration=[ec2.SubnetConfiguration(name="Data", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
    )


def findings_beside_the_network(app: cdk.App) -> list[str]:
    """Run the gate with every pack; the VPC of ``own_vpc`` is judged where ``PrivateVpc`` is tested."""
    return [one for one in map(str, findings(app, all_packs=True)) if ": Network/" not in one]


def imported_vpc(scope: Construct, *, zones: int = 2) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        scope,
        "Vpc",
        vpc_id="vpc-12345678",
        vpc_cidr_block="10.0.0.0/16",
        availability_zones=["us-east-1a", "us-east-1b"][:zones],
        isolated_subnet_ids=["subnet-11111111", "subnet-22222222"][:zones],
        isolated_subnet_route_table_ids=["rtb-11111111", "rtb-22222222"][:zones],
    )


def three_zones(scope: Construct, *, zones: int = 3) -> ec2.IVpc:
    """Return a VPC with private and isolated subnets, three of each unless told otherwise."""
    return ec2.Vpc.from_vpc_attributes(
        scope,
        "Vpc",
        vpc_id="vpc-12345678",
        vpc_cidr_block="10.0.0.0/16",
        availability_zones=["us-east-1a", "us-east-1b", "us-east-1c"][:zones],
        private_subnet_ids=["subnet-44444444", "subnet-55555555", "subnet-66666666"][:zones],
        private_subnet_route_table_ids=["rtb-44444444", "rtb-55555555", "rtb-66666666"][:zones],
        isolated_subnet_ids=["subnet-11111111", "subnet-22222222", "subnet-33333333"][:zones],
        isolated_subnet_route_table_ids=["rtb-11111111", "rtb-22222222", "rtb-33333333"][:zones],
    )


def template(app: cdk.App, stack: str) -> dict[str, Any]:
    text = (Path(app.outdir) / f"{stack}.template.json").read_text()
    resources: dict[str, Any] = json.loads(text)["Resources"]
    return resources


def of_type(resources: dict[str, Any], resource_type: str) -> list[dict[str, Any]]:
    return [resource for resource in resources.values() if resource["Type"] == resource_type]
