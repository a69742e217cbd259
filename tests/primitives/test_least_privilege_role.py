from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.testing import assert_no_findings, template_of

LAMBDA = iam.ServicePrincipal("lambda.amazonaws.com")

UNKNOWN_DAYS = cdk.Duration.days(cdk.Token.as_number({"Ref": "Days"}))


def statement(number: int, *, padding: int = 0) -> iam.PolicyStatement:
    arn = f"arn:aws:sqs:us-east-1:111122223333:queue-{number}-{'x' * padding}"
    return iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[arn])


def policies(stack: cdk.Stack) -> list[dict[str, Any]]:
    return [
        resource["Properties"]
        for resource in template_of(stack)["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
    ]


def test_snapshot(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA).add_to_policy(statement(1))
    assert template_of(stack) == snapshot


def test_has_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA).add_to_policy(statement(1))
    assert_no_findings(app, all_packs=True)


def test_grants_of_the_cdk_become_a_managed_policy(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    table = dynamodb.Table(
        stack, "Table", partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    )
    table.grant_read_data(role).assert_success()
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::IAM::Policy", 0)
    template.resource_count_is("AWS::IAM::ManagedPolicy", 1)
    (policy,) = policies(stack)
    assert "dynamodb:GetItem" in policy["PolicyDocument"]["Statement"][0]["Action"]
    assert policy["Roles"] == [{"Ref": stack.get_logical_id(role.node.default_child)}]  # type: ignore[arg-type]


def test_what_it_allows_itself_is_written_as_what_the_cdk_grants(app: cdk.App) -> None:
    queue = "arn:aws:sqs:us-east-1:111122223333:queue"
    conditions = {"StringEquals": {"aws:ResourceAccount": "111122223333"}}
    stacks = []
    for name, grants in (("Ours", to_principal), ("Theirs", _by_cdk)):
        stack = cdk.Stack(app, name)
        role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
        for action in ("sqs:SendMessage", "sqs:ReceiveMessage"):
            grant = grants(role, [action], [queue, f"arn:{cdk.Aws.PARTITION}:sqs:::other"], conditions=conditions)
            grant.assert_success()
        stacks.append(stack)
    (ours,), (theirs,) = map(policies, stacks)
    assert ours == {**theirs, "Description": "Granted to Ours/Role"}


def _by_cdk(role: iam.IGrantable, actions: list[str], arns: list[str], *, conditions: dict[str, Any]) -> iam.Grant:
    return iam.Grant.add_to_principal(grantee=role, actions=actions, resource_arns=arns, conditions=conditions)


def test_what_it_allows_itself_fills_policies_as_grants_do(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    for number in range(3):
        role.allow(["sqs:SendMessage"], [f"arn:aws:sqs:us-east-1:111122223333:queue-{number}-{'x' * 2000}"])
    assert [len(policy["PolicyDocument"]["Statement"]) for policy in policies(stack)] == [2, 1]


def test_refuses_to_allow_too_much(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    with pytest.raises(ValueError, match=r"'s3:\*' is every action of s3"):
        role.allow(["s3:*"], ["arn:aws:s3:::records"])
    assert policies(stack) == []


def test_a_role_without_grants_has_no_policy(stack: cdk.Stack) -> None:
    LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    assert [r["Type"] for r in template_of(stack)["Resources"].values()] == ["AWS::IAM::Role"]


def test_statements_share_a_policy_until_it_is_full(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    for number in range(100):
        assert role.add_to_policy(statement(number, padding=40))
    found = policies(stack)
    assert 2 < len(found) < 10
    assert all(len(json.dumps(policy["PolicyDocument"], separators=(",", ":"))) <= 6144 for policy in found)
    assert sum(len(policy["PolicyDocument"]["Statement"]) for policy in found) == 100


def test_a_grant_depends_on_the_policy_that_holds_it(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    result = role.add_to_principal_policy(statement(1))
    assert result.statement_added
    assert result.policy_dependable is role.node.find_child("Policy1")


def test_takes_what_a_role_takes(stack: cdk.Stack) -> None:
    boundary = iam.ManagedPolicy(stack, "Boundary", statements=[statement(1)])
    attached = iam.ManagedPolicy(stack, "Attached", statements=[statement(2)])
    LeastPrivilegeRole(
        stack,
        "Role",
        assumed_by=LAMBDA,
        description="reads",
        managed_policies=[attached],
        max_session_duration=cdk.Duration.hours(2),
        permissions_boundary=boundary,
        role_name="reader",
    )
    (properties,) = (r["Properties"] for r in template_of(stack)["Resources"].values() if r["Type"] == "AWS::IAM::Role")
    assert properties["Description"] == "reads"
    assert properties["MaxSessionDuration"] == 7200
    assert properties["RoleName"] == "reader"
    assert "Boundary" in properties["PermissionsBoundary"]["Ref"]
    assert ["Attached" in policy["Ref"] for policy in properties["ManagedPolicyArns"]] == [True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"assumed_by": "lambda.amazonaws.com"}, r"LeastPrivilegeRole\(assumed_by=…\): .* it takes"),
        ({"assumed_by": LAMBDA, "max_session_duration": 3600}, "max_session_duration=…"),
        ({"assumed_by": LAMBDA, "max_session_duration": UNKNOWN_DAYS}, "max_session_duration: got 'a token of days'"),
        ({"assumed_by": LAMBDA, "max_session_duration": cdk.Duration.minutes(59)}, "max_session_duration: got"),
        ({"assumed_by": LAMBDA, "max_session_duration": cdk.Duration.hours(13)}, "max_session_duration: got"),
        ({"assumed_by": LAMBDA, "description": "x" * 1001}, "description: got .*at most 1000"),
        ({"assumed_by": LAMBDA, "role_name": "no spaces"}, "role_name: got 'no spaces'"),
        ({"assumed_by": LAMBDA, "role_name": "x" * 65}, "role_name: got 'x{65}'"),
        ({"assumed_by": LAMBDA, "managed_policies": ["ReadOnlyAccess"]}, "managed_policies=…"),
    ],
)
def test_refuses(stack: cdk.Stack, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LeastPrivilegeRole(stack, "Role", **arguments)
    assert not stack.node.children


def test_refuses_a_statement_that_no_policy_can_hold(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    with pytest.raises(ValueError, match=r"statement: got '\d+ characters'; a managed policy holds 6144"):
        role.add_to_policy(statement(1, padding=7000))
    assert [child.node.id for child in role.node.children if child.node.id.startswith("Policy")] == []


def test_leaves_the_length_of_tokens_to_cloudformation(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    arns = [stack.format_arn(service="sqs", resource=f"queue-{number}") for number in range(60)]
    role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=arns))
    assert len(policies(stack)) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"actions": ["*"], "resources": ["arn:aws:sqs:us-east-1:111122223333:q"]}, r"'\*' is every action of AWS"),
        ({"actions": ["s3:*"], "resources": ["arn:aws:s3:::records"]}, r"'s3:\*' is every action of s3"),
        ({"actions": ["ec2:Delete*"], "resources": ["*"]}, r"'ec2:Delete\*' may not stand on '\*'"),
        ({"actions": ["s3:Get*"], "resources": ["arn:aws:s3:::*"]}, r"'s3:Get\*' may not stand on 'arn:aws:s3:::\*'"),
        ({"actions": ["iam:PassRole"], "resources": ["*"]}, "'iam:PassRole' may not stand on"),
        ({"not_actions": ["iam:CreateUser"], "resources": ["arn:aws:s3:::records"]}, "NotAction"),
        ({"actions": ["s3:GetObject"], "not_resources": ["arn:aws:s3:::records/*"]}, "NotResource"),
    ],
)
def test_refuses_a_statement_that_is_too_broad(stack: cdk.Stack, arguments: dict[str, Any], message: str) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    with pytest.raises(ValueError, match=f"statement: got 'Reach'; .*{message}"):
        role.add_to_policy(iam.PolicyStatement(sid="Reach", **arguments))
    assert [child.node.id for child in role.node.children if child.node.id.startswith("Policy")] == []


def test_names_a_statement_without_sid_by_what_it_says(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    with pytest.raises(ValueError, match=r'statement: got .*"Action": "sqs:\*".*Name the actions'):
        role.add_to_policy(iam.PolicyStatement(actions=["sqs:*"], resources=["arn:aws:sqs:us-east-1:111122223333:q"]))


def test_a_broad_denial_and_a_listing_wildcard_are_fine(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    role.add_to_policy(iam.PolicyStatement(effect=iam.Effect.DENY, not_actions=["s3:GetObject"], resources=["*"]))
    role.add_to_policy(iam.PolicyStatement(actions=["ec2:Describe*"], resources=["*"]))
    (policy,) = policies(stack)
    assert [entry["Effect"] for entry in policy["PolicyDocument"]["Statement"]] == ["Deny", "Allow"]


@pytest.mark.parametrize("name", ["AdministratorAccess", "PowerUserAccess", "AmazonS3FullAccess"])
def test_refuses_full_access_of_aws(stack: cdk.Stack, name: str) -> None:
    policy = iam.ManagedPolicy.from_aws_managed_policy_name(name)
    with pytest.raises(ValueError, match=f"managed_policies: got '{name}'"):
        LeastPrivilegeRole(stack, "Other", assumed_by=LAMBDA, managed_policies=[policy])
    assert not stack.node.children
    role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    with pytest.raises(ValueError, match=f"policy: got '{name}'"):
        role.add_managed_policy(policy)


def test_attaches_a_policy_later(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    role.add_managed_policy(iam.ManagedPolicy(stack, "Attached", statements=[statement(1)]))
    (properties,) = (r["Properties"] for r in template_of(stack)["Resources"].values() if r["Type"] == "AWS::IAM::Role")
    assert len(properties["ManagedPolicyArns"]) == 1


def test_refuses_more_policies_than_a_role_takes(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    for number in range(10):
        role.add_to_policy(statement(number, padding=4900))
    with pytest.raises(ValueError, match="Clinic/Role: got '11 managed policies'; a role takes 10"):
        role.add_to_policy(statement(11, padding=4900))
    assert len(policies(stack)) == 10


def trust(stack: cdk.Stack) -> dict[str, Any]:
    (properties,) = (r["Properties"] for r in template_of(stack)["Resources"].values() if r["Type"] == "AWS::IAM::Role")
    statement: dict[str, Any] = properties["AssumeRolePolicyDocument"]["Statement"][0]
    return statement


def test_ties_a_service_to_this_account(stack: cdk.Stack) -> None:
    LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    assert trust(stack)["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_leaves_conditions_of_the_caller_alone(stack: cdk.Stack) -> None:
    conditions = {"ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:111122223333:*"}}
    principal = iam.ServicePrincipal("ecs-tasks.amazonaws.com", conditions=conditions)
    LeastPrivilegeRole(stack, "Role", assumed_by=principal)
    assert trust(stack)["Condition"] == conditions


def test_does_not_lock_out_a_service_that_sends_no_source(stack: cdk.Stack) -> None:
    LeastPrivilegeRole(stack, "Role", assumed_by=LAMBDA)
    assert "Condition" not in trust(stack)


def test_a_policy_apart_counts_and_is_made_once(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    apart = [role.policy_apart(f"Apart{number}") for number in range(10)]
    assert role.policy_apart("Apart0") is apart[0]
    with pytest.raises(ValueError, match="a role takes 10 of them"):
        role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=["arn:aws:sqs:us-east-1:1:q"]))
