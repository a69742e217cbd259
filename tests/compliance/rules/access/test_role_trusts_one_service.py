from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

ROLE = "AWS::IAM::Role"


def _role(*principals: Any, **more: Any) -> dict[str, Any]:
    taken = [{"Effect": "Allow", "Principal": one, "Action": "sts:AssumeRole", **more} for one in principals]
    return one(ROLE, AssumeRolePolicyDocument={"Statement": taken})


def _services(*names: Any) -> dict[str, Any]:
    return _role({"Service": list(names)})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_services("lambda.amazonaws.com"), "passed"),
        (_services("lambda.amazonaws.com", "ec2.amazonaws.com"), "failed"),
        (_role({"Service": "lambda.amazonaws.com"}, {"Service": "states.amazonaws.com"}), "failed"),
        (_role({"Service": "ecs.amazonaws.com"}, {"Service": "ecs-tasks.amazonaws.com"}), "failed"),
        (_role({"Service": "lambda.amazonaws.com"}, {"AWS": "arn:aws:iam::111122223333:role/a"}), "passed"),
        (_services("lambda.amazonaws.com", "edgelambda.amazonaws.com"), "passed"),
        (_services("s3.amazonaws.com", "batchoperations.s3.amazonaws.com"), "passed"),
        (_services("states.amazonaws.com", {"Fn::Sub": "states.${AWS::Region}.amazonaws.com"}), "passed"),
        (_services("states.us-east-1.amazonaws.com", "states.eu-west-1.amazonaws.com"), "passed"),
        (_services("ec2.amazonaws.com", "ec2.amazonaws.com.cn"), "passed"),
        (_services("ec2.amazonaws.com", {"Fn::Sub": "ec2.${AWS::URLSuffix}"}), "passed"),
        (_services("elasticmapreduce.amazonaws.com", "application-autoscaling.amazonaws.com"), "passed"),
        (_services("redshift.amazonaws.com", "scheduler.redshift.amazonaws.com", "events.amazonaws.com"), "passed"),
        (_services("events.amazonaws.com", "scheduler.amazonaws.com"), "failed"),
        (_role({"AWS": "arn:aws:iam::111122223333:root"}), "not_applicable"),
        (_role({"Service": GIVEN}), "unknown"),
        (_role({"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]}, Effect="Deny"), "not_applicable"),
        (one(ROLE, AssumeRolePolicyDocument=GIVEN), "not_applicable"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("role_trusts_one_service", resources) == expected


def test_the_services_are_named() -> None:
    found = verdict("role_trusts_one_service", _services("states.amazonaws.com", "lambda.amazonaws.com"))
    assert found is not None
    assert "lambda.amazonaws.com" in found.message
    assert "states.amazonaws.com" in found.message
