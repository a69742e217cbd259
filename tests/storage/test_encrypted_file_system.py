from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compute.private_function import PrivateFunction
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.encrypted_file_system import EncryptedFileSystem
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.database.support import SelectingPlan, imported_vpc
from tests.storage.plans import RecordingPlan
from tests.storage.policies import denied_by

MOUNT, WRITE = "elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"


def define(stack: cdk.Stack, **arguments: Any) -> EncryptedFileSystem:
    given = {"vpc": arguments.pop("vpc", None) or imported_vpc(stack), "backup_plan": RecordingPlan(), **arguments}
    return EncryptedFileSystem(stack, "Files", **given)


def role_in(stack: cdk.Stack) -> LeastPrivilegeRole:
    return LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))


@pytest.fixture(scope="module")
def synthesized() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    define(stack).add_access_point("Results", path="/results")
    return template_of(stack)


@pytest.fixture(scope="module")
def template(synthesized: dict[str, Any]) -> Template:
    return Template.from_json(synthesized)


def test_snapshot(synthesized: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert synthesized == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
def test_has_no_findings(region: str | None, app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    vpc = PrivateVpc(stack, "Vpc").vpc
    files = define(stack, vpc=vpc, backup_plan=BackupPlan.daily_7_year(stack, "Backups"))
    results = files.add_access_point("Results", path="/results")
    files.grant_read_write(role_in(stack), results)
    PrivateFunction(
        stack,
        "Import",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=vpc,
        filesystem=files.mounted(results, "/mnt/results"),
    )
    assert_no_findings(app, all_packs=True)


def test_encryption_with_a_rotated_key_of_its_own(synthesized: dict[str, Any], template: Template) -> None:
    (files,) = template.find_resources("AWS::EFS::FileSystem").values()
    assert files["Properties"]["Encrypted"] is True
    key = files["Properties"]["KmsKeyId"]["Fn::GetAtt"][0]
    assert synthesized["Resources"][key]["Properties"]["EnableKeyRotation"] is True


def policy_of(template: Template) -> dict[str, Any]:
    (files,) = template.find_resources("AWS::EFS::FileSystem").values()
    policy: dict[str, Any] = files["Properties"]["FileSystemPolicy"]
    return policy


@pytest.mark.parametrize("action", [MOUNT, WRITE, "elasticfilesystem:ClientRootAccess"])
def test_transmission_security_denies_everyone_who_comes_without_tls(template: Template, action: str) -> None:
    arn = "arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/fs-1"
    assert denied_by(policy_of(template), action, arn, {"aws:SecureTransport": False}) == {"DenyWithoutTls"}
    assert denied_by(policy_of(template), action, arn, {"aws:SecureTransport": True}) == set()
    assert {statement["Principal"]["AWS"] for statement in policy_of(template)["Statement"]} == {"*"}


@pytest.mark.parametrize("flag", [True, False])
def test_access_control_lets_nobody_in_without_iam(flag: bool) -> None:
    app = cdk.App(
        builtin_cloud_formation_validation=False,
        analytics_reporting=False,
        context={"@aws-cdk/aws-efs:denyAnonymousAccess": flag},
    )
    stack = cdk.Stack(app, "Clinic")
    define(stack)
    statements = policy_of(Template.from_stack(stack))["Statement"]
    assert {statement["Effect"] for statement in statements} == {"Deny"}


def test_access_control_mount_targets_are_isolated_and_closed(template: Template) -> None:
    targets = template.find_resources("AWS::EFS::MountTarget").values()
    assert {one["Properties"]["SubnetId"] for one in targets} == {"subnet-11111111", "subnet-22222222"}
    template.has_resource_properties("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": Match.absent()})
    template.has_resource_properties(
        "AWS::EC2::SecurityGroup", {"SecurityGroupEgress": [Match.object_like({"CidrIp": "255.255.255.255/32"})]}
    )


def test_access_control_an_access_point_is_a_directory_of_a_user_who_is_not_root(template: Template) -> None:
    template.has_resource_properties(
        "AWS::EFS::AccessPoint",
        {
            "PosixUser": {"Uid": "1000", "Gid": "1000"},
            "RootDirectory": {
                "Path": "/results",
                "CreationInfo": {"OwnerUid": "1000", "OwnerGid": "1000", "Permissions": "750"},
            },
        },
    )


def test_contingency_file_system_and_key_stay_when_the_stack_goes(template: Template) -> None:
    kept = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    template.has_resource("AWS::EFS::FileSystem", kept)
    template.has_resource("AWS::KMS::Key", kept)


def test_the_plan_selects_it_by_its_arn(stack: cdk.Stack) -> None:
    plan = RecordingPlan()
    files = define(stack, backup_plan=plan)
    assert plan.protected == [(files, files.file_system.file_system_arn)]


def test_the_inventory_knows_its_key_and_its_backups(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack, backup_plan=SelectingPlan())
    app.synth()
    read = assembly.load([Path(app.outdir)])
    (store,) = [one for one in stores_of(read, Names(read)) if one.resource.type == "AWS::EFS::FileSystem"]
    assert (store.encryption, store.backup) == ("customer_key", "selected")
    assert store.key == "Clinic/Files/Key/Resource/Resource"


def test_defaults_are_those_of_the_docstring(template: Template) -> None:
    template.has_resource_properties(
        "AWS::EFS::FileSystem", {"LifecyclePolicies": Match.absent(), "AvailabilityZoneName": Match.absent()}
    )


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    assert define(stack, encryption_key=key).encryption_key is key
    Template.from_stack(stack).resource_count_is("AWS::KMS::Key", 1)


def test_files_that_nobody_reads_can_go_to_cheaper_storage(stack: cdk.Stack) -> None:
    define(stack, lifecycle_policy=efs.LifecyclePolicy.AFTER_30_DAYS)
    Template.from_stack(stack).has_resource_properties(
        "AWS::EFS::FileSystem", {"LifecyclePolicies": [{"TransitionToIA": "AFTER_30_DAYS"}]}
    )


def test_an_access_point_takes_another_user(stack: cdk.Stack) -> None:
    define(stack).add_access_point("Scans", path="/scans/new", uid=2000, gid=3000)
    Template.from_stack(stack).has_resource_properties(
        "AWS::EFS::AccessPoint",
        {
            "PosixUser": {"Uid": "2000", "Gid": "3000"},
            "RootDirectory": {"Path": "/scans/new", "CreationInfo": Match.object_like({"OwnerGid": "3000"})},
        },
    )


@pytest.mark.parametrize(("method", "actions"), [("grant_read", MOUNT), ("grant_read_write", [MOUNT, WRITE])])
def test_grants_are_for_one_access_point(stack: cdk.Stack, method: str, actions: Any) -> None:
    files = define(stack)
    results = files.add_access_point("Results", path="/results")
    grant: iam.Grant = getattr(files, method)(role_in(stack), results)
    grant.assert_success()
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::ManagedPolicy",
        {
            "PolicyDocument": {
                "Statement": [
                    {
                        "Action": actions,
                        "Effect": "Allow",
                        "Resource": stack.resolve(files.file_system.file_system_arn),
                        "Condition": {
                            "StringEquals": {
                                "elasticfilesystem:AccessPointArn": stack.resolve(results.access_point_arn)
                            }
                        },
                    }
                ]
            }
        },
    )


def test_a_function_mounts_it_and_waits_for_its_mount_targets(stack: cdk.Stack) -> None:
    vpc = PrivateVpc(stack, "Network").vpc
    files = define(stack, vpc=vpc)
    results = files.add_access_point("Results", path="/results")
    PrivateFunction(
        stack,
        "Import",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=vpc,
        filesystem=files.mounted(results, "/mnt/results"),
    )
    template = Template.from_stack(stack)
    (function,) = template.find_resources("AWS::Lambda::Function", {"Properties": {"Handler": "index.handle"}}).values()
    (config,) = function["Properties"]["FileSystemConfigs"]
    assert config == {"Arn": stack.resolve(results.access_point_arn), "LocalMountPath": "/mnt/results"}
    assert set(template.find_resources("AWS::EFS::MountTarget")) <= set(function["DependsOn"])
    for kind in ("Ingress", "Egress"):
        template.has_resource_properties(f"AWS::EC2::SecurityGroup{kind}", {"FromPort": 2049, "ToPort": 2049})


def test_lets_clients_in_by_name_or_address(stack: cdk.Stack) -> None:
    files = define(stack)
    files.allow_from(ec2.Peer.ipv4("10.0.1.0/24"))
    Template.from_stack(stack).has_resource_properties(
        "AWS::EC2::SecurityGroup",
        {"SecurityGroupIngress": [Match.object_like({"CidrIp": "10.0.1.0/24", "FromPort": 2049, "ToPort": 2049})]},
    )


def test_what_it_is_made_of_can_be_reached(stack: cdk.Stack) -> None:
    files = define(stack)
    assert files.file_system.node.path == "Clinic/Files/Resource"
    assert files.security_group.node.path == "Clinic/Files/SecurityGroup"
    assert files.connections.security_groups[0].node.path == "Clinic/Files/SecurityGroup"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"backup_plan": None}, r"backup_plan: got None; a file system may hold PHI, and 45 CFR 164\.308"),
        ({"lifecycle_policy": "30 days"}, r"EncryptedFileSystem\(lifecycle_policy=…\): got '30 days'"),
        ({"encryption_key": "key-1"}, r"EncryptedFileSystem\(encryption_key=…\): got 'key-1'"),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    vpc = imported_vpc(stack)
    before = len(stack.node.children)
    with pytest.raises(ValueError, match=message):
        define(stack, vpc=vpc, **arguments)
    assert len(stack.node.children) == before


def test_refuses_a_vpc_without_isolated_subnets(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Bare",
        vpc_id="vpc-12345678",
        availability_zones=["us-east-1a"],
        private_subnet_ids=["subnet-11111111"],
        private_subnet_route_table_ids=["rtb-11111111"],
    )
    with pytest.raises(ValueError, match="vpc: got 'Clinic/Bare'; mount targets stand in isolated subnets"):
        define(stack, vpc=vpc)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": "/"}, "path: got '/'; it takes one to four directories"),
        ({"path": "results"}, "path: got 'results'"),
        ({"path": "/a/b/c/d/e"}, "path: got '/a/b/c/d/e'"),
        ({"path": "/../etc"}, "path: got '/../etc'"),
        ({"path": "/" + "x" * 100}, "path: got '/x"),
        ({"path": "/results", "uid": 0}, "uid: got 0; allowed are 1 to 4294967295 as ids, of which 0 is root"),
        ({"path": "/results", "gid": 4_294_967_296}, "gid: got 4294967296"),
        ({"path": 7}, r"add_access_point\(path=…\): got 7"),
    ],
)
def test_refuses_access_points(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    files = define(stack)
    with pytest.raises(ValueError, match=message):
        files.add_access_point("Results", **arguments)
    assert files.node.try_find_child("Results") is None


@pytest.mark.parametrize("path", ["/results", "/mnt", "/mnt/", "/mnt/a/b", "/mnt/" + "x" * 156])
def test_refuses_where_lambda_does_not_mount(path: str, stack: cdk.Stack) -> None:
    files = define(stack)
    results = files.add_access_point("Results", path="/results")
    with pytest.raises(ValueError, match=r"local_mount_path: got '/.*'; Lambda mounts in a directory of /mnt"):
        files.mounted(results, path)


@pytest.mark.parametrize("peer", [ec2.Peer.any_ipv4(), ec2.Peer.any_ipv6()], ids=["IPv4", "IPv6"])
def test_refuses_to_answer_everyone(peer: ec2.IPeer, stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"peer: got '.*/0'; a file system never answers everyone"):
        define(stack).allow_from(peer)


def test_refuses_to_grant_what_only_a_policy_of_the_principal_can_say(stack: cdk.Stack) -> None:
    files = define(stack)
    results = files.add_access_point("Results", path="/results")
    with pytest.raises(ValueError, match="grantee: got a AccountPrincipal; its own policies have to say so"):
        files.grant_read(iam.AccountPrincipal("444455556666"), results)
