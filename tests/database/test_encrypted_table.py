from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compute.private_function import PrivateFunction
from hipaa_constructs.database.encrypted_table import EncryptedTable
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.database.support import SelectingPlan
from tests.database.tables import ID, text
from tests.storage.plans import RecordingPlan
from tests.storage.policies import denied_by

ENV = cdk.Environment(account="111122223333", region="us-east-1")
WEST = cdk.Environment(account="111122223333", region="us-west-2")
BY_LAB = dynamodb.GlobalSecondaryIndexPropsV2(index_name="byLab", partition_key=text("lab"))
BY_KIND = dynamodb.LocalSecondaryIndexProps(index_name="byKind", sort_key=text("kind"))
WEST_KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def define(stack: cdk.Stack, **arguments: Any) -> EncryptedTable:
    return EncryptedTable(stack, "Results", **{"partition_key": ID, "backup_plan": RecordingPlan(), **arguments})


def table_of(template: dict[str, Any]) -> dict[str, Any]:
    (found,) = (one for one in template["Resources"].values() if one["Type"] == "AWS::DynamoDB::GlobalTable")
    return dict(found)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=ENV)
    define(stack)
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
def test_has_no_findings(region: str, app: cdk.App) -> None:
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region))
    table = define(
        stack,
        backup_plan=BackupPlan.daily_7_year(stack, "Backups"),
        sort_key=text("at"),
        global_secondary_indexes=[BY_LAB],
        local_secondary_indexes=[BY_KIND],
        dynamo_stream=dynamodb.StreamViewType.NEW_IMAGE,
    )
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    table.grant_read_write(role)
    table.grant_stream_read(role)
    assert_no_findings(app, all_packs=True)


def test_a_table_with_replicas_has_no_findings(app: cdk.App) -> None:
    stack, west = cdk.Stack(app, "Clinic", env=ENV), cdk.Stack(app, "West", env=WEST)
    plan = BackupPlan.daily_7_year(stack, "Backups")
    define(stack, backup_plan=plan, replicas={"us-west-2": KmsRotatedKey(west, "Key").key})
    assert_no_findings(app, all_packs=True)


def test_a_stack_that_names_no_region_has_the_same_table(app: cdk.App, template: dict[str, Any]) -> None:
    stack = cdk.Stack(app, "Clinic")
    define(stack, backup_plan=SelectingPlan())
    anywhere, here = table_of(template_of(stack)), table_of(template)
    anywhere["Properties"]["Replicas"][0]["Region"] = "us-east-1"
    assert anywhere == here


def test_encryption_with_a_rotated_key_of_its_own(template: dict[str, Any]) -> None:
    properties = table_of(template)["Properties"]
    (replica,) = properties["Replicas"]
    key = replica["SSESpecification"]["KMSMasterKeyId"]["Fn::GetAtt"][0]
    assert properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    assert template["Resources"][key]["Properties"]["EnableKeyRotation"] is True


@pytest.mark.parametrize("action", ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:ExportTableToPointInTime"])
def test_transmission_security_denies_everyone_what_comes_without_tls(template: dict[str, Any], action: str) -> None:
    (replica,) = table_of(template)["Properties"]["Replicas"]
    policy = replica["ResourcePolicy"]["PolicyDocument"]
    arn = "arn:aws:dynamodb:us-east-1:111122223333:table/Results"
    assert denied_by(policy, action, arn, {"aws:SecureTransport": False}) == {"DenyWithoutTls"}
    assert denied_by(policy, action, arn, {"aws:SecureTransport": True}) == set()
    (denial,) = policy["Statement"]
    assert denial["Principal"] == {"AWS": "*"}


def test_contingency_it_can_be_set_back_and_is_not_deleted_by_mistake(template: dict[str, Any]) -> None:
    table = table_of(template)
    (replica,) = table["Properties"]["Replicas"]
    assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert replica["DeletionProtectionEnabled"] is True
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_keys_of_items_do_not_show_in_contributor_insights(template: dict[str, Any]) -> None:
    (replica,) = table_of(template)["Properties"]["Replicas"]
    assert replica["ContributorInsightsSpecification"] == {"Enabled": False}


def test_the_plan_selects_it_by_its_arn(stack: cdk.Stack) -> None:
    plan = RecordingPlan()
    table = define(stack, backup_plan=plan)
    assert plan.protected == [(table, table.table.table_arn)]


def test_the_inventory_knows_its_key_and_its_backups(app: cdk.App, stack: cdk.Stack) -> None:
    define(stack, backup_plan=SelectingPlan())
    app.synth()
    read = assembly.load([Path(app.outdir)])
    (store,) = [one for one in stores_of(read, Names(read)) if one.resource.type == "AWS::DynamoDB::GlobalTable"]
    assert (store.encryption, store.backup) == ("customer_key", "selected")
    assert store.key == "Clinic/Results/Key/Resource/Resource"


def test_defaults_are_those_of_the_docstring(template: dict[str, Any]) -> None:
    properties = table_of(template)["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    absent = {
        "TableName",
        "StreamSpecification",
        "TimeToLiveSpecification",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
    }
    assert not absent & properties.keys()
    assert properties["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    assert define(stack, encryption_key=key).encryption_key is key
    Template.from_stack(stack).resource_count_is("AWS::KMS::Key", 1)


def test_takes_a_sort_key_and_indexes(stack: cdk.Stack) -> None:
    define(stack, sort_key=text("at"), global_secondary_indexes=[BY_LAB], local_secondary_indexes=[BY_KIND])
    properties = table_of(template_of(stack))["Properties"]
    assert properties["KeySchema"][1] == {"AttributeName": "at", "KeyType": "RANGE"}
    assert [one["IndexName"] for one in properties["GlobalSecondaryIndexes"]] == ["byLab"]
    assert [one["IndexName"] for one in properties["LocalSecondaryIndexes"]] == ["byKind"]


def test_items_can_expire(stack: cdk.Stack) -> None:
    define(stack, time_to_live_attribute="expires")
    expiry = table_of(template_of(stack))["Properties"]["TimeToLiveSpecification"]
    assert expiry == {"AttributeName": "expires", "Enabled": True}


def test_takes_a_stream(stack: cdk.Stack) -> None:
    define(stack, dynamo_stream=dynamodb.StreamViewType.KEYS_ONLY)
    assert table_of(template_of(stack))["Properties"]["StreamSpecification"] == {"StreamViewType": "KEYS_ONLY"}


@pytest.mark.parametrize("flag", [True, False])
def test_takes_replicas_under_keys_of_their_regions(flag: bool) -> None:
    app = cdk.App(
        builtin_cloud_formation_validation=False,
        analytics_reporting=False,
        context={"@aws-cdk/aws-dynamodb:resourcePolicyPerReplica": flag},
    )
    stack, west = cdk.Stack(app, "Clinic", env=ENV), cdk.Stack(app, "West", env=WEST)
    imported = kms.Key.from_key_arn(stack, "Imported", WEST_KEY.replace("us-west-2", "eu-west-1"))
    made = KmsRotatedKey(west, "Key")
    define(stack, replicas={"us-west-2": made.key, "eu-west-1": imported})
    template = template_of(stack)
    properties = table_of(template)["Properties"]
    assert properties["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    by_region = {one["Region"]: one for one in properties["Replicas"]}
    assert by_region.keys() == {"us-east-1", "us-west-2", "eu-west-1"}
    assert f":kms:us-west-2:111122223333:{made.alias_name}" in json.dumps(by_region["us-west-2"]["SSESpecification"])
    assert by_region["eu-west-1"]["SSESpecification"]["KMSMasterKeyId"] == imported.key_arn
    for replica in by_region.values():
        assert replica["DeletionProtectionEnabled"] is True
        assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        # AWS refuses a policy on a replica that is made in the same update.
        assert ("ResourcePolicy" in replica) is (replica["Region"] == "us-east-1")
    assert [one.stack_name for one in stack.dependencies] == ["West"]
    assert not [one for one in template["Resources"].values() if one["Type"].startswith("Custom::")]


READ = [
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
]
WRITE = [
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
]
STREAM = [f"dynamodb:{name}" for name in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")]
DECRYPT = ["kms:Decrypt", "kms:DescribeKey"]
ENCRYPT = [
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
]


@pytest.mark.parametrize(
    ("method", "actions"),
    [
        ("grant_read", {*READ, *DECRYPT}),
        ("grant_write", {*WRITE, *DECRYPT, *ENCRYPT}),
        ("grant_read_write", {*READ, *WRITE, *DECRYPT, *ENCRYPT}),
        ("grant_stream_read", {*STREAM, *DECRYPT}),
    ],
)
def test_grants_only_what_it_says(stack: cdk.Stack, method: str, actions: set[str]) -> None:
    table = define(stack, global_secondary_indexes=[BY_LAB], dynamo_stream=dynamodb.StreamViewType.NEW_IMAGE)
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    grant: iam.Grant = getattr(table, method)(role)
    grant.assert_success()
    statements = [
        statement
        for resource in template_of(stack)["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert {action for statement in statements for action in statement["Action"]} == actions
    assert "*" not in json.dumps(statements)
    assert ("/index/byLab" in json.dumps(statements)) is (method != "grant_stream_read")


def test_grants_another_account_by_the_table_s_own_policy(stack: cdk.Stack) -> None:
    define(stack).grant_read(iam.AccountPrincipal("444455556666")).assert_success()
    (replica,) = table_of(template_of(stack))["Properties"]["Replicas"]
    denial, grant = replica["ResourcePolicy"]["PolicyDocument"]["Statement"]
    assert denial["Sid"] == "DenyWithoutTls"
    assert (grant["Action"], grant["Resource"]) == (READ, "*")
    assert "444455556666" in json.dumps(grant["Principal"])


def test_an_event_source_asks_for_no_more_than_the_gate_lets_through(app: cdk.App, stack: cdk.Stack) -> None:
    table = define(
        stack,
        backup_plan=BackupPlan.daily_7_year(stack, "Backups"),
        dynamo_stream=dynamodb.StreamViewType.NEW_IMAGE,
    )
    function = PrivateFunction(
        stack,
        "Tell",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=PrivateVpc(stack, "Vpc").vpc,
    )
    function.function.add_event_source(
        sources.DynamoEventSource(
            table.table,
            starting_position=lambda_.StartingPosition.LATEST,
            on_failure=sources.SqsDlq(function.dead_letter_queue),
        )
    )
    assert_no_findings(app, all_packs=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"backup_plan": None}, r"backup_plan: got None; a table may hold PHI, and 45 CFR 164\.308"),
        ({"local_secondary_indexes": [BY_KIND]}, "local_secondary_indexes: got '1 without a sort_key'"),
        (
            {"global_secondary_indexes": [BY_LAB] * 21},
            "global_secondary_indexes: got '21 indexes'; DynamoDB takes 20",
        ),
        (
            {"sort_key": ID, "local_secondary_indexes": [BY_KIND] * 6},
            "local_secondary_indexes: got '6 indexes'; DynamoDB takes 5",
        ),
        ({"global_secondary_indexes": [BY_LAB, BY_LAB]}, "index_name: got 'byLab'; each index of a table has its own"),
        ({"partition_key": "id"}, r"EncryptedTable\(partition_key=…\): got 'id'; it takes aws_cdk.aws_dynamodb"),
        ({"backup_plan": "daily"}, r"EncryptedTable\(backup_plan=…\): got 'daily'"),
        ({"replicas": ["us-west-2"]}, r"EncryptedTable\(replicas=…\)"),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=message):
        define(stack, **arguments)
    assert not stack.node.children


@pytest.mark.parametrize(
    ("region", "of_key", "message"),
    [
        ("us-east-1", WEST_KEY, "replicas: got 'us-east-1'; a replica is in another Region of the partition"),
        ("us-gov-west-1", WEST_KEY, "replicas: got 'us-gov-west-1'; a replica is in another Region of the partition"),
        ("eu-west-1", WEST_KEY, r"replicas\['eu-west-1'\]: got 'a key in us-west-2'; the key of a replica is in eu-"),
    ],
)
def test_refuses_replicas_that_cannot_be(region: str, of_key: str, message: str, stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Imported", of_key)
    with pytest.raises(ValueError, match=message):
        define(stack, replicas={region: key})


def test_refuses_keys_of_replicas_that_this_region_cannot_name(app: cdk.App, stack: cdk.Stack) -> None:
    west = cdk.Stack(app, "West", env=WEST)
    with pytest.raises(ValueError, match=r"replicas\['us-west-2'\]: got 'West/Key'; another Region can name a key"):
        define(stack, replicas={"us-west-2": kms.Key(west, "Key")})
    with pytest.raises(ValueError, match=r"replicas\['us-west-2'\]: got 'a key in us-east-1'"):
        define(stack, replicas={"us-west-2": KmsRotatedKey(stack, "Key").key})
    nowhere = KmsRotatedKey(cdk.Stack(app, "Nowhere"), "Key").key
    with pytest.raises(ValueError, match=r"replicas\['us-west-2'\]: got 'a key in an unknown Region'"):
        define(stack, replicas={"us-west-2": nowhere})


def test_refuses_replicas_of_a_table_that_does_not_know_its_region(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Anywhere")
    key = kms.Key.from_key_arn(stack, "Imported", WEST_KEY)
    with pytest.raises(ValueError, match="replicas: got 'us-west-2'; a table with replicas has to know its own Region"):
        define(stack, replicas={"us-west-2": key})


def test_refuses_another_stream_with_replicas(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Imported", WEST_KEY)
    with pytest.raises(ValueError, match="dynamo_stream: got 'NEW_IMAGE'; a table with replicas has a stream of both"):
        define(stack, replicas={"us-west-2": key}, dynamo_stream=dynamodb.StreamViewType.NEW_IMAGE)


def test_refuses_to_grant_a_stream_that_is_not_there(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    table = define(stack)
    with pytest.raises(ValueError, match="this table has no stream"):
        table.grant_stream_read(role)
