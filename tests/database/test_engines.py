"""Every engine, from one synthesis with the four packs: TLS, logs, authentication, and no finding."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_rds as rds

from hipaa_constructs.database.engines import ENGINES as ROWS
from hipaa_constructs.database.ssl_rds import SslRds
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.testing import template_of
from tests.database.support import (
    ENGINES,
    ENV,
    SelectingPlan,
    findings_beside_the_network,
    imported_vpc,
    of_type,
    own_vpc,
    template,
)
from tests.policy_evaluator import allowed
from tests.storage.policies import literal

POSTGRES = {"rds.force_ssl": "1", "ssl_min_protocol_version": "TLSv1.2"}
MYSQL = {"require_secure_transport": "1", "tls_version": "TLSv1.2,TLSv1.3"}
SQL_SERVER = {"rds.force_ssl": "1", "rds.tls10": "disabled", "rds.tls11": "disabled"}
DB2 = {"db2comm": "SSL", "ssl_svcename": "50443"}
TLS = {
    "postgres": POSTGRES,
    "aurora-postgresql": POSTGRES,
    "mysql": MYSQL,
    "mariadb": MYSQL,
    "aurora-mysql": {**MYSQL, "require_secure_transport": "ON"},
    "sqlserver-se": SQL_SERVER,
    "sqlserver-ee": SQL_SERVER,
    "sqlserver-web": SQL_SERVER,
    "db2-se": DB2,
    "db2-ae": DB2,
}
MYSQL_LOGS = ["audit", "error", "general", "iam-db-auth-error", "slowquery"]
ORACLE_LOGS = ["alert", "audit", "listener", "trace"]
LOGS = {
    "postgres": ["iam-db-auth-error", "postgresql", "upgrade"],
    "aurora-postgresql": ["iam-db-auth-error", "instance", "postgresql"],
    "mysql": MYSQL_LOGS,
    "mariadb": MYSQL_LOGS,
    "aurora-mysql": sorted([*MYSQL_LOGS, "instance"]),
    **{key: ["agent", "error"] for key in ("sqlserver-se", "sqlserver-ee", "sqlserver-web")},
    **dict.fromkeys(("oracle-ee", "oracle-ee-cdb", "oracle-se2", "oracle-se2-cdb"), ORACLE_LOGS),
    **{key: ["diag.log", "notify.log"] for key in ("db2-se", "db2-ae")},
}
WITH_IAM = {"postgres", "mysql", "mariadb", "aurora-postgresql", "aurora-mysql"}
SQL_SERVERS = ("sqlserver-se", "sqlserver-ee", "sqlserver-web")
ORACLE = [name for name in ENGINES if name.startswith("oracle")]


class Built:
    def __init__(self) -> None:
        self.app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
        self.databases: dict[str, SslRds] = {}
        vpc = own_vpc(self.app)
        for name, engine in ENGINES.items():
            stack = cdk.Stack(self.app, name, env=ENV)
            # A key given from outside, so that a stack is little more than its database.
            key = KmsRotatedKey(stack, "Key").key
            self.databases[name] = SslRds(
                stack,
                "Db",
                engine=engine,
                vpc=vpc,
                backup_plan=SelectingPlan(),
                encryption_key=key,
            )
        self.findings = findings_beside_the_network(self.app)
        self.templates = {name: template(self.app, name) for name in ENGINES}

    def database(self, name: str) -> dict[str, Any]:
        kind = "AWS::RDS::DBCluster" if name.startswith("aurora") else "AWS::RDS::DBInstance"
        properties: dict[str, Any] = of_type(self.templates[name], kind)[0]["Properties"]
        return properties

    def parameters(self, name: str) -> dict[str, str]:
        groups = [
            resource
            for kind in ("AWS::RDS::DBParameterGroup", "AWS::RDS::DBClusterParameterGroup")
            for resource in of_type(self.templates[name], kind)
        ]
        merged: dict[str, str] = groups[0]["Properties"]["Parameters"]
        return merged


@pytest.fixture(scope="module")
def built() -> Built:
    return Built()


def test_the_engines_tested_are_the_engines_there_are() -> None:
    assert set(ENGINES) == set(ROWS)


def test_no_engine_has_an_unacknowledged_finding_in_four_packs(built: Built) -> None:
    assert built.findings == []


@pytest.mark.parametrize("name", TLS)
def test_tls_1_2_is_enforced_by_parameters(built: Built, name: str) -> None:
    parameters = built.parameters(name)
    assert TLS[name].items() <= parameters.items()


@pytest.mark.parametrize("name", ORACLE)
def test_oracle_takes_tls_1_2_on_a_port_of_its_own(built: Built, name: str) -> None:
    (group,) = of_type(built.templates[name], "AWS::RDS::OptionGroup")
    (option,) = group["Properties"]["OptionConfigurations"]
    settings = {setting["Name"]: setting["Value"] for setting in option["OptionSettings"]}
    assert option["OptionName"] == "SSL"
    assert option["Port"] == 2484
    assert settings["SQLNET.SSL_VERSION"] == "1.2"
    assert settings["FIPS.SSLFIPS_140"] == "TRUE"
    assert "ECDHE" in settings["SQLNET.CIPHER_SUITE"]
    assert option["VpcSecurityGroupMemberships"] == built.database(name)["VPCSecurityGroups"]
    assert built.databases[name].port == 2484
    assert built.database(name)["Port"] == "11521"


@pytest.mark.parametrize("name", LOGS)
def test_every_log_goes_to_a_group_that_was_made_first(built: Built, name: str) -> None:
    # cdk-nag's packs ask for the export of Oracle's agent's log, which is not there without the agent.
    without_group = {"oemagent"} if name.startswith("oracle") else set()
    assert set(built.database(name)["EnableCloudwatchLogsExports"]) == {*LOGS[name], *without_group}
    identifier = built.database(name).get("DBInstanceIdentifier") or built.database(name)["DBClusterIdentifier"]
    start, *middle = identifier["Fn::Join"][1]
    kind = "cluster" if name.startswith("aurora") else "instance"
    groups = of_type(built.templates[name], "AWS::Logs::LogGroup")
    parts = [group["Properties"]["LogGroupName"]["Fn::Join"][1] for group in groups]
    assert all(part[:-1] == [f"/aws/rds/{kind}/{start}", *middle] for part in parts)
    assert sorted(part[-1] for part in parts) == [f"/{log}" for log in LOGS[name]]
    resource = next(r for r in built.templates[name].values() if r.get("Properties") == built.database(name))
    logical_ids = {key for key, value in built.templates[name].items() if value in groups}
    assert logical_ids <= set(resource["DependsOn"])
    assert all(group["Properties"]["RetentionInDays"] == 2557 for group in groups)
    assert all("KmsKeyId" in group["Properties"] for group in groups)


@pytest.mark.parametrize("name", ENGINES)
def test_iam_authentication_wherever_the_engine_has_it(built: Built, name: str) -> None:
    assert built.database(name).get("EnableIAMDatabaseAuthentication", False) is (name in WITH_IAM)


@pytest.mark.parametrize("name", ["mysql", "mariadb"])
def test_mysql_and_mariadb_record_statements_with_the_audit_plugin(built: Built, name: str) -> None:
    (group,) = of_type(built.templates[name], "AWS::RDS::OptionGroup")
    (option,) = group["Properties"]["OptionConfigurations"]
    assert option["OptionName"] == "MARIADB_AUDIT_PLUGIN"
    assert {"Name": "SERVER_AUDIT_EVENTS", "Value": "CONNECT,QUERY_DCL,QUERY_DDL,QUERY_DML"} in option["OptionSettings"]
    assert "Port" not in option
    assert group["DeletionPolicy"] == "Retain"


@pytest.mark.parametrize("name", ["postgres", "aurora-postgresql"])
def test_postgresql_records_log_ins_and_statements(built: Built, name: str) -> None:
    parameters = built.parameters(name)
    assert parameters["log_connections"] == parameters["log_disconnections"] == "1"
    assert "pgaudit" in parameters["shared_preload_libraries"].split(",")
    assert {"ddl", "read", "role", "write"} <= set(parameters["pgaudit.log"].split(","))


def test_aurora_mysql_records_statements(built: Built) -> None:
    parameters = built.parameters("aurora-mysql")
    assert parameters["server_audit_logging"] == "1"
    assert "QUERY_DML" in parameters["server_audit_events"]


def test_oracle_writes_its_audit_trail_where_it_is_exported(built: Built) -> None:
    assert built.parameters("oracle-ee")["audit_trail"] == built.parameters("oracle-ee-cdb")["audit_trail"] == "OS"


def test_oracle_26ai_is_given_no_setting_of_traditional_auditing(stack: cdk.Stack) -> None:
    version = rds.OracleEngineVersion.of("26.0.0.0.ru-2026-01.rur-2026-01.r1", "26")
    SslRds(
        stack,
        "Db",
        engine=rds.DatabaseInstanceEngine.oracle_ee_cdb(version=version),
        vpc=imported_vpc(stack),
        backup_plan=SelectingPlan(),
    )
    resources = template_of(stack)["Resources"]
    for group in of_type(resources, "AWS::RDS::DBParameterGroup"):
        assert "audit_trail" not in group["Properties"]["Parameters"]
    (instance,) = of_type(resources, "AWS::RDS::DBInstance")
    assert "audit" in instance["Properties"]["EnableCloudwatchLogsExports"]


@pytest.mark.parametrize(
    ("name", "option", "setting", "named"),
    [
        *((name, "SQLSERVER_AUDIT", "S3_BUCKET_ARN", "Fn::GetAtt") for name in SQL_SERVERS),
        *((name, "DB2_AUDIT", "S3_BUCKET_NAME", "Ref") for name in ("db2-se", "db2-ae")),
    ],
)
def test_sql_server_and_db2_put_audit_files_into_a_bucket_of_their_own(
    built: Built, name: str, option: str, setting: str, named: str
) -> None:
    template = built.templates[name]
    (group,) = of_type(template, "AWS::RDS::OptionGroup")
    (added,) = group["Properties"]["OptionConfigurations"]
    settings = {item["Name"]: item["Value"] for item in added["OptionSettings"]}
    assert added["OptionName"] == option
    assert "Port" not in added
    assert set(settings) == {"IAM_ROLE_ARN", setting}
    assert list(settings[setting]) == [named]
    bucket = template[next(iter(literal(settings[setting]).strip("<>").split(".")))]
    assert bucket["Type"] == "AWS::S3::Bucket"
    # RDS takes no bucket with Object Lock.
    assert "ObjectLockConfiguration" not in bucket["Properties"]
    assert {"AWS::IAM::ManagedPolicy", "AWS::S3::BucketPolicy"} <= {template[n]["Type"] for n in group["DependsOn"]}
    assert group["DeletionPolicy"] == "Retain"


@pytest.mark.parametrize("name", [*SQL_SERVERS, "db2-se", "db2-ae"])
def test_rds_writes_audit_files_and_does_no_more(built: Built, name: str) -> None:
    template = built.templates[name]
    bucket = built.databases[name].audit_bucket
    assert bucket is not None
    resolve = cdk.Stack.of(bucket).resolve
    arn, key = literal(resolve(bucket.bucket.bucket_arn)), literal(resolve(bucket.encryption_key.key_arn))
    (role,) = [one for one in template if one.startswith("DbAuditRole") and template[one]["Type"] == "AWS::IAM::Role"]
    (document,) = [
        literal(one["Properties"]["PolicyDocument"])
        for one in of_type(template, "AWS::IAM::ManagedPolicy")
        if one["Properties"].get("Roles") == [{"Ref": role}]
    ]
    for action, resource in (
        ("s3:ListAllMyBuckets", "*"),
        ("s3:GetBucketAcl", arn),
        ("s3:GetBucketLocation", arn),
        ("s3:ListBucket", arn),
        ("s3:PutObject", f"{arn}/audits/db/audit/node1_file.zip"),
        ("s3:ListMultipartUploadParts", f"{arn}/audits/db/audit/node1_file.zip"),
        ("s3:AbortMultipartUpload", f"{arn}/audits/db/audit/node1_file.zip"),
        ("kms:GenerateDataKey", key),
        ("kms:Decrypt", key),
    ):
        assert allowed([document], action, resource), action
    for action, resource in (
        ("s3:GetObject", f"{arn}/x"),
        ("s3:DeleteObject", f"{arn}/x"),
        ("s3:PutObject", "other/x"),
    ):
        assert not allowed([document], action, resource), action
    (trust,) = template[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "rds.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ENV.account}
    sources = [json.dumps(source) for source in trust["Condition"]["ArnLike"]["aws:SourceArn"]]
    assert [":db:" in sources[0], ":og:*" in sources[1], len(sources)] == [True, True, 2]


@pytest.mark.parametrize("name", ["postgres", "mysql", "oracle-ee", "aurora-mysql"])
def test_other_engines_have_no_audit_files(built: Built, name: str) -> None:
    assert built.databases[name].audit_bucket is None
    assert of_type(built.templates[name], "AWS::S3::Bucket") == []


def test_refuses_sql_server_where_rds_records_no_audit_of_it(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="me-south-1"))
    vpc = imported_vpc(stack)
    with pytest.raises(ValueError, match="engine: got 'sqlserver-se in me-south-1'; RDS records no audit"):
        SslRds(stack, "Db", engine=ENGINES["sqlserver-se"], vpc=vpc, backup_plan=SelectingPlan())
    assert stack.node.try_find_child("Db") is None


@pytest.mark.parametrize("name", ENGINES)
def test_no_engine_listens_on_its_well_known_port(built: Built, name: str) -> None:
    ports = {int(built.database(name)["Port"]), built.databases[name].port}
    assert not ports & {1433, 1521, 3306, 5432, 50000}


@pytest.mark.parametrize("name", ENGINES)
def test_storage_secret_and_insights_have_the_customer_key(built: Built, name: str) -> None:
    database = built.database(name)
    key = {"Fn::GetAtt": [next(k for k, v in built.templates[name].items() if v["Type"] == "AWS::KMS::Key"), "Arn"]}
    assert database["StorageEncrypted"] is True
    assert database["KmsKeyId"] == key
    assert database["ManageMasterUserPassword"] is True
    assert database["MasterUserSecret"] == {"KmsKeyId": key}
    insights = database.get("PerformanceInsightsKMSKeyId", database.get("PerformanceInsightsKmsKeyId"))
    assert insights == (None if name.startswith("db2") else key)
    assert database.get("DatabaseInsightsMode") == (None if name.startswith("db2") else "standard")
    assert "MasterUserPassword" not in database


@pytest.mark.parametrize("name", ENGINES)
def test_recovery(built: Built, name: str) -> None:
    database = built.database(name)
    assert database["BackupRetentionPeriod"] == 35
    assert database["DeleteAutomatedBackups"] is False
    assert database["DeletionProtection"] is True
    assert database["CopyTagsToSnapshot"] is True
    kind = "AWS::RDS::DBCluster" if name.startswith("aurora") else "AWS::RDS::DBInstance"
    assert of_type(built.templates[name], kind)[0]["DeletionPolicy"] == "Snapshot"
    assert of_type(built.templates[name], kind)[0]["UpdateReplacePolicy"] == "Snapshot"


@pytest.mark.parametrize("name", ENGINES)
def test_each_instance_is_private_patched_and_monitored(built: Built, name: str) -> None:
    instances = of_type(built.templates[name], "AWS::RDS::DBInstance")
    assert len(instances) == (2 if name.startswith("aurora") else 1)
    for instance in instances:
        assert instance["Properties"]["PubliclyAccessible"] is False
        assert instance["Properties"]["AutoMinorVersionUpgrade"] is True
        assert instance["Properties"]["MonitoringInterval"] == 60
        assert instance["Properties"].get("MultiAZ") is (None if name.startswith("aurora") else True)


def test_db2_licence_of_your_own_or_from_the_marketplace(built: Built) -> None:
    assert built.database("db2-se")["LicenseModel"] == "bring-your-own-license"
    assert built.parameters("db2-se")["rds.ibm_customer_id"] == "123"
    assert built.parameters("db2-se")["rds.ibm_site_id"] == "456"
    assert built.database("db2-ae")["LicenseModel"] == "marketplace-license"
    assert "rds.ibm_customer_id" not in built.parameters("db2-ae")
