from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

FUNCTION = "AWS::Lambda::Function"


def _group(name: Any) -> dict[str, Any]:
    return {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(FUNCTION, LoggingConfig={"LogGroup": {"Ref": "Group"}}) | _group("any"), "passed"),
        (one(FUNCTION, LoggingConfig={"LogGroup": GIVEN}), "passed"),
        (one(FUNCTION, FunctionName="intake") | _group("/aws/lambda/intake"), "passed"),
        (one(FUNCTION) | _group({"Fn::Sub": "/aws/lambda/${Subject}"}), "passed"),
        (one(FUNCTION, FunctionName="intake") | _group("/aws/lambda/other"), "failed"),
        (
            one(FUNCTION, FunctionName={"Fn::Sub": "${Given}-in"}) | _group({"Fn::Sub": "/aws/lambda/${Given}-in"}),
            "passed",
        ),
        (
            one(FUNCTION, FunctionName={"Fn::Sub": "${Given}-in"}) | _group({"Fn::Sub": "/aws/lambda/${Given}-x"}),
            "failed",
        ),
        (one(FUNCTION, LoggingConfig={"LogFormat": "JSON"}), "failed"),
        (one(FUNCTION), "failed"),
        (one("AWS::Logs::LogGroup"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("function_logs_kept", resources) == expected


def test_a_retention_that_cdk_sets_is_no_log_group_of_ones_own() -> None:
    retention = {"LogGroupName": {"Fn::Sub": "/aws/lambda/${Subject}"}, "RetentionInDays": 2192}
    found = verdict(
        "function_logs_kept", one(FUNCTION) | {"R": {"Type": "Custom::LogRetention", "Properties": retention}}
    )
    assert found is not None
    assert found.message == "Its log group is the one that Lambda makes, without key; only its retention is set."


def test_functions_of_custom_resources_alone_record_no_use_of_data() -> None:
    custom = {"Type": "Custom::Filler", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Subject", "Arn"]}}}
    assert judged("function_logs_kept", one("AWS::Lambda::Function") | {"Custom": custom}) == "not_applicable"


LOGS = {"Logs": {"Type": "AWS::Logs::LogGroup"}, "Role": {"Type": "AWS::IAM::Role"}}
CUSTOM = {"Custom": {"Type": "Custom::Setting", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Subject", "Arn"]}}}}


def _granted(action: str, effect: str = "Allow") -> dict[str, Any]:
    statement = {"Effect": effect, "Action": action, "Resource": {"Fn::GetAtt": ["Logs", "Arn"]}}
    properties = {"PolicyDocument": {"Statement": [statement]}, "Roles": [{"Ref": "Role"}]}
    return {"Grant": {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}}


def _for_deployment(**properties: Any) -> dict[str, Any]:
    return one(FUNCTION, Role={"Fn::GetAtt": ["Role", "Arn"]}, **properties) | LOGS | CUSTOM


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_for_deployment() | _granted("logs:PutLogEvents"), "failed"),
        (_for_deployment(LoggingConfig={"LogGroup": {"Ref": "Logs"}}) | _granted("logs:*"), "not_applicable"),
        (_for_deployment(LoggingConfig={"LogGroup": GIVEN}) | _granted("logs:*"), "not_applicable"),
        (_for_deployment() | _granted("logs:FilterLogEvents"), "not_applicable"),
        (_for_deployment() | _granted("logs:*", "Deny"), "not_applicable"),
        (_for_deployment(), "not_applicable"),
    ],
)
def test_a_log_group_that_the_role_is_for_is_named(resources: dict[str, Any], expected: str) -> None:
    assert judged("function_logs_kept", resources) == expected


BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@pytest.mark.parametrize(
    ("properties", "others", "lost"),
    [
        ({}, {}, True),
        ({"Policies": []}, {}, True),
        ({"ManagedPolicyArns": [BASIC]}, {}, False),
        ({"ManagedPolicyArns": [GIVEN]}, {}, False),
        ({"ManagedPolicyArns": GIVEN}, {}, False),
        ({"Policies": GIVEN}, {}, False),
        ({}, _granted("logs:*"), False),
    ],
)
def test_a_role_without_rights_lets_no_log_be_written(
    properties: dict[str, Any], others: dict[str, Any], lost: bool
) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": properties}
    found = verdict(
        "function_logs_kept", one(FUNCTION, Role={"Fn::GetAtt": ["Role", "Arn"]}) | LOGS | others | {"Role": role}
    )
    assert found is not None
    assert found.outcome == "failed"
    assert ("lost" in found.message) is lost


def _writes(group: str) -> dict[str, Any]:
    arn = {"Fn::Sub": f"arn:aws:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{group}:*"}
    statement = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": arn}
    return {"Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}]}


@pytest.mark.parametrize(
    ("name", "properties", "lost"),
    [
        ({"FunctionName": "visits"}, _writes("/aws/lambda/other"), True),
        ({"FunctionName": "visits"}, _writes("/aws/lambda/visits"), False),
        ({"FunctionName": "visits"}, _writes("/aws/lambda/vis*"), False),
        ({"FunctionName": "visits"}, _writes("${Given}"), False),
        ({"FunctionName": GIVEN}, _writes("/aws/lambda/other"), False),
        ({}, _writes("/aws/lambda/other"), True),
        ({}, _writes("/aws/lambda/clinic-*"), False),
    ],
)
def test_a_role_that_writes_to_another_group_loses_the_log(
    name: dict[str, Any], properties: dict[str, Any], lost: bool
) -> None:
    function = one(FUNCTION, Role={"Fn::GetAtt": ["Role", "Arn"]}, **name)
    resources = function | {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}
    found = verdict("function_logs_kept", resources)
    assert found is not None
    assert ("lost" in found.message) is lost
    assert ("logs:PutLogEvents there" in to_do("function_logs_kept", resources)) is lost
