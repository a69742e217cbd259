from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.testing import assert_no_findings, template_of

UNKNOWN_DAYS = cdk.Duration.days(cdk.Token.as_number({"Ref": "Days"}))


def key_of(template: dict[str, Any]) -> dict[str, Any]:
    (found,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::KMS::Key")
    return found


def policy_of(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    statements = key_of(template)["Properties"]["KeyPolicy"]["Statement"]
    return {statement.get("Sid", str(number)): statement for number, statement in enumerate(statements)}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    KmsRotatedKey(stack, "Key")
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    KmsRotatedKey(stack, "Key")
    assert_no_findings(app, all_packs=True)


def test_rotates_every_year(template: dict[str, Any]) -> None:
    properties = key_of(template)["Properties"]
    assert properties["EnableKeyRotation"] is True
    assert properties["RotationPeriodInDays"] == 365


def test_stays_when_the_stack_goes(template: dict[str, Any]) -> None:
    key = key_of(template)
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert key["Properties"]["PendingWindowInDays"] == 30


def test_hands_out_no_all_powerful_permission(template: dict[str, Any]) -> None:
    for statement in policy_of(template).values():
        assert statement["Principal"] != {"AWS": "*"}
        assert not {"kms:*", "*"} & set(statement["Action"])


def test_grants_only_to_aws_services(template: dict[str, Any]) -> None:
    policy = policy_of(template)
    assert policy["GrantToAwsServices"]["Action"] == "kms:CreateGrant"
    assert policy["GrantToAwsServices"]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    others = [policy["Administer"], policy["Use"]]
    assert not any("kms:CreateGrant" in statement["Action"] for statement in others)


def test_account_administers_and_uses_it(template: dict[str, Any]) -> None:
    policy = policy_of(template)
    # Without these CloudFormation could neither change nor schedule the key for deletion, nor S3 use it.
    assert {"kms:PutKeyPolicy", "kms:EnableKeyRotation", "kms:TagResource"} <= set(policy["Administer"]["Action"])
    assert {"kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"} <= set(policy["Use"]["Action"])


def test_stays_in_its_region(template: dict[str, Any]) -> None:
    assert not key_of(template)["Properties"].get("MultiRegion")


def test_aliases_differ_between_stacks(app: cdk.App, stack: cdk.Stack) -> None:
    other = cdk.Stack(app, "Hospital")
    assert KmsRotatedKey(stack, "Key").alias_name != KmsRotatedKey(other, "Key").alias_name


def test_takes_period_window_alias_region_and_description(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(
        stack,
        "Key",
        rotation_period=cdk.Duration.days(90),
        pending_window=cdk.Duration.days(7),
        alias="clinic/records",
        multi_region=True,
        description="for records",
    )
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::KMS::Key",
        {
            "RotationPeriodInDays": 90,
            "PendingWindowInDays": 7,
            "MultiRegion": True,
            "Description": "for records",
        },
    )
    template.has_resource_properties("AWS::KMS::Alias", {"AliasName": "alias/clinic/records"})
    assert key.alias_name == "alias/clinic/records"


def test_accepts_an_alias_that_is_a_token(stack: cdk.Stack) -> None:
    KmsRotatedKey(stack, "Key", alias=cdk.CfnParameter(stack, "Name").value_as_string)
    name = {"Fn::Join": ["", ["alias/", {"Ref": "Name"}]]}
    Template.from_stack(stack).has_resource_properties("AWS::KMS::Alias", {"AliasName": name})


def test_knows_its_own_keys(stack: cdk.Stack) -> None:
    made = KmsRotatedKey(stack, "Key")
    assert KmsRotatedKey.made(made.key) is made
    assert KmsRotatedKey.made(kms.Key(stack, "Plain")) is None


@pytest.mark.parametrize(
    ("method", "actions"),
    [
        ("grant_decrypt", {"kms:Decrypt"}),
        ("grant_encrypt", {"kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"}),
        ("grant_encrypt_decrypt", {"kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"}),
    ],
)
def test_grants_to_a_principal(stack: cdk.Stack, method: str, actions: set[str]) -> None:
    key = KmsRotatedKey(stack, "Key")
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    getattr(key, method)(role).assert_success()
    (document,) = (
        r["Properties"]["PolicyDocument"]
        for r in template_of(stack)["Resources"].values()
        if r["Type"] == "AWS::IAM::ManagedPolicy"
    )
    (statement,) = document["Statement"]
    assert set(statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]) == actions


def test_grants_to_cloudwatch_logs_of_this_account_and_region(stack: cdk.Stack) -> None:
    KmsRotatedKey(stack, "Key").grant_cloudwatch_logs().assert_success()
    (*_, statement) = policy_of(template_of(stack)).values()
    assert statement["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    context = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]["Fn::Join"][1]
    assert context[-1] == ":logs:us-east-1:111122223333:log-group:*"


def test_grants_to_one_trail(stack: cdk.Stack) -> None:
    arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/clinic"
    KmsRotatedKey(stack, "Key").grant_cloudtrail(trail_arn=arn).assert_success()
    (*_, describe, generate) = policy_of(template_of(stack)).values()
    for statement in (describe, generate):
        assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert statement["Condition"]["StringEquals"] == {"aws:SourceArn": arn}
    assert describe["Action"] == ["kms:DescribeKey", "kms:Decrypt"]
    assert generate["Action"] == "kms:GenerateDataKey*"
    context = generate["Condition"]["StringLike"]["kms:EncryptionContext:aws:cloudtrail:arn"]["Fn::Join"][1]
    assert context[-1] == ":cloudtrail:*:111122223333:trail/*"


def test_grants_to_a_service_for_this_account_and_one_source(stack: cdk.Stack) -> None:
    arn = "arn:aws:sns:us-east-1:111122223333:alerts"
    KmsRotatedKey(stack, "Key").grant_service("sns.amazonaws.com", source_arn=arn).assert_success()
    (*_, statement) = policy_of(template_of(stack)).values()
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": arn},
    }


ACCOUNT = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
SEND = ["kms:Decrypt", "kms:GenerateDataKey*"]


def added(stack: cdk.Stack, **arguments: Any) -> list[dict[str, Any]]:
    """Return what becomes of a statement that somebody adds to the key's policy."""
    statement = iam.PolicyStatement(resources=["*"], **{"actions": SEND, **arguments})
    KmsRotatedKey(stack, "Key").key.add_to_resource_policy(statement)
    return list(policy_of(template_of(stack)).values())[3:]


@pytest.mark.parametrize("service", ["s3", "sns", "events", "sns.ap-east-1"])
@pytest.mark.parametrize(
    "actions", [SEND, ["kms:Decrypt", "kms:GenerateDataKey"], [*SEND, "kms:Encrypt", "kms:ReEncrypt*"]]
)
def test_who_sends_does_so_for_this_account(stack: cdk.Stack, service: str, actions: list[str]) -> None:
    first, *others = added(stack, principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")], actions=actions)
    assert (first["Action"], first["Condition"]) == (SEND, ACCOUNT)
    # For a topic, EventBridge would be locked out by the account.
    assert [list(other["Condition"]["ArnLike"]) for other in others] == (
        [["kms:EncryptionContext:aws:sns:topicArn"]] if service == "events" else []
    )


def test_who_sends_is_not_named(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Topic")
    source = {"ArnEquals": {"aws:SourceArn": topic.topic_arn}}
    (statement,) = added(stack, principals=[iam.ServicePrincipal("sns.amazonaws.com")], conditions=source)
    assert statement["Condition"] == ACCOUNT


ELSEWHERE = {"StringEquals": {"aws:SourceAccount": "999988887777"}}
LITERAL = {"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:999988887777:alerts"}}


@pytest.mark.parametrize(
    "arguments",
    [
        {"principals": [iam.ServicePrincipal("s3.amazonaws.com")], "conditions": ELSEWHERE},
        {"principals": [iam.ServicePrincipal("sns.amazonaws.com")], "conditions": LITERAL},
        {"principals": [iam.ServicePrincipal("events.amazonaws.com")], "actions": ["kms:Decrypt", "kms:DescribeKey"]},
        {"principals": [iam.ServicePrincipal("s3.amazonaws.com")], "effect": iam.Effect.DENY},
        {"principals": [iam.ServicePrincipal("ses.amazonaws.com")]},
        {"principals": [iam.AccountPrincipal("999988887777")]},
        {"principals": [iam.AnyPrincipal()], "conditions": ELSEWHERE},
    ],
)
def test_other_statements_stay_as_they_are(stack: cdk.Stack, arguments: dict[str, Any]) -> None:
    (statement,) = added(stack, **arguments)
    assert statement.get("Condition") == arguments.get("conditions")
    assert statement["Action"] == arguments.get("actions", SEND)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rotation_period": cdk.Duration.days(89)}, "rotation_period: got '89 days'; allowed are 90 to 2560"),
        ({"rotation_period": cdk.Duration.days(2561)}, "rotation_period: got '2561 days'"),
        ({"rotation_period": UNKNOWN_DAYS}, "rotation_period: got 'a token'; it takes a duration that is written"),
        ({"pending_window": UNKNOWN_DAYS}, "pending_window: got 'a token'; it takes a duration that is written"),
        ({"pending_window": cdk.Duration.days(6)}, "pending_window: got '6 days'; allowed are 7 to 30"),
        ({"pending_window": cdk.Duration.hours(180)}, r"pending_window: got '7\.5 days'; it takes whole days"),
        ({"pending_window": cdk.Duration.days(31)}, "pending_window: got '31 days'"),
        ({"alias": "alias/clinic"}, "alias: got 'alias/clinic'.*Leave out the 'alias/' prefix"),
        ({"alias": "aws/clinic"}, "alias: got 'aws/clinic'"),
        ({"alias": "two words"}, "alias: got 'two words'"),
        ({"alias": ""}, "alias: got ''"),
        ({"multi_region": "yes"}, r"KmsRotatedKey\(multi_region=…\): got 'yes'; it takes bool"),
    ],
)
def test_refuses(stack: cdk.Stack, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        KmsRotatedKey(stack, "Key", **arguments)
    assert not stack.node.children


def test_service_grants_refuse_wrong_types(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key")
    with pytest.raises(ValueError, match="trail_arn"):
        key.grant_cloudtrail(trail_arn=None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="service"):
        key.grant_service(iam.ServicePrincipal("sns.amazonaws.com"))  # type: ignore[arg-type]
