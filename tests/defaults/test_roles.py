"""New roles of the app are taken for this account alone, where the service says for whom it acts."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from tests.defaults.support import Synthesized, synthesized


def _role(principal: iam.IPrincipal) -> Any:
    return lambda stack: iam.Role(stack, "Role", assumed_by=principal)


def _conditions(made: Synthesized) -> str:
    (role,) = made.of("AWS::IAM::Role")
    return json.dumps([one.get("Condition") for one in role["AssumeRolePolicyDocument"]["Statement"]])


@pytest.mark.parametrize("service", ["appsync", "iot", "rekognition", "sagemaker", "states"])
def test_a_new_role_is_held_to_the_account(service: str) -> None:
    define = _role(iam.ServicePrincipal(f"{service}.amazonaws.com"))
    made = synthesized(define, new_stores=True)
    assert _conditions(made) == '[{"StringEquals": {"aws:SourceAccount": "111122223333"}}]'
    assert made.changed("S/Role") == {"assumed_by"}
    assert _conditions(synthesized(define)) == "[null]"


@pytest.mark.parametrize("service", ["lambda", "ec2", "ecs-tasks", "glue"])
def test_services_that_may_state_no_source_are_left(service: str) -> None:
    made = synthesized(_role(iam.ServicePrincipal(f"{service}.amazonaws.com")), new_stores=True)
    assert _conditions(made) == "[null]"


def test_a_condition_of_the_app_stays() -> None:
    conditions = {"ArnLike": {"aws:SourceArn": "arn:aws:states:us-east-1:111122223333:*"}}
    define = _role(iam.ServicePrincipal("states.amazonaws.com", conditions=conditions))
    assert _conditions(synthesized(define, new_stores=True)) == json.dumps([conditions])


def test_people_are_left() -> None:
    def define(stack: cdk.Stack) -> None:
        iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())

    assert _conditions(synthesized(define, new_stores=True)) == "[null]"
