from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

GROUP, FUNCTION = "AWS::Logs::LogGroup", "AWS::Lambda::Function"
MASKED = {"Other": {"Type": GROUP, "Properties": {"DataProtectionPolicy": {"Name": "mask"}}}}
API = {"Api": {"Type": "AWS::ApiGateway::RestApi"}}
THIS = {"Ref": "Subject"}
CUSTOM = {"Custom": {"Type": "Custom::Setting", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Writer", "Arn"]}}}}

HOOK = {
    "Hook": {
        "Type": "AWS::CloudFormation::LambdaHook",
        "Properties": {"LambdaFunction": {"Fn::GetAtt": ["Writer", "Arn"]}},
    }
}
OTHER_HOOK = {"Hook": {"Type": "AWS::CloudFormation::LambdaHook", "Properties": {"LambdaFunction": "arn:aws:lambda:a"}}}


def _written(kind: str, properties: dict[str, Any], **group: Any) -> dict[str, Any]:
    return one(GROUP, **group) | MASKED | {"Writer": {"Type": kind, "Properties": properties}}


def _by_function(**group: Any) -> dict[str, Any]:
    return _written(FUNCTION, {"LoggingConfig": {"LogGroup": THIS}}, **group)


TO_THIS = {"DestinationArn": {"Fn::GetAtt": ["Subject", "Arn"]}}
CONTAINER = {"LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": THIS}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_by_function(DataProtectionPolicy={"Name": "mask"}), "passed"),
        (_by_function(DataProtectionPolicy=GIVEN), "unknown"),
        (_by_function(), "failed"),
        (_written("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [CONTAINER]}), "failed"),
        (
            _written("AWS::CloudTrail::Trail", {"CloudWatchLogsLogGroupArn": {"Fn::GetAtt": ["Subject", "Arn"]}}),
            "failed",
        ),
        (_written("AWS::ApiGateway::Deployment", {"StageDescription": {"AccessLogSetting": TO_THIS}}), "failed"),
        (one(GROUP, LogGroupName="/aws/rds/instance/records/postgresql") | MASKED, "failed"),
        (one(GROUP, LogGroupName={"Fn::Sub": "API-Gateway-Execution-Logs_${Api}/live"}) | MASKED | API, "failed"),
        (one(GROUP, LogGroupName="/clinic/records") | MASKED, "not_applicable"),
        (_by_function(LogGroupClass="INFREQUENT_ACCESS"), "not_applicable"),
        (_by_function() | CUSTOM, "not_applicable"),
        (_by_function() | HOOK, "not_applicable"),
        (_by_function() | OTHER_HOOK, "failed"),
        (_written("AWS::EC2::FlowLog", {"LogGroupName": THIS}), "not_applicable"),
        # Nothing is masked at all.
        ({name: made for name, made in _by_function().items() if name != "Other"}, "not_applicable"),
        (one("AWS::Logs::LogStream"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("log_group_masked", resources) == expected
