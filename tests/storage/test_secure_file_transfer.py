from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.edge.site_connection import SiteConnection
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.reach import reach_of
from hipaa_constructs.evidence.reach_network import admitted
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.secure_file_transfer import SecureFileTransfer
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.database.support import imported_vpc
from tests.policy_evaluator import allowed
from tests.storage.plans import RecordingPlan
from tests.storage.policies import literal

SERVER, USER = "AWS::Transfer::Server", "AWS::Transfer::User"
KEY = f"ssh-ed25519 {'A' * 68} lab@north.example"


def define(stack: cdk.Stack, **arguments: Any) -> SecureFileTransfer:
    bucket = arguments.pop("bucket", None) or EncryptedBucket(stack, "Records", backup_plan=RecordingPlan())
    return SecureFileTransfer(
        stack, "Exchange", **{"vpc": arguments.pop("vpc", None) or imported_vpc(stack), "bucket": bucket, **arguments}
    )


def add(exchange: SecureFileTransfer, name: str = "lab-north", **arguments: Any) -> Any:
    return exchange.add_user("North", **{"user_name": name, "ssh_public_keys": [KEY], **arguments})


@pytest.fixture(scope="module")
def synthesized() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    exchange = define(stack)
    add(exchange)
    exchange.add_user("Payer", user_name="payer", ssh_public_keys=[KEY, KEY], home="claims/out", access="read")
    exchange.add_user("Hub", user_name="hub", ssh_public_keys=[KEY], access="read_write")
    exchange.allow_from(ec2.Peer.ipv4("192.0.2.0/24"))
    return template_of(stack)


@pytest.fixture(scope="module")
def template(synthesized: dict[str, Any]) -> Template:
    return Template.from_json(synthesized)


def test_snapshot(synthesized: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    kept = {name: one for name, one in synthesized["Resources"].items() if name.startswith("Exchange")}
    assert kept == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "eu-central-1", None])
def test_has_no_findings(region: str | None, app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region) if region else None)
    vpc = PrivateVpc(stack, "Vpc").vpc
    bucket = EncryptedBucket(stack, "Records", backup_plan=BackupPlan.daily_7_year(stack, "Backups"))
    exchange = define(stack, vpc=vpc, bucket=bucket)
    for access in ("write", "read", "read_write"):
        exchange.add_user(
            access, user_name=f"{access}-lab", ssh_public_keys=[KEY], home=f"of-{access}/in", access=access
        )
    exchange.allow_from(ec2.Peer.ipv4("192.0.2.0/24"))
    SecureFileTransfer(stack, "Second", vpc=vpc, bucket=bucket)
    assert_no_findings(app, all_packs=True)


def test_access_control_the_endpoint_is_isolated_and_closed(template: Template) -> None:
    template.has_resource_properties(
        SERVER,
        {
            "EndpointType": "VPC",
            "EndpointDetails": {
                "SubnetIds": ["subnet-11111111", "subnet-22222222"],
                "AddressAllocationIds": Match.absent(),
                "SecurityGroupIds": [{"Fn::GetAtt": [Match.string_like_regexp("ExchangeSecurityGroup"), "GroupId"]}],
            },
        },
    )
    template.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        {
            "SecurityGroupIngress": [
                {
                    "CidrIp": "192.0.2.0/24",
                    "IpProtocol": "tcp",
                    "FromPort": 22,
                    "ToPort": 22,
                    "Description": "SFTP client",
                }
            ],
            "SecurityGroupEgress": [Match.object_like({"CidrIp": "255.255.255.255/32"})],
        },
    )


def test_access_control_users_sign_in_with_keys_and_see_their_folder(template: Template) -> None:
    template.has_resource_properties(SERVER, {"IdentityProviderType": "SERVICE_MANAGED"})
    users = {one["Properties"]["UserName"]: one["Properties"] for one in template.find_resources(USER).values()}
    assert users["lab-north"]["SshPublicKeys"] == [KEY]
    assert {one["HomeDirectoryType"] for one in users.values()} == {"LOGICAL"}
    homes = {name: literal(one["HomeDirectoryMappings"]) for name, one in users.items()}
    (bucket,) = [name for name in template.find_resources("AWS::S3::Bucket") if name.startswith("Records")]
    assert homes == {
        name: [{"Entry": "/", "Target": f"/<{bucket}>/{folder}"}]
        for name, folder in (("lab-north", "lab-north"), ("payer", "claims/out"), ("hub", "hub"))
    }


def test_transmission_security(template: Template) -> None:
    template.has_resource_properties(
        SERVER, {"Protocols": ["SFTP"], "SecurityPolicyName": "TransferSecurityPolicy-FIPS-2025-03"}
    )


def test_audit_controls_log_as_json_under_a_key(synthesized: dict[str, Any], template: Template) -> None:
    (server,) = template.find_resources(SERVER).values()
    (group,) = server["Properties"]["StructuredLogDestinations"]
    logs = synthesized["Resources"][group["Fn::GetAtt"][0]]
    assert logs["Type"] == "AWS::Logs::LogGroup"
    assert logs["Properties"]["RetentionInDays"] == 2557
    assert "Ssn-US" in str(logs["Properties"]["DataProtectionPolicy"])
    key = logs["Properties"]["KmsKeyId"]["Fn::GetAtt"][0]
    assert synthesized["Resources"][key]["Properties"]["EnableKeyRotation"] is True


@pytest.mark.parametrize(
    ("region", "policy"),
    [
        ("us-gov-west-1", "TransferSecurityPolicy-FIPS-2025-03"),
        ("ca-central-1", "TransferSecurityPolicy-FIPS-2025-03"),
        ("eu-central-1", "TransferSecurityPolicy-2025-03"),
        (None, "TransferSecurityPolicy-FIPS-2025-03"),
    ],
)
def test_validated_cryptography_where_the_region_has_it(region: str | None, policy: str) -> None:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region) if region else None)
    define(stack)
    Template.from_stack(stack).has_resource_properties(SERVER, {"SecurityPolicyName": policy})


def policies_of(synthesized: dict[str, Any], user: str) -> list[dict[str, Any]]:
    """Return the policies of a user's role, with intrinsics as text; it has no inline ones."""
    resources = synthesized["Resources"].values()
    role = next(
        one["Properties"]["Role"]["Fn::GetAtt"][0]
        for one in resources
        if one["Type"] == USER and one["Properties"]["UserName"] == user
    )
    assert "Policies" not in synthesized["Resources"][role]["Properties"]
    assert not [one for one in resources if one["Type"] == "AWS::IAM::Policy"]
    return [
        literal(one["Properties"]["PolicyDocument"])
        for one in resources
        if one["Type"] == "AWS::IAM::ManagedPolicy" and {"Ref": role} in one["Properties"].get("Roles", [])
    ]


@pytest.mark.parametrize(
    ("user", "folder", "may"),
    [
        ("lab-north", "lab-north", {"s3:PutObject"}),
        ("payer", "claims/out", {"s3:GetObject"}),
        ("hub", "hub", {"s3:PutObject", "s3:GetObject", "s3:DeleteObject"}),
    ],
)
def test_access_control_a_role_reaches_its_folder_alone(
    synthesized: dict[str, Any], user: str, folder: str, may: set[str]
) -> None:
    policies = policies_of(synthesized, user)
    (name,) = [
        name
        for name, one in synthesized["Resources"].items()
        if one["Type"] == "AWS::S3::Bucket" and name.startswith("Records")
    ]
    bucket = f"<{name}.Arn>"
    actions = ("s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectAcl")
    for prefix, expected in ((f"{folder}/result.hl7", may), ("another/result.hl7", set()), (f"{folder}2/x", set())):
        assert {one for one in actions if allowed(policies, one, f"{bucket}/{prefix}")} == expected, prefix
    # That a folder is there has to be seen by everyone.
    assert all(allowed(policies, "s3:GetObject", f"{bucket}/{one}") for one in (f"{folder}/", f"{folder}/today/"))
    for prefix, expected_listing in (
        (f"{folder}/", True),
        (f"{folder}/today/", True),
        ("another/", False),
        ("", False),
    ):
        assert allowed(policies, "s3:ListBucket", bucket, context={"s3:prefix": prefix}) is expected_listing, prefix


@pytest.mark.parametrize(
    ("user", "uses"),
    [
        ("lab-north", {"kms:Decrypt", "kms:GenerateDataKey"}),
        ("payer", {"kms:Decrypt"}),
        ("hub", {"kms:Decrypt", "kms:GenerateDataKey"}),
    ],
)
def test_a_role_may_use_the_key_of_the_bucket(synthesized: dict[str, Any], user: str, uses: set[str]) -> None:
    (key,) = [
        name
        for name, one in synthesized["Resources"].items()
        if one["Type"] == "AWS::KMS::Key" and name.startswith("RecordsKey")
    ]
    policies = policies_of(synthesized, user)
    asked = ("kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:DescribeKey")
    assert {one for one in asked if allowed(policies, one, f"<{key}.Arn>")} == uses


def test_access_control_transfer_family_takes_the_role_for_this_account_alone(template: Template) -> None:
    trusted = [
        one["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        for one in template.find_resources("AWS::IAM::Role").values()
        if "transfer.amazonaws.com" in str(one)
    ]
    assert len(trusted) == 3
    for (statement,) in trusted:
        assert statement["Principal"] == {"Service": "transfer.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_the_role_of_a_user_is_returned(stack: cdk.Stack) -> None:
    exchange = define(stack)
    role = add(exchange)
    assert role.node.path == "Clinic/Exchange/North/Role"


def test_the_log_is_under_the_key_that_is_given(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    exchange = define(stack, encryption_key=key)
    group = Template.from_stack(stack).find_resources("AWS::Logs::LogGroup")
    (found,) = group.values()
    assert found["Properties"]["KmsKeyId"] == stack.resolve(key.key_arn)
    assert stack.resolve(exchange.log_group.log_group_arn)["Fn::GetAtt"][0] in group


def test_a_bucket_of_another_stack(app: cdk.App, stack: cdk.Stack) -> None:
    store = cdk.Stack(app, "Store", env=cdk.Environment(account=stack.account, region=stack.region))
    add(define(stack, bucket=EncryptedBucket(store, "Records", backup_plan=RecordingPlan())), access="read_write")
    app.synth()
    assert "Fn::ImportValue" in str(template_of(stack))


def test_a_peer_may_be_a_workload(stack: cdk.Stack) -> None:
    vpc = imported_vpc(stack)
    group = ec2.SecurityGroup(stack, "Client", vpc=vpc)
    exchange = define(stack, vpc=vpc)
    exchange.allow_from(group)
    Template.from_stack(stack).has_resource_properties(
        "AWS::EC2::SecurityGroupIngress",
        {"FromPort": 22, "SourceSecurityGroupId": stack.resolve(group.security_group_id)},
    )
    assert exchange.connections.security_groups[0].node.path == exchange.security_group.node.path


@pytest.mark.parametrize("peer", [ec2.Peer.any_ipv4(), ec2.Peer.any_ipv6(), ec2.Peer.ipv4("0.0.0.0/0")])
def test_everyone_is_no_peer(stack: cdk.Stack, peer: ec2.IPeer) -> None:
    with pytest.raises(ValueError, match=r"peer: got '(0\.0\.0\.0|::)/0'; a server of PHI never answers everyone"):
        define(stack).allow_from(peer)


def test_needs_isolated_subnets(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["us-east-1a"], private_subnet_ids=["subnet-1"]
    )
    with pytest.raises(ValueError, match=r"vpc: got 'Clinic/Vpc'; the endpoint stands in isolated subnets"):
        define(stack, vpc=vpc)


@pytest.mark.parametrize("name", ["ab", "root", "-lab", "lab north", "läb", "a" * 101])
def test_names_that_are_none(stack: cdk.Stack, name: str) -> None:
    with pytest.raises(ValueError, match="user_name: got"):
        add(define(stack), name, home="results")


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ([], r"got \[\]; a user signs in with a key, and has none"),
        (["ssh-dss AAAA"], "got 'ssh-dss AAAA'; it takes ssh-ed25519"),
        (["hunter2"], "got 'hunter2'; it takes ssh-ed25519"),
        (["ssh-ed25519"], "got 'ssh-ed25519'; it takes"),
        ([f"ssh-rsa {'A' * 2048}"], r"got 'ssh-rsa A{32}…'; .* up to 2048"),
        (["-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA"], "got 'a private key'; a private key never leaves its owner"),
    ],
)
def test_keys_that_are_none(stack: cdk.Stack, keys: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=f"ssh_public_keys: {says}"):
        add(define(stack), ssh_public_keys=keys)


@pytest.mark.parametrize("home", ["", "/lab", "lab/", "lab//x", "lab*", "lab/../payer", ".", "la b", "${aws:userid}"])
def test_folders_that_are_none(stack: cdk.Stack, home: str) -> None:
    with pytest.raises(ValueError, match="home: got"):
        add(define(stack), home=home)


@pytest.mark.parametrize("home", ["lab", "lab2", "lab/north", "la"])
def test_folders_that_show_each_other(stack: cdk.Stack, home: str) -> None:
    exchange = define(stack)
    add(exchange, home="lab")
    with pytest.raises(ValueError, match=r"home: got .* one user's listing would show another's folder, 'lab'"):
        exchange.add_user("South", user_name="lab-south", ssh_public_keys=[KEY], home=home)


def test_an_access_that_there_is_not(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"add_user\(access=…\): got 'admin'"):
        add(define(stack), access="admin")


def test_what_only_deployment_knows_passes(stack: cdk.Stack) -> None:
    name, key = cdk.CfnParameter(stack, "Name").value_as_string, cdk.CfnParameter(stack, "Public").value_as_string
    exchange = define(stack)
    add(exchange, name, ssh_public_keys=[key])
    exchange.add_user("South", user_name="lab-south", ssh_public_keys=[KEY])
    Template.from_stack(stack).has_resource_properties(
        USER, {"UserName": {"Ref": "Name"}, "SshPublicKeys": [{"Ref": "Public"}]}
    )


def test_the_evidence_knows_the_way_in_and_who_reaches_the_files(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic")
    network = PrivateVpc(stack, "Vpc")
    SiteConnection(
        stack,
        "Laboratory",
        vpc=network.vpc,
        site_cidrs=["192.168.7.0/24"],
        customer_gateway_ip="52.94.76.1",
        network_acl=network.network_acls["Isolated"],
    )
    exchange = define(stack, vpc=network.vpc)
    add(exchange)
    exchange.allow_from(ec2.Peer.ipv4("192.168.7.0/24"))
    app.synth()
    read = assembly.load([Path(app.outdir)])
    (server,) = read.of_type(SERVER)
    assert list(admitted(read, server.get("EndpointDetails.SecurityGroupIds"))) == ["192.168.7.0/24, TCP port 22"]
    (bucket,) = [one for one in read.of_type("AWS::S3::Bucket") if one.logical_id.startswith("Records")]
    reached = {party.name: verbs for party, verbs in reach_of(read).of(bucket).items()}
    assert reached["Clinic/Exchange/North/Role"] == {"read", "write"}
    logs = [one for one in stores_of(read, Names(read)) if "Exchange" in str(one.resource)]
    assert [(one.role, one.resource.type) for one in logs] == [("log", "AWS::Logs::LogGroup")]
