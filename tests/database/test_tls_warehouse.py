from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.database.tls_warehouse import TlsWarehouse
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.reach import reach_of
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.database.support import ENV, SelectingPlan, three_zones
from tests.dependencies import dependencies, in_circles
from tests.edge.support import only, resources
from tests.storage.plans import RecordingPlan

NAMESPACE, WORKGROUP = "AWS::RedshiftServerless::Namespace", "AWS::RedshiftServerless::Workgroup"


def new_stack() -> cdk.Stack:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    return cdk.Stack(app, "Clinic", env=ENV)


def warehouse(stack: cdk.Stack, **arguments: Any) -> TlsWarehouse:
    vpc = arguments.pop("vpc", None) or three_zones(stack)
    return TlsWarehouse(stack, "Claims", vpc=vpc, **{"backup_plan": RecordingPlan(), **arguments})


def role_in(stack: cdk.Stack) -> LeastPrivilegeRole:
    return LeastPrivilegeRole(stack, "Analyst", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    warehouse(stack, backup_plan=SelectingPlan())
    return template_of(stack)


@pytest.fixture(scope="module")
def copying() -> dict[str, Any]:
    """A warehouse that loads and unloads; the buckets are another stack's."""
    stack = new_stack()
    lake = cdk.Stack(cdk.App.of(stack), "Lake", env=ENV)  # type: ignore[arg-type]
    raw = EncryptedBucket(lake, "Raw", backup_plan=RecordingPlan())
    reports = EncryptedBucket(lake, "Reports", backup_plan=RecordingPlan())
    warehouse(stack, load_from=[raw], unload_to=[reports])
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
def test_has_no_findings(region: str | None, app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    key = KmsRotatedKey(stack, "Key").key
    plan = BackupPlan.daily_7_year(stack, "Backups", encryption_key=key)
    vpc = PrivateVpc(stack, "Vpc", encryption_key=key).vpc
    bucket = EncryptedBucket(stack, "Lake", encryption_key=key, backup_plan=plan)
    claims = TlsWarehouse(
        stack, "Claims", vpc=vpc, encryption_key=key, backup_plan=plan, load_from=[bucket], unload_to=[bucket]
    )
    TlsWarehouse(stack, "Members", vpc=vpc, encryption_key=key, backup_plan=plan)
    claims.grant_connect(role_in(stack))
    claims.allow_from(ec2.Peer.ipv4("10.0.1.0/24"))
    assert_no_findings(app, all_packs=True)
    written = json.loads((Path(app.outdir) / "Clinic.template.json").read_text())
    assert in_circles(dependencies(written)) == []


def test_encryption_of_data_secret_and_logs_with_one_rotated_key(template: dict[str, Any]) -> None:
    namespace = only(template, NAMESPACE)
    keys = [namespace["KmsKeyId"], namespace["AdminPasswordSecretKmsKeyId"]]
    keys += [one["Properties"]["KmsKeyId"] for one in resources(template, "AWS::Logs::LogGroup")]
    assert len(keys) == 5
    (key,) = {one["Fn::GetAtt"][0] for one in keys}
    assert template["Resources"][key]["Properties"]["EnableKeyRotation"] is True


def test_access_control_the_password_is_redshift_s(template: dict[str, Any]) -> None:
    namespace = only(template, NAMESPACE)
    assert namespace["ManageAdminPassword"] is True
    assert "AdminUserPassword" not in namespace


def test_access_control_private_and_closed(template: dict[str, Any]) -> None:
    workgroup, group = only(template, WORKGROUP), only(template, "AWS::EC2::SecurityGroup")
    assert workgroup["PubliclyAccessible"] is False
    assert workgroup["SubnetIds"] == ["subnet-11111111", "subnet-22222222", "subnet-33333333"]
    assert "SecurityGroupIngress" not in group
    assert [one["CidrIp"] for one in group["SecurityGroupEgress"]] == ["255.255.255.255/32"]


def test_transmission_security_tls_and_through_the_vpc(template: dict[str, Any]) -> None:
    workgroup = only(template, WORKGROUP)
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in workgroup["ConfigParameters"]}
    assert parameters["require_ssl"] == "true"
    assert workgroup["EnhancedVpcRouting"] is True


def test_audit_controls_every_log_into_a_group_that_is_there_first(template: dict[str, Any]) -> None:
    (namespace,) = resources(template, NAMESPACE)
    assert namespace["Properties"]["LogExports"] == ["connectionlog", "useractivitylog", "userlog"]
    parameters = only(template, WORKGROUP)["ConfigParameters"]
    assert {"ParameterKey": "enable_user_activity_logging", "ParameterValue": "true"} in parameters
    groups = {
        name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == "AWS::Logs::LogGroup"
    }
    assert set(groups) <= set(namespace["DependsOn"])
    name = namespace["Properties"]["NamespaceName"]["Fn::Join"][1]
    for log in namespace["Properties"]["LogExports"]:
        wanted = [f"/aws/redshift/{name[0]}", *name[1:], f"/{log}"]
        assert wanted in [one["LogGroupName"]["Fn::Join"][1] for one in groups.values()]
    assert {one["RetentionInDays"] for one in groups.values()} == {2557}
    assert all("DataProtectionPolicy" in one for one in groups.values())


def test_integrity_data_key_and_logs_stay(template: dict[str, Any]) -> None:
    for kind in (NAMESPACE, "AWS::KMS::Key", "AWS::Logs::LogGroup"):
        for made in resources(template, kind):
            assert made["DeletionPolicy"].startswith("Retain")
            assert made["UpdateReplacePolicy"] == "Retain"


def test_data_backup_plan_selects_the_namespace(template: dict[str, Any]) -> None:
    (name,) = (name for name, one in template["Resources"].items() if one["Type"] == NAMESPACE)
    selection = only(template, "AWS::Backup::BackupSelection")["BackupSelection"]
    assert selection["Resources"] == [{"Fn::GetAtt": [name, "Namespace.NamespaceArn"]}]


def test_names_are_lower_case_and_new_with_each_deployment(template: dict[str, Any]) -> None:
    name = only(template, NAMESPACE)["NamespaceName"]
    assert name == only(template, WORKGROUP)["WorkgroupName"]
    first, piece = name["Fn::Join"][1]
    assert re.fullmatch(r"clinic-claims-[0-9a-f]{8}-", first)
    assert "AWS::StackId" in json.dumps(piece)


def test_by_default_computes_with_the_least_and_grows(template: dict[str, Any]) -> None:
    workgroup = only(template, WORKGROUP)
    assert (workgroup["BaseCapacity"], workgroup["Port"]) == (8, 5440)
    assert "MaxCapacity" not in workgroup
    assert only(template, NAMESPACE)["DbName"] == "dev"
    assert "IamRoles" not in only(template, NAMESPACE)


def test_capacity_and_database_name() -> None:
    stack = new_stack()
    warehouse(stack, base_capacity=32, max_capacity=1024, database_name="claims")
    template = template_of(stack)
    workgroup = only(template, WORKGROUP)
    assert (workgroup["BaseCapacity"], workgroup["MaxCapacity"]) == (32, 1024)
    assert only(template, NAMESPACE)["DbName"] == "claims"


def test_loads_and_unloads_what_it_was_given_and_no_more(copying: dict[str, Any]) -> None:
    namespace = only(copying, NAMESPACE)
    assert namespace["IamRoles"] == [namespace["DefaultIamRoleArn"]]
    trust = only(copying, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert {one["Principal"]["Service"] for one in trust} == {
        "redshift.amazonaws.com",
        "redshift-serverless.amazonaws.com",
    }
    by_action: dict[str, str] = {}
    for policy in resources(copying, "AWS::IAM::ManagedPolicy"):
        for one in policy["Properties"]["PolicyDocument"]["Statement"]:
            for action in [one["Action"]] if isinstance(one["Action"], str) else one["Action"]:
                by_action[action] = by_action.get(action, "") + json.dumps(one["Resource"])
    assert "Raw" in by_action["s3:GetObject"]
    assert "Reports" not in by_action["s3:GetObject"]
    assert "Reports" in by_action["s3:PutObject"]
    assert "Raw" not in by_action["s3:PutObject"]
    assert "s3:DeleteObject" not in by_action
    assert all(name in by_action["kms:Decrypt"] for name in ("Raw", "Reports"))


def test_that_copies_stands_where_s3_is_and_asks_for_https_alone(copying: dict[str, Any]) -> None:
    assert only(copying, WORKGROUP)["SubnetIds"] == ["subnet-44444444", "subnet-55555555", "subnet-66666666"]
    (out,) = only(copying, "AWS::EC2::SecurityGroup")["SecurityGroupEgress"]
    assert (out["CidrIp"], out["FromPort"], out["ToPort"]) == ("0.0.0.0/0", 443, 443)


def test_allows_a_peer_the_port_and_nobody_everyone() -> None:
    stack = new_stack()
    claims = warehouse(stack)
    claims.allow_from(ec2.Peer.ipv4("10.0.1.0/24"))
    for everyone in (ec2.Peer.any_ipv4(), ec2.Peer.any_ipv6()):
        with pytest.raises(ValueError, match="a warehouse never answers everyone"):
            claims.allow_from(everyone)
    (rule,) = only(template_of(stack), "AWS::EC2::SecurityGroup")["SecurityGroupIngress"]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("10.0.1.0/24", 5440, 5440)


def test_grants_to_connect_to_this_workgroup() -> None:
    stack = new_stack()
    warehouse(stack).grant_connect(role_in(stack)).assert_success()
    template = template_of(stack)
    (name,) = (name for name, one in template["Resources"].items() if one["Type"] == WORKGROUP)
    (statement,) = only(template, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["redshift-serverless:GetCredentials", "redshift-serverless:GetWorkgroup"]
    assert statement["Resource"] == {"Fn::GetAtt": [name, "Workgroup.WorkgroupArn"]}


def test_the_evidence_lists_it_and_tells_who_connects(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=ENV)
    claims = warehouse(stack, backup_plan=SelectingPlan())
    claims.grant_connect(role_in(stack))
    claims.allow_from(ec2.Peer.ipv4("10.0.1.0/24"))
    app.synth()
    read = assembly.load([Path(app.outdir)])
    (found,) = (one for one in stores_of(read, Names(read)) if one.resource.type == NAMESPACE)
    assert (found.encryption, found.key) == ("customer_key", "Clinic/Claims/Key/Resource/Resource")
    assert found.backup == "selected"
    (made,) = (one for one in read.templates[0].resources.values() if one.type == NAMESPACE)
    assert {party.name: set(map(str, verbs)) for party, verbs in reach_of(read).of(made).items()} == {
        "Clinic/Analyst": {"connect"},
        "10.0.1.0/24, TCP port 5440": {"connect"},
    }


def test_takes_a_key_and_can_be_reached() -> None:
    stack = new_stack()
    key = KmsRotatedKey(stack, "Key").key
    bucket = EncryptedBucket(stack, "Lake", encryption_key=key, backup_plan=RecordingPlan())
    claims = warehouse(stack, encryption_key=key, load_from=[bucket])
    assert claims.encryption_key is key
    assert claims.role is not None
    assert claims.namespace.node.path == "Clinic/Claims/Namespace"
    assert claims.workgroup.node.path == "Clinic/Claims/Workgroup"
    assert claims.security_group.node.path == "Clinic/Claims/SecurityGroup"
    assert claims.connections.security_groups
    assert cdk.Token.is_unresolved(claims.hostname)
    assert claims.port == 5440


def test_two_zones_are_enough_where_the_region_has_no_more(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-west-1"))
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-12345678",
        availability_zones=["us-west-1a", "us-west-1b"],
        isolated_subnet_ids=["subnet-1", "subnet-2", "subnet-3", "subnet-4"],
    )
    TlsWarehouse(stack, "Claims", vpc=vpc, backup_plan=RecordingPlan())
    assert len(only(template_of(stack), WORKGROUP)["SubnetIds"]) == 4


@pytest.mark.parametrize("name", ["vpc", "load_from"])
def test_refuses_a_vpc_with_too_few_zones(name: str) -> None:
    stack = new_stack()
    bucket = EncryptedBucket(stack, "Lake", backup_plan=RecordingPlan())
    kind = "private" if name == "load_from" else "isolated"
    with pytest.raises(ValueError, match=f"vpc: got 'a VPC with 2 {kind} subnets in 2 zones'; Redshift Serverless"):
        warehouse(stack, vpc=three_zones(stack, zones=2), load_from=[bucket] if name == "load_from" else [])


def test_tokens_pass() -> None:
    stack = new_stack()
    number, text = cdk.Token.as_number({"Ref": "Number"}), cdk.Token.as_string({"Ref": "Name"})
    warehouse(stack, base_capacity=number, max_capacity=number, database_name=text)
    assert only(template_of(stack), WORKGROUP)["BaseCapacity"] == {"Ref": "Number"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"backup_plan": None}, "backup_plan: got None; a warehouse may hold PHI"),
        ({"base_capacity": 2}, "base_capacity: got 2; allowed are 4 units, 8 to 512"),
        ({"base_capacity": 12}, "base_capacity: got 12; allowed are"),
        ({"base_capacity": 520}, "base_capacity: got 520; allowed are"),
        ({"base_capacity": 1056}, "base_capacity: got 1056; allowed are"),
        ({"base_capacity": 32, "max_capacity": 16}, "max_capacity: got 16; it is 32, the base_capacity, or more"),
        ({"max_capacity": 9}, "max_capacity: got 9; allowed are"),
        ({"database_name": "Claims-1"}, "database_name: got 'Claims-1'; allowed are up to 64 lower-case"),
        ({"load_from": ["bucket"]}, r"TlsWarehouse\(load_from=…\): got \['bucket'\]; it takes"),
        ({"encryption_key": "alias/x"}, r"TlsWarehouse\(encryption_key=…\): got 'alias/x'"),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str) -> None:
    stack = new_stack()
    with pytest.raises(ValueError, match=message):
        warehouse(stack, **arguments)
    assert not stack.node.try_find_child("Claims")
