from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.network.default_vpc_removal import DefaultVpcRemoval
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.custom_resources import given_up_late, gone_too_soon
from tests.real_account import faults


def new_stack(region: str = "us-east-1") -> cdk.Stack:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    return cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region=region))


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    DefaultVpcRemoval(stack, "DefaultVpc")
    return template_of(stack)


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in template["Resources"].values() if one["Type"] == kind]


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
def test_has_no_findings(region: str) -> None:
    stack = new_stack(region)
    DefaultVpcRemoval(stack, "DefaultVpc")
    assert_no_findings(stack.node.root, all_packs=True)
    template = template_of(stack)
    assert faults(template) == []
    assert gone_too_soon(template) == []
    assert given_up_late(template) == []


def test_its_role_deletes_what_a_default_vpc_has_and_nothing_else(template: dict[str, Any]) -> None:
    statements = [
        one
        for policy in of_type(template, "AWS::IAM::ManagedPolicy")
        for one in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    actions = {
        action
        for one in statements
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
        if action.startswith("ec2:") and not action.startswith("ec2:Describe")
    }
    assert actions == {
        "ec2:DeleteInternetGateway",
        "ec2:DeleteSubnet",
        "ec2:DeleteVpc",
        "ec2:DetachInternetGateway",
    }


def test_a_deletion_asks_for_nothing(template: dict[str, Any]) -> None:
    (removal,) = of_type(template, "Custom::DefaultVpcRemoval")
    assert (removal["DeletionPolicy"], removal["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_a_key_that_is_given_is_used() -> None:
    stack = new_stack()
    key = kms.Key(stack, "Own")
    DefaultVpcRemoval(stack, "DefaultVpc", encryption_key=key, reserve_concurrency=False)
    template = template_of(stack)
    assert len(of_type(template, "AWS::KMS::Key")) == 1
    (function,) = of_type(template, "AWS::Lambda::Function")
    assert function["Properties"]["KmsKeyArn"] == {"Fn::GetAtt": [stack.get_logical_id(key.node.default_child), "Arn"]}
    assert "ReservedConcurrentExecutions" not in function["Properties"]


def test_two_in_one_stack() -> None:
    stack = new_stack()
    for name in ("One", "Two"):
        DefaultVpcRemoval(stack, name)
    assert len(of_type(template_of(stack), "Custom::DefaultVpcRemoval")) == 2


def test_refuses_a_key_that_is_none() -> None:
    with pytest.raises(ValueError, match="encryption_key"):
        DefaultVpcRemoval(new_stack(), "DefaultVpc", encryption_key="alias/own")  # type: ignore[arg-type]
