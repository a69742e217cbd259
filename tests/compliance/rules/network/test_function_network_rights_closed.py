from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

RIGHTS = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]
FUNCTION = {"Fn::GetAtt": ["Function", "Arn"]}
OURS = {"ArnEquals": {"lambda:SourceFunctionArn": [FUNCTION]}}
ALLOW = {"Effect": "Allow", "Action": RIGHTS, "Resource": "*"}
DENY = {"Effect": "Deny", "Action": RIGHTS, "Resource": "*", "Condition": OURS}
REFERENCE = [{"Ref": "Role"}]


def _policy(*statements: Any, kind: str = "AWS::IAM::ManagedPolicy", **properties: Any) -> dict[str, Any]:
    document = {"Statement": list(statements)}
    return one(kind, PolicyDocument=document, **{"Roles": REFERENCE, **properties})


def _other(*statements: Any, **properties: Any) -> dict[str, Any]:
    document = {"Statement": list(statements)}
    return {"Other": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document, **properties}}}


def _trust(service: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return {"AssumeRolePolicyDocument": {"Statement": [allowed]}}


def _role(service: Any = "lambda.amazonaws.com", **properties: Any) -> dict[str, Any]:
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}}
    return {"Role": {"Type": "AWS::IAM::Role", "Properties": {**_trust(service), **properties}}, "Function": function}


def _without(statement: Mapping[str, Any], *keys: str, **changes: Any) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key not in keys} | changes


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_policy(ALLOW) | _role(), "failed"),
        (_policy(ALLOW, DENY) | _role(), "passed"),
        (_policy(ALLOW, {**DENY, "Resource": "arn:aws:sqs:*:*:*"}) | _role(), "failed"),
        (_policy(ALLOW, kind="AWS::IAM::Policy") | _role(), "failed"),
        (_policy(ALLOW) | _other(DENY, Roles=REFERENCE) | _role(), "passed"),
        (_policy(ALLOW) | _other(DENY, Roles=["Another"]) | _role(), "failed"),
        (_policy(ALLOW) | _role(Policies=[{"PolicyDocument": {"Statement": DENY}}]), "passed"),
        (_policy(ALLOW, Roles=[]) | _role(ManagedPolicyArns=[{"Ref": "Subject"}]), "failed"),
        (_policy(ALLOW, DENY, Roles=[]) | _role(ManagedPolicyArns=[{"Ref": "Subject"}]), "passed"),
        (_policy(ALLOW, kind="AWS::IAM::RolePolicy", RoleName={"Ref": "Role"}) | _role(), "failed"),
        (_policy(ALLOW, Roles=["runner"]) | _role(RoleName="runner"), "failed"),
        (_policy(ALLOW) | _role({"Fn::Sub": "lambda.${AWS::URLSuffix}"}), "failed"),
        (_policy(ALLOW) | _role(["edgelambda.amazonaws.com", "lambda.amazonaws.com"]), "failed"),
        (_policy(ALLOW) | _role("codebuild.amazonaws.com"), "not_applicable"),
        (_policy(ALLOW, Roles=["elsewhere"]) | _role(), "not_applicable"),
        (_policy(ALLOW, Roles=[]) | _role(), "not_applicable"),
        (_policy(ALLOW, Roles=GIVEN) | _role(), "unknown"),
        (_policy(ALLOW) | _role(GIVEN), "unknown"),
        (_policy(ALLOW) | _role(AssumeRolePolicyDocument=GIVEN), "unknown"),
        # The denial may stand in a policy that is not to be seen here.
        (_policy(ALLOW) | _role(ManagedPolicyArns=["arn:aws:iam::111122223333:policy/Deny"]), "unknown"),
        (_policy(ALLOW) | _role(PermissionsBoundary=GIVEN), "unknown"),
        (_policy(ALLOW) | _role(ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]), "failed"),
        (_policy(ALLOW, DENY) | _role(ManagedPolicyArns=[GIVEN]), "passed"),
        (one("AWS::Lambda::Function"), "not_inspected"),
    ],
)
def test_roles(resources: dict[str, Any], expected: str) -> None:
    assert judged("function_network_rights_closed", resources) == expected


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (_without(ALLOW, Resource=["arn:aws:ec2:us-east-1:111122223333:*/*"]), "failed"),
        (_without(ALLOW, Action="EC2:createNetworkInterface"), "failed"),
        (_without(ALLOW, Resource="arn:aws:ec2:us-east-1:111122223333:subnet/subnet-1"), "not_applicable"),
        (_without(ALLOW, Condition={"ArnNotEquals": {"lambda:SourceFunctionArn": FUNCTION}}), "not_applicable"),
        (_without(ALLOW, Condition={"Null": {"lambda:SourceFunctionArn": "true"}}), "not_applicable"),
        (_without(ALLOW, Condition={"Bool": {"aws:SecureTransport": "true"}}), "failed"),
        (_without(ALLOW, Action=["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]), "not_applicable"),
        # Without making any, these are not the rights that Lambda needs.
        (_without(ALLOW, Action="ec2:DeleteNetworkInterface"), "not_applicable"),
        # These are GrantsBounded's.
        (_without(ALLOW, Action="ec2:*"), "not_applicable"),
        (_without(ALLOW, "Action", NotAction="s3:*"), "not_applicable"),
        (_without(ALLOW, Action=GIVEN), "not_applicable"),
        (_without(ALLOW, Resource=GIVEN), "not_applicable"),
        (_without(ALLOW, Action=[{"a": 1}, 7], Resource=[None, {}]), "not_applicable"),
        (DENY, "not_applicable"),
    ],
)
def test_what_is_allowed(allowed: Any, expected: str) -> None:
    assert judged("function_network_rights_closed", _policy(allowed) | _role()) == expected


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        (_without(DENY, Condition={"StringEquals": {"lambda:SourceFunctionArn": GIVEN}}), "passed"),
        (
            _without(DENY, Condition={"ArnLike": {"Lambda:sourceFunctionArn": "arn:aws:lambda:*:*:function:*"}}),
            "passed",
        ),
        (_without(DENY, Condition={"Null": {"lambda:SourceFunctionArn": "false"}}), "passed"),
        (_without(DENY, Condition={"Null": {"lambda:SourceFunctionArn": False}}), "passed"),
        (_without(DENY, Condition={"Null": {"lambda:SourceFunctionArn": "true"}}), "failed"),
        (_without(DENY, Condition={"ArnNotEquals": {"lambda:SourceFunctionArn": FUNCTION}}), "failed"),
        (_without(DENY, Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}}), "failed"),
        (_without(DENY, Condition=OURS | {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}), "failed"),
        (_without(DENY, Condition={"ArnEquals": ["x"]}), "unknown"),
        (_without(DENY, Condition=GIVEN), "unknown"),
        (_without(DENY, "Condition"), "passed"),
        (_without(DENY, Effect="Allow"), "failed"),
        (_without(DENY, Action="ec2:*"), "passed"),
        (_without(DENY, "Action", NotAction="logs:*"), "passed"),
        (_without(DENY, Action=RIGHTS[1:]), "failed"),
        (_without(DENY, Resource="arn:aws:ec2:us-east-1:111122223333:network-interface/*"), "passed"),
        (_without(DENY, Resource="arn:aws:ec2:us-east-1:111122223333:subnet/subnet-1"), "failed"),
    ],
)
def test_what_is_denied(denied: Any, expected: str) -> None:
    assert judged("function_network_rights_closed", _policy(ALLOW, denied) | _role()) == expected


def test_says_what_is_left_to_the_code() -> None:
    found = verdict("function_network_rights_closed", _policy(ALLOW, _without(DENY, Action=RIGHTS[1:])) | _role())
    assert found is not None
    expected = "Nothing denies the code of functions with the role Role to call ec2:AssignPrivateIpAddresses."
    assert found.message == expected


def test_aws_own_policy_alone_is_not_judged() -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
    role = one("AWS::IAM::Role", **_trust("lambda.amazonaws.com"), ManagedPolicyArns=[arn])
    assert judged("function_network_rights_closed", role) == "not_applicable"


def test_inline_policies_of_a_role() -> None:
    inline = [{"PolicyDocument": {"Statement": ALLOW}}]
    role = one("AWS::IAM::Role", **_trust("lambda.amazonaws.com"), Policies=inline)
    assert judged("function_network_rights_closed", role) == "failed"
    assert judged("function_network_rights_closed", role | _other(DENY, Roles=[{"Ref": "Subject"}])) == "passed"
