from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.data_flow import MOST_NODES, Flow, flows_of
from hipaa_constructs.evidence.data_flow_map import data_flow_map
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.model import Evidence
from hipaa_constructs.evidence.reach import reach_of
from tests.evidence.apps import Resources, app_of, arn, ref
from tests.evidence.pages import parse

TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
ROLE: Resources = {"Role": ("AWS::IAM::Role", {"AssumeRolePolicyDocument": TRUST})}
BUCKET: Resources = {"Bucket": ("AWS::S3::Bucket", {})}
OBJECTS = {"Fn::Join": ["", [arn("Bucket"), "/*"]]}


def allow(actions: Any, resources: Any, **more: Any) -> Mapping[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": actions, "Resource": resources, **more}]}


def policy(actions: Any, resources: Any) -> Resources:
    return {
        "Policy": ("AWS::IAM::ManagedPolicy", {"PolicyDocument": allow(actions, resources), "Roles": [ref("Role")]})
    }


def reached(store: str, *parts: Resources) -> Mapping[str, set[str]]:
    """Return who may reach a store, by name."""
    resources: dict[str, Any] = {}
    for part in parts:
        resources.update(part)
    app = app_of(resources)
    found = reach_of(app).of(app.templates[0].resources[store])
    return {party.name: set(verbs) for party, verbs in found.items()}


@pytest.mark.parametrize(
    ("actions", "verbs"),
    [
        ("s3:GetObject", {"read"}),
        ("s3:PutObject", {"write"}),
        (["s3:GetObject", "s3:DeleteObject"], {"read", "write"}),
        ("s3:*", {"read", "write"}),
        ("*", {"read", "write"}),
        ("s3:Get*", {"read"}),
    ],
)
def test_actions_on_data_are_told_by_what_they_do(actions: Any, verbs: set[str]) -> None:
    assert reached("Bucket", BUCKET, ROLE, policy(actions, OBJECTS)) == {"Clinic/Role": verbs}


@pytest.mark.parametrize("action", ["s3:GetBucketLocation", "s3:ListBucket", "s3:PutLifecycleConfiguration", "sqs:*"])
def test_actions_on_settings_or_on_other_services_reach_no_data(action: str) -> None:
    assert reached("Bucket", BUCKET, ROLE, policy(action, arn("Bucket"))) == {}


def test_what_is_denied_is_not_allowed() -> None:
    denied = {"Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
    parts = {"Policy": ("AWS::IAM::Policy", {"PolicyDocument": denied, "Roles": [ref("Role")]})}
    assert reached("Bucket", BUCKET, ROLE, parts) == {}


@pytest.mark.parametrize(
    ("pattern", "reaches"),
    [
        ("*", True),
        ("arn:aws:s3:::*", True),
        ("arn:aws:s3:::clinic-*", True),
        ("arn:aws:s3:::clinic-records/*", True),
        ("arn:aws:s3:::other-*", False),
        ("arn:aws:sqs:*:*:*", False),
    ],
)
def test_patterns_reach_what_their_names_include(pattern: str, reaches: bool) -> None:
    bucket = {"Bucket": ("AWS::S3::Bucket", {"BucketName": "clinic-records"})}
    assert bool(reached("Bucket", bucket, ROLE, policy("s3:GetObject", pattern))) is reaches


@pytest.mark.parametrize(
    ("pattern", "reaches"),
    [
        ("arn:aws:dynamodb:us-east-1:111122223333:table/*", True),
        ("arn:aws:dynamodb:eu-west-1:111122223333:table/*", False),
        ("arn:aws:dynamodb:us-east-1:444455556666:table/*", False),
        ("arn:aws:dynamodb:us-east-1:111122223333:table/other-*", False),
    ],
)
def test_a_pattern_is_bound_to_its_region_account_and_kind(pattern: str, reaches: bool) -> None:
    table = {"Table": ("AWS::DynamoDB::Table", {})}
    assert bool(reached("Table", table, ROLE, policy("dynamodb:Query", pattern))) is reaches


def test_policies_reach_in_every_form() -> None:
    document = allow("s3:GetObject", OBJECTS)
    inline = {"PolicyName": "P", "PolicyDocument": document}
    parts: Resources = {
        "Inline": ("AWS::IAM::User", {"Policies": [inline]}),
        "Attached": ("AWS::IAM::Role", {"ManagedPolicyArns": [ref("Managed")]}),
        "Managed": ("AWS::IAM::ManagedPolicy", {"PolicyDocument": document}),
        "Own": ("AWS::IAM::Role", {}),
        "OwnPolicy": ("AWS::IAM::RolePolicy", {"RoleName": ref("Own"), "PolicyDocument": document}),
    }
    assert set(reached("Bucket", BUCKET, parts)) == {"Clinic/Inline", "Clinic/Attached", "Clinic/Own"}


@pytest.mark.parametrize(
    ("principal", "more", "name"),
    [
        ("*", {}, "Everyone"),
        ("*", {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}}, "Whom conditions name"),
        ({"Service": "logging.s3.amazonaws.com"}, {}, "logging.s3.amazonaws.com"),
        ({"AWS": "arn:aws:iam::444455556666:root"}, {}, "account 444455556666"),
        ({"AWS": {"Fn::GetAtt": ["Role", "Arn"]}}, {}, "Clinic/Role"),
        ({"AWS": {"Fn::ImportValue": "elsewhere"}}, {}, "An identity known at deployment"),
    ],
)
def test_resource_policies_name_whom_they_admit(principal: Any, more: Mapping[str, Any], name: str) -> None:
    document = allow("s3:PutObject", OBJECTS, Principal=principal, **more)
    admitted = {"Rules": ("AWS::S3::BucketPolicy", {"Bucket": ref("Bucket"), "PolicyDocument": document})}
    assert reached("Bucket", BUCKET, ROLE, admitted) == {name: {"write"}}


def test_databases_are_reached_over_the_network_by_login_and_by_snapshot() -> None:
    group = {"SecurityGroupIngress": [{"CidrIp": "10.0.0.0/16", "FromPort": 5432, "ToPort": 5432, "IpProtocol": "tcp"}]}
    parts: Resources = {
        "Db": ("AWS::RDS::DBInstance", {"VPCSecurityGroups": [{"Fn::GetAtt": ["Group", "GroupId"]}]}),
        "Group": ("AWS::EC2::SecurityGroup", group),
        "Clients": ("AWS::EC2::SecurityGroup", {}),
        "In": (
            "AWS::EC2::SecurityGroupIngress",
            {
                "GroupId": {"Fn::GetAtt": ["Group", "GroupId"]},
                "SourceSecurityGroupId": {"Fn::GetAtt": ["Clients", "GroupId"]},
            },
        ),
    }
    statement = policy(["rds-db:connect", "rds:CreateDBSnapshot", "rds:DescribeDBInstances"], "*")
    assert reached("Db", parts, ROLE, statement) == {
        "10.0.0.0/16, TCP port 5432": {"connect"},
        "Clinic/Clients": {"connect"},
        "Clinic/Role": {"connect", "read"},
    }


def test_file_systems_are_reached_through_their_mount_targets() -> None:
    parts: Resources = {
        "Files": ("AWS::EFS::FileSystem", {}),
        "Group": ("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [{"CidrIp": "10.0.0.0/8", "FromPort": 2049}]}),
        "Target": (
            "AWS::EFS::MountTarget",
            {"FileSystemId": ref("Files"), "SecurityGroups": [{"Fn::GetAtt": ["Group", "GroupId"]}]},
        ),
    }
    assert reached("Files", parts) == {"10.0.0.0/8": {"connect"}}


def flow_of(clinic: Evidence, app: App) -> tuple[Sequence[Flow], int]:
    return flows_of(dataclasses.replace(clinic, app=app, inventory=stores_of(app, Names(app))), most=2)


def test_a_flow_ties_parties_stores_and_keys(clinic: Evidence) -> None:
    encryption = {
        "ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn("Key")}}
        ]
    }
    app = app_of(
        {
            "Key": ("AWS::KMS::Key", {}),
            "Bucket": ("AWS::S3::Bucket", {"BucketEncryption": encryption}),
            **ROLE,
            **policy(["s3:GetObject", "s3:PutObject"], OBJECTS),
        }
    )
    (flow,), more = flow_of(clinic, app)
    assert more == 0
    assert [node.name for node in flow.parties] == ["Role"]
    assert [node.kind for node in flow.parties] == ["role of lambda.amazonaws.com"]
    assert [node.name for node in flow.keys] == ["Key"]
    assert flow.access == {(0, 0): {"read", "write"}}
    assert flow.encrypted == {(0, 0)}
    drawn = parse(str(data_flow_map(flow)))
    assert {"Bucket", "Role", "Key", "S3 bucket"} <= {text.text for text in drawn.all("text")}
    assert [path.attributes["class"] for path in drawn.all("path")] == ["p-flow p-both", "p-key-line"]


def test_a_large_flow_is_drawn_by_kind_and_counts(clinic: Evidence) -> None:
    buckets: dict[str, tuple[str, Any]] = {f"Bucket{n}": ("AWS::S3::Bucket", {}) for n in range(MOST_NODES)}
    app = app_of({**buckets, "Queue": ("AWS::SQS::Queue", {}), **ROLE, **policy("s3:GetObject", "arn:aws:s3:::*")})
    (flow,), _ = flow_of(clinic, app)
    assert flow.grouped
    assert [(node.name, node.count) for node in flow.stores] == [("S3 bucket", MOST_NODES), ("Queue", 1)]
    assert flow.access == {(0, 0): {"read"}}


def test_stacks_are_drawn_one_by_one_and_the_rest_is_counted(clinic: Evidence) -> None:
    app = app_of(BUCKET, name="One")
    for name in ("Two", "Three", "Four"):
        app_of(BUCKET, name=name, app=app)
    flows, more = flow_of(clinic, app)
    assert [flow.stack for flow in flows] == ["One", "Two"]
    assert more == 2
