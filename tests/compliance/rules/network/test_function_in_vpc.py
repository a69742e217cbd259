from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, SEVERAL, SUBNETS, judged, one

NO_PHI = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]


def _edge(behavior: str) -> dict[str, Any]:
    associated: Any = {"LambdaFunctionAssociations": [{"LambdaFunctionARN": {"Ref": "Version"}}]}
    config = {behavior: [associated] if behavior == "CacheBehaviors" else associated}
    return {
        "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Subject"}}},
        "Distribution": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}},
    }


ROLE = {"Fn::GetAtt": ["Role", "Arn"]}


def _role(service: Any) -> dict[str, Any]:
    services = ["lambda.amazonaws.com", service]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": services}}
    return {"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": ["subnet-1"]}), "passed"),
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": []}), "failed"),
        (one("AWS::Lambda::Function"), "failed"),
        (one("AWS::Lambda::Function", VpcConfig=GIVEN), "unknown"),
        (one("AWS::Lambda::Function") | _edge("DefaultCacheBehavior"), "not_applicable"),
        (one("AWS::Lambda::Function") | _edge("CacheBehaviors"), "not_applicable"),
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": SUBNETS}), "passed"),
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": SEVERAL}), "passed"),
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": {"Fn::Split": [",", GIVEN]}}), "passed"),
        (one("AWS::Lambda::Function", VpcConfig={"SubnetIds": GIVEN}), "unknown"),
        (one("AWS::Lambda::Function", Role=ROLE) | _role("edgelambda.amazonaws.com"), "not_applicable"),
        (one("AWS::Lambda::Function", Role=ROLE) | _role("lambda.amazonaws.com"), "failed"),
        (one("AWS::Lambda::Function", Role=ROLE) | _role(GIVEN), "failed"),
        (one("AWS::Lambda::Function", Role=GIVEN) | _role("edgelambda.amazonaws.com"), "failed"),
        (one("AWS::Lambda::Function", Tags=NO_PHI), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("function_in_vpc", resources) == expected


CUSTOM = {"Custom": {"Type": "Custom::Filler", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Subject", "Arn"]}}}}


def _caller(kind: str, path: str) -> dict[str, Any]:
    return {"Caller": {"Type": kind, "Properties": {path: {"Ref": "Subject"}}}}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (CUSTOM, "not_applicable"),
        ({"Custom": CUSTOM["Custom"] | {"Type": "AWS::CloudFormation::CustomResource"}}, "not_applicable"),
        (CUSTOM | _caller("AWS::Lambda::Permission", "FunctionName"), "failed"),
        (CUSTOM | _caller("AWS::Lambda::EventSourceMapping", "FunctionName"), "failed"),
        (CUSTOM | _caller("AWS::Lambda::Url", "TargetFunctionArn"), "failed"),
        (_caller("AWS::Lambda::Permission", "FunctionName"), "failed"),
    ],
)
def test_functions_of_custom_resources_alone_see_no_data(others: dict[str, Any], expected: str) -> None:
    assert judged("function_in_vpc", one("AWS::Lambda::Function") | others) == expected
