from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.database.tls_document_db import TlsDocumentDb
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.reach import reach_of
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.testing import assert_no_findings, findings, template_of
from tests.database.support import SelectingPlan, findings_beside_the_network, imported_vpc, own_vpc
from tests.edge.support import only, resources

CLUSTER = "AWS::DocDB::DBCluster"
GROUP = "AWS::DocDB::DBClusterParameterGroup"
MEMBER = "AWS::DocDB::DBInstance"


def define(stack: cdk.Stack, **arguments: Any) -> TlsDocumentDb:
    vpc = arguments.pop("vpc", None) or imported_vpc(stack)
    return TlsDocumentDb(stack, "Charts", **{"vpc": vpc, "backup_plan": SelectingPlan(), **arguments})


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    define(stack)
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
@pytest.mark.parametrize("version", ["5.0.0", "8.0.0"])
def test_has_no_findings(version: str, region: str | None, app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    define(stack, engine_version=version).connections.allow_default_port_from(ec2.Peer.ipv4("10.0.1.0/24"))
    assert_no_findings(app, all_packs=True)


def test_has_no_findings_in_a_plan_that_restores_it_each_quarter(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack, backup_plan=BackupPlan.daily_7_year(stack, "Backups"))
    assert_no_findings(app, all_packs=True)
    written = json.loads((Path(app.outdir) / "Clinic.template.json").read_text())
    tested = resources(written, "AWS::Backup::RestoreTestingSelection")
    assert "DocumentDB" in {one["Properties"]["ProtectedResourceType"] for one in tested}


def test_transmission_security_and_audit_controls_by_the_parameter_group(template: dict[str, Any]) -> None:
    (name,) = (name for name, one in template["Resources"].items() if one["Type"] == GROUP)
    assert only(template, CLUSTER)["DBClusterParameterGroupName"] == {"Ref": name}
    parameters = only(template, GROUP)
    assert parameters["Family"] == "docdb5.0"
    assert parameters["Parameters"] == {"tls": "tls1.2+", "audit_logs": "all", "profiler": "enabled"}


def test_audit_controls_logs_are_there_before_the_database_and_are_kept(template: dict[str, Any]) -> None:
    (cluster,) = resources(template, CLUSTER)
    assert cluster["Properties"]["EnableCloudwatchLogsExports"] == ["audit", "profiler"]
    logs = {name: one for name, one in template["Resources"].items() if one["Type"] == "AWS::Logs::LogGroup"}
    assert set(cluster["DependsOn"]) >= set(logs)
    identifier = cluster["Properties"]["DBClusterIdentifier"]["Fn::Join"][1]
    names = []
    for group in logs.values():
        before, *between, after = group["Properties"]["LogGroupName"]["Fn::Join"][1]
        assert before == f"/aws/docdb/{identifier[0]}"
        assert between == identifier[1:]
        assert group["Properties"]["RetentionInDays"] == 2557
        assert "Deidentify" in json.dumps(group["Properties"]["DataProtectionPolicy"])
        names.append(after)
    assert sorted(names) == ["/audit", "/profiler"]


def test_encryption_of_storage_secret_and_logs_with_one_rotated_key(template: dict[str, Any]) -> None:
    cluster = only(template, CLUSTER)
    assert cluster["StorageEncrypted"] is True
    keys = [cluster["KmsKeyId"], cluster["MasterUserSecretKmsKeyId"]]
    keys += [one["Properties"]["KmsKeyId"] for one in resources(template, "AWS::Logs::LogGroup")]
    (key,) = {one["Fn::GetAtt"][0] for one in keys}
    assert template["Resources"][key]["Properties"]["EnableKeyRotation"] is True


def test_the_master_password_is_kept_and_rotated_by_documentdb(template: dict[str, Any]) -> None:
    cluster = only(template, CLUSTER)
    assert cluster["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in cluster
    assert "AWS::SecretsManager::Secret" not in {one["Type"] for one in template["Resources"].values()}


def test_integrity_it_is_protected_and_leaves_a_snapshot(template: dict[str, Any]) -> None:
    (cluster,) = resources(template, CLUSTER)
    assert cluster["Properties"]["DeletionProtection"] is True
    assert (cluster["DeletionPolicy"], cluster["UpdateReplacePolicy"]) == ("Snapshot", "Snapshot")
    assert cluster["Properties"]["CopyTagsToSnapshot"] is True


def test_contingency_instances_in_two_zones_backups_and_a_selection(template: dict[str, Any]) -> None:
    assert only(template, CLUSTER)["BackupRetentionPeriod"] == 35
    assert len(resources(template, MEMBER)) == 2
    (arn,) = only(template, "AWS::Backup::BackupSelection")["BackupSelection"]["Resources"]
    (name,) = (name for name, one in template["Resources"].items() if one["Type"] == CLUSTER)
    assert arn["Fn::Join"][1][-2:] == [":rds:us-east-1:111122223333:cluster:", {"Ref": name}]


def test_instances_take_turns_in_the_zones_of_a_vpc_of_the_app(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack, vpc=own_vpc(app), instances=3)
    assert findings_beside_the_network(app) == []
    written = json.loads((Path(app.outdir) / "Clinic.template.json").read_text())
    zones = [json.dumps(one["Properties"]["AvailabilityZone"]) for one in resources(written, MEMBER)]
    assert zones[0] == zones[2] != zones[1]


def test_access_control_it_stands_in_isolated_subnets_and_lets_nobody_in(template: dict[str, Any]) -> None:
    assert only(template, "AWS::DocDB::DBSubnetGroup")["SubnetIds"] == ["subnet-11111111", "subnet-22222222"]
    assert "SecurityGroupIngress" not in only(template, "AWS::EC2::SecurityGroup")
    assert "AWS::EC2::SecurityGroupIngress" not in {one["Type"] for one in template["Resources"].values()}
    assert only(template, CLUSTER)["Port"] == 37017


def test_connections_open_the_port_of_the_database(stack: cdk.Stack) -> None:
    database = define(stack)
    database.connections.allow_default_port_from(ec2.Peer.ipv4("10.0.1.0/24"))
    (rule,) = only(template_of(stack), "AWS::EC2::SecurityGroup")["SecurityGroupIngress"]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("10.0.1.0/24", database.port, database.port)


def test_two_of_them_have_names_of_their_own(stack: cdk.Stack) -> None:
    vpc, plan = imported_vpc(stack), SelectingPlan()
    for name in ("Charts", "Letters"):
        TlsDocumentDb(stack, name, vpc=vpc, backup_plan=plan)
    written = template_of(stack)
    names = [one["Properties"]["DBClusterIdentifier"] for one in resources(written, CLUSTER)]
    assert names[0] != names[1]
    assert all("AWS::StackId" in json.dumps(name) for name in names)


def test_takes_a_key_and_its_options(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    database = define(
        stack,
        encryption_key=key,
        engine_version="8.0.0",
        instance_type=ec2.InstanceType("r8g.xlarge"),
        instances=4,
        preferred_maintenance_window="sun:07:00-sun:08:00",
    )
    written = template_of(stack)
    cluster = only(written, CLUSTER)
    assert (cluster["EngineVersion"], only(written, GROUP)["Family"]) == ("8.0.0", "docdb8.0")
    members = [one["Properties"] for one in resources(written, MEMBER)]
    assert [one["DBInstanceClass"] for one in members] == ["db.r8g.xlarge"] * 4
    windows = {one["PreferredMaintenanceWindow"] for one in (cluster, *members)}
    assert windows == {"sun:07:00-sun:08:00"}
    assert database.encryption_key is key
    assert database.cluster.node.path == "Clinic/Charts/Resource"
    assert database.security_group.node.path == "Clinic/Charts/SecurityGroup"
    name = {"Ref": stack.get_logical_id(database.cluster.node.find_child("Resource"))}  # type: ignore[arg-type]
    for endpoint, attribute in ((database.endpoint, "Endpoint"), (database.reader_endpoint, "ReadEndpoint")):
        assert stack.resolve(endpoint.hostname) == {"Fn::GetAtt": [name["Ref"], attribute]}
        assert endpoint.port == database.port


def test_the_evidence_tells_key_backups_and_who_gets_through(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack).connections.allow_default_port_from(ec2.Peer.ipv4("10.0.1.0/24"))
    app.synth()
    read = assembly.load([Path(app.outdir)])
    (found,) = (one for one in stores_of(read, Names(read)) if one.resource.type == CLUSTER)
    assert (found.role, found.encryption, found.backup) == ("data", "customer_key", "selected")
    assert found.key == "Clinic/Charts/Key/Resource/Resource"
    assert found.retention == ("own backups: 35 days", "leaves a snapshot when its stack goes")
    (made,) = read.of_type(CLUSTER)
    parties = {party.name: {str(verb) for verb in verbs} for party, verbs in reach_of(read).of(made).items()}
    assert parties == {"10.0.1.0/24, TCP port 37017": {"connect"}}


# What is undone, and the rule that has to find it.
UNDONE = [
    (CLUSTER, "StorageEncrypted", False, "DatabaseEncrypted"),
    (CLUSTER, "KmsKeyId", None, "DatabaseEncryptedWithCustomerKey"),
    (CLUSTER, "MasterUserSecretKmsKeyId", None, "DatabaseEncryptedWithCustomerKey"),
    (CLUSTER, "EnableCloudwatchLogsExports", ["profiler"], "DatabaseLogsExported"),
    (CLUSTER, "BackupRetentionPeriod", 1, "DatabaseBackupsKept"),
    (CLUSTER, "DeletionProtection", False, "DeletionProtected"),
    (CLUSTER, "EngineVersion", "3.6.0", "EngineVersionSupported"),
    (CLUSTER, "MasterUserPassword", "hunter2hunter2", "NoLiteralSecrets"),
    (GROUP, "Parameters.tls", "disabled", "ClusterTlsRequired"),
    (GROUP, "Parameters.tls", "enabled", "ClusterTlsRequired"),
    (GROUP, "Parameters.audit_logs", "disabled", "DatabaseActivityLogged"),
    (GROUP, "Parameters.audit_logs", None, "DatabaseActivityLogged"),
]


@pytest.mark.parametrize(
    ("kind", "name", "value", "rule"), UNDONE, ids=[f"{one[1]}-{one[2]}-{one[3]}" for one in UNDONE]
)
def test_what_is_undone_is_found(kind: str, name: str, value: Any, rule: str, app: cdk.App, stack: cdk.Stack) -> None:
    database = define(stack)
    owner = database.cluster if kind == CLUSTER else database.node.find_child("Parameters")
    resource: Any = owner.node.default_child
    if value is None:
        resource.add_property_deletion_override(name)
    else:
        resource.add_property_override(name, value)
    assert any(rule in str(one) for one in findings(app))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"backup_plan": None}, "backup_plan: got None; a database may hold PHI"),
        ({"engine_version": "3.6.0"}, "engine_version"),
        ({"engine_version": "4.0.0"}, "engine_version"),
        ({"instances": 1}, "instances: got 1; allowed are 2 to 16 instances"),
        ({"instances": 17}, "instances: got 17"),
        ({"preferred_maintenance_window": "sunday"}, "preferred_maintenance_window: got 'sunday'"),
        ({"instance_type": "r6g.large"}, r"TlsDocumentDb\(instance_type=…\): got 'r6g.large'"),
        ({"encryption_key": "alias/x"}, r"TlsDocumentDb\(encryption_key=…\): got 'alias/x'"),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    vpc = imported_vpc(stack)
    with pytest.raises(ValueError, match=message):
        define(stack, vpc=vpc, **arguments)
    assert [child.node.id for child in stack.node.children] == ["Vpc"]


def test_refuses_a_vpc_in_one_zone(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="vpc: got 'a VPC with isolated subnets in 1 zones'"):
        define(stack, vpc=imported_vpc(stack, zones=1))


def test_refuses_a_region_without_documentdb(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-west-1"))
    with pytest.raises(ValueError, match="scope: got 'a stack in us-west-1'; DocumentDB does not exist there"):
        define(stack)


def test_refuses_tokens_for_what_decides_what_is_made(stack: cdk.Stack) -> None:
    vpc = imported_vpc(stack)
    with pytest.raises(ValueError, match=r"engine_version: got .*; it takes a version that is written"):
        define(stack, vpc=vpc, engine_version=cdk.CfnParameter(stack, "Version").value_as_string)
    number = cdk.CfnParameter(stack, "Instances", type="Number").value_as_number
    with pytest.raises(ValueError, match="instances"):
        define(stack, vpc=vpc, instances=int(number))
