from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk.assertions import Annotations, Match
from constructs import Construct
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.database.db2_engine import Db2Engine
from hipaa_constructs.database.ssl_rds import SslRds
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.testing import template_of
from tests.database.support import (
    ENGINES,
    SelectingPlan,
    findings_beside_the_network,
    imported_vpc,
    of_type,
    own_vpc,
    template,
)
from tests.policy_evaluator import allowed
from tests.storage.policies import literal

I = rds.DatabaseInstanceEngine  # noqa: E741
Define = Callable[..., SslRds]


class CustomEngine(Db2Engine):
    """An engine that RDS runs on a machine of the customer's, and that AWS does not list as eligible."""

    engine_type = "custom-oracle-ee"


@pytest.fixture
def define(stack: cdk.Stack) -> Define:
    """Define a database with a key and a VPC from elsewhere, so that the template is little more than it."""
    vpc = imported_vpc(stack)
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111122223333:key/1234")

    def database(engine: str = "postgres", /, **options: Any) -> SslRds:
        arguments: dict[str, Any] = {
            "engine": ENGINES[engine],
            "vpc": vpc,
            "backup_plan": SelectingPlan(),
            "encryption_key": key,
            **options,
        }
        return SslRds(stack, "Db", **arguments)

    return database


def resources(stack: cdk.Stack, resource_type: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in of_type(template_of(stack)["Resources"], resource_type)]


@pytest.mark.parametrize("engine", ["postgres", "aurora-mysql", "oracle-ee"])
def test_snapshot(stack: cdk.Stack, snapshot: SnapshotAssertion, engine: str) -> None:
    SslRds(stack, "Db", engine=ENGINES[engine], vpc=imported_vpc(stack), backup_plan=SelectingPlan())
    assert template_of(stack) == snapshot


def test_clean_in_four_packs_with_clients_and_grants(app: cdk.App, stack: cdk.Stack, define: Define) -> None:
    database = define("aurora-postgresql", readers=2, vpc=own_vpc(app), encryption_key=None)
    database.allow_from(ec2.Peer.ipv4("10.0.1.0/24"))
    role = LeastPrivilegeRole(stack, "App", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    database.grant_connect(role, "clinic_app")
    assert findings_beside_the_network(app) == []


# Controls


def test_164_312_a_1_isolated_subnets_and_nobody_let_in(stack: cdk.Stack, define: Define) -> None:
    define()
    (group,) = resources(stack, "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert [rule["CidrIp"] for rule in group["SecurityGroupEgress"]] == ["255.255.255.255/32"]
    assert resources(stack, "AWS::EC2::SecurityGroupIngress") == []
    (subnets,) = resources(stack, "AWS::RDS::DBSubnetGroup")
    assert subnets["SubnetIds"] == ["subnet-11111111", "subnet-22222222"]
    (instance,) = resources(stack, "AWS::RDS::DBInstance")
    assert instance["PubliclyAccessible"] is False


def test_164_312_a_2_iv_own_key_by_default(stack: cdk.Stack, define: Define) -> None:
    database = define(encryption_key=None)
    (instance,) = resources(stack, "AWS::RDS::DBInstance")
    key = stack.resolve(database.encryption_key.key_arn)
    assert instance["KmsKeyId"] == key
    assert instance["PerformanceInsightsKMSKeyId"] == key
    assert KmsRotatedKey.made(database.encryption_key) is not None


def test_164_312_b_monitoring_role_is_for_this_database_alone(stack: cdk.Stack, define: Define) -> None:
    define()
    (role,) = resources(stack, "AWS::IAM::Role")
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    (instance,) = resources(stack, "AWS::RDS::DBInstance")
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    source = "".join(map(str, statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"][1]))
    assert "".join(map(str, instance["DBInstanceIdentifier"]["Fn::Join"][1])) in source
    assert "ManagedPolicyArns" not in role
    assert "Policies" not in role
    (policy,) = resources(stack, "AWS::IAM::ManagedPolicy")
    actions = [action for part in policy["PolicyDocument"]["Statement"] for action in part["Action"]]
    assert sorted(actions) == [
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:GetLogEvents",
        "logs:PutLogEvents",
        "logs:PutRetentionPolicy",
    ]


@pytest.mark.parametrize(
    ("action", "below"),
    [
        ("logs:CreateLogGroup", ":log-stream:"),
        ("logs:PutRetentionPolicy", ":log-stream:"),
        ("logs:DescribeLogStreams", ":log-stream:"),
        ("logs:CreateLogStream", ":log-stream:db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("logs:PutLogEvents", ":log-stream:db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ],
)
def test_164_312_b_monitoring_may_write_as_cloudwatch_logs_asks_for_it(
    stack: cdk.Stack, define: Define, action: str, below: str
) -> None:
    """The service names a log group in a request with what stands below it, be it nothing."""
    define()
    (policy,) = resources(stack, "AWS::IAM::ManagedPolicy")
    document = literal(policy["PolicyDocument"])
    group = "arn:<AWS::Partition>:logs:us-east-1:111122223333:log-group:RDSOSMetrics"
    assert allowed([document], action, f"{group}{below}")
    assert not allowed([document], action, f"{group}2{below}")


def test_164_312_d_master_secret_belongs_to_rds_which_rotates_it(stack: cdk.Stack, define: Define) -> None:
    database = define()
    (instance,) = resources(stack, "AWS::RDS::DBInstance")
    assert instance["ManageMasterUserPassword"] is True
    assert resources(stack, "AWS::SecretsManager::Secret") == []
    assert "MasterUserSecret.SecretArn" in str(stack.resolve(database.secret.secret_arn))


def test_164_308_a_7_the_instance_is_selected_for_backup(stack: cdk.Stack, define: Define) -> None:
    database = define()
    (selection,) = resources(stack, "AWS::Backup::BackupSelection")
    assert database.instance is not None
    assert selection["BackupSelection"]["Resources"] == [stack.resolve(database.instance.instance_arn)]


def test_164_308_a_7_the_cluster_is_selected_for_backup(stack: cdk.Stack, define: Define) -> None:
    database = define("aurora-postgresql")
    (selection,) = resources(stack, "AWS::Backup::BackupSelection")
    assert database.cluster is not None
    assert selection["BackupSelection"]["Resources"] == [stack.resolve(database.cluster.cluster_arn)]


def test_164_308_a_7_aurora_stands_in_two_zones(app: cdk.App, stack: cdk.Stack) -> None:
    SslRds(
        stack,
        "Db",
        engine=ENGINES["aurora-postgresql"],
        vpc=own_vpc(app),
        backup_plan=SelectingPlan(),
        readers=2,
    )
    zones = [member["AvailabilityZone"] for member in resources(stack, "AWS::RDS::DBInstance")]
    first, second = ({"Fn::Select": [index, {"Fn::GetAZs": ""}]} for index in range(2))
    assert zones == [first, second, first]


def test_aurora_comes_without_a_warning(stack: cdk.Stack) -> None:
    engine = ENGINES["aurora-postgresql"]
    SslRds(stack, "Db", engine=engine, vpc=imported_vpc(stack), backup_plan=SelectingPlan())
    assert not Annotations.from_stack(stack).find_warning("*", Match.any_value())


def test_a_zone_is_never_written_out(app: cdk.App, stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        availability_zones=["us-east-1a", "us-east-1b"],
        restrict_default_security_group=False,
        subnet_configuration=[ec2.SubnetConfiguration(name="Data", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
    )
    SslRds(stack, "Db", engine=ENGINES["aurora-mysql"], vpc=vpc, backup_plan=SelectingPlan())
    members = resources(stack, "AWS::RDS::DBInstance")
    attributes = [member["AvailabilityZone"]["Fn::GetAtt"] for member in members]
    assert len({subnet for subnet, _ in attributes}) == 2
    assert {attribute for _, attribute in attributes} == {"AvailabilityZone"}


# Options


def test_instance_type(stack: cdk.Stack, define: Define) -> None:
    define(instance_type=ec2.InstanceType("r7g.xlarge"))
    assert resources(stack, "AWS::RDS::DBInstance")[0]["DBInstanceClass"] == "db.r7g.xlarge"


def test_storage_and_how_far_it_grows(stack: cdk.Stack, define: Define) -> None:
    define(allocated_storage=200, max_allocated_storage=400)
    (instance,) = resources(stack, "AWS::RDS::DBInstance")
    assert (instance["AllocatedStorage"], instance["MaxAllocatedStorage"]) == ("200", 400)


@pytest.mark.parametrize(("start", "maximum"), [(100, 1000), (5000, 16_384), (16_000, None)])
def test_storage_grows_tenfold_within_the_engines_limit(
    stack: cdk.Stack, define: Define, start: int, maximum: int | None
) -> None:
    define("sqlserver-se", allocated_storage=start)
    assert resources(stack, "AWS::RDS::DBInstance")[0].get("MaxAllocatedStorage") == maximum


def test_storage_may_be_a_token(stack: cdk.Stack, define: Define) -> None:
    size = cdk.CfnParameter(stack, "Size", type="Number").value_as_number
    define(allocated_storage=size)
    assert resources(stack, "AWS::RDS::DBInstance")[0]["AllocatedStorage"] == {"Ref": "Size"}


def test_database_name(stack: cdk.Stack, define: Define) -> None:
    define(database_name="clinic")
    assert resources(stack, "AWS::RDS::DBInstance")[0]["DBName"] == "clinic"


def test_database_name_in_a_cluster(stack: cdk.Stack, define: Define) -> None:
    define("aurora-mysql", database_name="clinic")
    assert resources(stack, "AWS::RDS::DBCluster")[0]["DatabaseName"] == "clinic"


def test_license_model(stack: cdk.Stack, define: Define) -> None:
    define("oracle-se2", license_model=rds.LicenseModel.LICENSE_INCLUDED)
    assert resources(stack, "AWS::RDS::DBInstance")[0]["LicenseModel"] == "license-included"


def test_readers(stack: cdk.Stack, define: Define) -> None:
    define("aurora-postgresql", readers=3)
    assert len(resources(stack, "AWS::RDS::DBInstance")) == 4


def test_aurora_mysql_backtracks_where_the_region_can(app: cdk.App, define: Define, stack: cdk.Stack) -> None:
    define("aurora-mysql")
    assert resources(stack, "AWS::RDS::DBCluster")[0]["BacktrackWindow"] == 72 * 3600


def test_aurora_mysql_in_a_region_without_backtrack(app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region="us-gov-west-1")
    stack = cdk.Stack(app, "Gov", env=env)
    SslRds(stack, "Db", engine=ENGINES["aurora-mysql"], vpc=own_vpc(app, env=env), backup_plan=SelectingPlan())
    assert findings_beside_the_network(app) == []
    (cluster,) = of_type(template(app, "Gov"), "AWS::RDS::DBCluster")
    assert "BacktrackWindow" not in cluster["Properties"]


def test_clean_without_a_known_account_or_region(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Anywhere")
    SslRds(stack, "Db", engine=ENGINES["postgres"], vpc=own_vpc(app, env=None), backup_plan=SelectingPlan())
    assert findings_beside_the_network(app) == []


# Use


def test_allow_from_opens_the_tls_port_and_no_other(stack: cdk.Stack, define: Define) -> None:
    database = define("oracle-ee")
    client = ec2.SecurityGroup(stack, "Client", vpc=imported_vpc(Construct(stack, "Other")))
    database.allow_from(client)
    (rule,) = resources(stack, "AWS::EC2::SecurityGroupIngress")
    assert (rule["FromPort"], rule["ToPort"]) == (2484, 2484)


def test_connections_open_the_same_port(stack: cdk.Stack, define: Define) -> None:
    database = define()
    client = ec2.SecurityGroup(stack, "Client", vpc=imported_vpc(Construct(stack, "Other")))
    database.connections.allow_default_port_from(client)
    assert resources(stack, "AWS::EC2::SecurityGroupIngress")[0]["FromPort"] == database.port == 15432


@pytest.mark.parametrize("everyone", [ec2.Peer.any_ipv4(), ec2.Peer.any_ipv6(), ec2.Peer.ipv4("0.0.0.0/0")])
def test_allow_from_refuses_everyone(define: Define, everyone: ec2.IPeer) -> None:
    database = define()
    with pytest.raises(ValueError, match="never answers everyone"):
        database.allow_from(everyone)


@pytest.mark.parametrize("engine", ["postgres", "aurora-mysql"])
def test_grant_connect_names_one_user_of_this_database(stack: cdk.Stack, define: Define, engine: str) -> None:
    database = define(engine)
    role = LeastPrivilegeRole(stack, "App", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    database.grant_connect(role, "clinic_app").assert_success()
    policies = [policy["PolicyDocument"]["Statement"] for policy in resources(stack, "AWS::IAM::ManagedPolicy")]
    (statement,) = [part for policy in policies for part in policy if part["Action"] == "rds-db:connect"]
    resource = statement["Resource"]["Fn::Join"][1]
    attribute = "DBClusterResourceId" if engine == "aurora-mysql" else "DbiResourceId"
    assert resource[-1] == "/clinic_app"
    assert resource[-2]["Fn::GetAtt"][1] == attribute
    assert "*" not in str(resource)


@pytest.mark.parametrize("user", ["*", "", "a/b", "clinic app"])
def test_grant_connect_refuses_what_is_no_user(define: Define, user: str) -> None:
    with pytest.raises(ValueError, match="db_user: got"):
        define().grant_connect(iam.AccountRootPrincipal(), user)


@pytest.mark.parametrize("engine", ["sqlserver-se", "oracle-ee", "db2-se"])
def test_grant_connect_without_iam_authentication(define: Define, engine: str) -> None:
    with pytest.raises(ValueError, match="has no IAM authentication"):
        define(engine).grant_connect(iam.AccountRootPrincipal(), "clinic_app")


@pytest.mark.parametrize(("engine", "port"), [("postgres", 15432), ("oracle-ee", 2484), ("db2-se", 50443)])
def test_endpoint_has_the_port_that_takes_tls(define: Define, engine: str, port: int) -> None:
    database = define(engine)
    assert database.endpoint.port == port
    assert database.reader_endpoint is None
    assert database.cluster is None


def test_aurora_has_two_endpoints(stack: cdk.Stack, define: Define) -> None:
    database = define("aurora-postgresql")
    assert database.instance is None
    assert database.reader_endpoint is not None
    assert stack.resolve(database.endpoint.hostname)["Fn::GetAtt"][1] == "Endpoint.Address"
    assert stack.resolve(database.reader_endpoint.hostname)["Fn::GetAtt"][1] == "ReadEndpoint.Address"
    assert stack.resolve(database.secret.secret_arn)["Fn::GetAtt"][1] == "MasterUserSecret.SecretArn"


# Refusals


@pytest.mark.parametrize(
    ("engine", "options", "message"),
    [
        ("postgres", {"backup_plan": None}, "backup_plan: got None.*Pass backup_plan="),
        ("postgres", {"readers": 1}, "readers: got 1; postgres has a standby"),
        ("aurora-mysql", {"readers": 0}, "readers: got 0; allowed are 1 to 15"),
        ("aurora-mysql", {"readers": 16}, "readers: got 16"),
        ("aurora-mysql", {"readers": cdk.Token.as_number({"Ref": "N"})}, "readers: got a token; it takes a number"),
        ("aurora-mysql", {"allocated_storage": 100}, "allocated_storage: got 100; aurora-mysql grows"),
        ("aurora-mysql", {"max_allocated_storage": 100}, "max_allocated_storage: got 100"),
        ("postgres", {"allocated_storage": 19}, "allocated_storage: got 19; allowed are 20 to 65536 GiB"),
        ("sqlserver-se", {"allocated_storage": 16_385}, "allowed are 20 to 16384 GiB"),
        ("postgres", {"allocated_storage": 100, "max_allocated_storage": 109}, "allowed are 110 GiB or more"),
        ("mysql", {"instance_type": ec2.InstanceType("t3.micro")}, "instance_type: got 't3.micro'"),
        ("aurora-mysql", {"instance_type": ec2.InstanceType("t3.large")}, "instance_type: got 't3.large'"),
        ("postgres", {"database_name": "1st"}, "database_name: got '1st'"),
        ("oracle-ee", {"database_name": "LONGERTHAN8"}, "database_name: got 'LONGERTHAN8'"),
        ("sqlserver-se", {"database_name": "clinic"}, "creates no database by itself"),
        (
            "postgres",
            {"license_model": rds.LicenseModel.LICENSE_INCLUDED},
            "license_model: got 'LICENSE_INCLUDED'; postgres comes with one licence only",
        ),
        (
            "oracle-ee",
            {"license_model": rds.LicenseModel.LICENSE_INCLUDED},
            "oracle-ee takes BRING_YOUR_OWN_LICENSE",
        ),
        ("postgres", {"allocated_storage": "100"}, r"SslRds\(allocated_storage=…\): got '100'"),
        ("postgres", {"vpc": "vpc-12345678"}, r"SslRds\(vpc=…\)"),
        ("postgres", {"engine": "postgres"}, r"SslRds\(engine=…\)"),
        ("postgres", {"backup_plan": object()}, r"SslRds\(backup_plan=…\)"),
        ("postgres", {"engine": I.POSTGRES}, "postgres without a version"),
        ("postgres", {"engine": I.SQL_SERVER_EX}, "SQL Server Express has neither encrypted storage nor"),
        ("postgres", {"engine": CustomEngine("se", version="11.5.9.0")}, "got 'custom-oracle-ee'; it is not among"),
        ("postgres", {"engine": rds.DatabaseClusterEngine.AURORA}, "end of life"),
        (
            "postgres",
            {"engine": I.postgres(version=rds.PostgresEngineVersion.VER_11)},
            "got 'postgres 11'; allowed are versions from 12",
        ),
        (
            "postgres",
            {"engine": I.mysql(version=rds.MysqlEngineVersion.VER_5_7_44)},
            "got 'mysql 5.7.44'; allowed are versions from 8.0",
        ),
        (
            "postgres",
            {"engine": I.sql_server_web(version=rds.SqlServerEngineVersion.VER_16_00_4165_4_V1)},
            "allowed are versions from 16.0.4215.2",
        ),
    ],
)
def test_refused_before_anything_is_defined(
    stack: cdk.Stack, define: Define, engine: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        define(engine, **options)
    assert stack.node.try_find_child("Db") is None


def test_refused_with_isolated_subnets_in_one_zone(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="isolated subnets in 1 zones"):
        SslRds(
            stack,
            "Db",
            engine=ENGINES["postgres"],
            vpc=imported_vpc(stack, zones=1),
            backup_plan=SelectingPlan(),
        )
    assert stack.node.try_find_child("Db") is None


def test_a_pending_lookup_is_not_held_against_the_vpc(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_lookup(stack, "Vpc", vpc_name="clinic")
    database = SslRds(stack, "Db", engine=ENGINES["postgres"], vpc=vpc, backup_plan=SelectingPlan())
    assert database.instance is not None
