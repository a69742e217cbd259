from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.identity.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.testing import assert_no_findings, template_of

LAMBDA = iam.ServicePrincipal("lambda.amazonaws.com")


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
