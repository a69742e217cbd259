from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, outcome, to_do, verdict


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::ApiGateway::Stage", AccessLogSetting={"DestinationArn": "arn:aws:logs"}), "passed"),
        (one("AWS::ApiGateway::Stage"), "failed"),
        (one("AWS::ApiGateway::Stage", AccessLogSetting={"DestinationArn": GIVEN}), "unknown"),
        (one("AWS::ApiGatewayV2::Stage", AccessLogSettings={"DestinationArn": "arn:aws:logs"}), "passed"),
        (one("AWS::ApiGatewayV2::Stage", AccessLogSettings={"Format": "x"}), "failed"),
        (one("AWS::ApiGateway::Deployment"), "not_applicable"),
        (one("AWS::ApiGateway::Deployment", StageName="prod"), "failed"),
        (one("AWS::ApiGateway::RestApi"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("api_access_logged", resources) == expected


@pytest.mark.parametrize("module", ["api_access_logged", "api_execution_logged", "api_throttled", "edge_waf_attached"])
def test_a_second_stage_beside_the_apis_own_is_dropped(module: str) -> None:
    deployment = one("AWS::ApiGateway::Deployment", StageName="dummy", RestApiId="api")
    stage = {"Type": "AWS::ApiGateway::Stage", "Properties": {"DeploymentId": {"Ref": "Subject"}, "RestApiId": "api"}}
    assert "Without StageName" in to_do(module, deployment | {"Stage": stage})
    assert "Without StageName" not in to_do(module, deployment)


ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
STAGES = {
    "AWS::ApiGateway::Deployment": "StageDescription.AccessLogSetting.DestinationArn",
    "AWS::ApiGateway::Stage": "AccessLogSetting.DestinationArn",
    "AWS::ApiGatewayV2::Stage": "AccessLogSettings.DestinationArn",
}


def _logging_to(group: Any, kind: str = "AWS::ApiGateway::Stage") -> dict[str, Any]:
    setting: Any = {"Fn::Sub": f"{ARN}{group}"} if isinstance(group, str) else group
    for name in reversed(STAGES[kind].split(".")):
        setting = {name: setting}
    return one(kind, StageName="live", **setting)


def _made(name: Any, logical_id: str = "Group") -> dict[str, Any]:
    return {logical_id: {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}}


def _using(**properties: Any) -> dict[str, Any]:
    return {"User": {"Type": "AWS::ECS::Service", "Properties": properties}}


LOGS, FOR_DEV = "/aws/apigateway/records-access-logs", "/aws/apigateway/records-access-logs-dev"


@pytest.mark.parametrize("kind", STAGES)
def test_the_group_that_a_stage_was_to_write_to_is_named(kind: str) -> None:
    found = verdict("api_access_logged", _logging_to(LOGS, kind) | _made(FOR_DEV))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")
    assert found.message == (
        f"{STAGES[kind]} names the log group {LOGS}, which the app does not make, while nothing writes to Group, "
        f"{FOR_DEV}."
    )
    assert f"{STAGES[kind]} is !GetAtt Group.Arn" in to_do(
        "api_access_logged", _logging_to(LOGS, kind) | _made(FOR_DEV)
    )


@pytest.mark.parametrize(
    ("group", "others", "expected"),
    [
        (FOR_DEV, _made(LOGS), "failed"),
        (f"{LOGS}:*", _made(FOR_DEV), "failed"),
        ("records/${AWS::StackName}", _made({"Fn::Sub": "records/${AWS::StackName}-${Given}"}), "failed"),
        (LOGS, _made(FOR_DEV) | {"Filter": {"Type": "AWS::Logs::MetricFilter", "Properties": {}}}, "failed"),
        (LOGS, {}, "passed"),
        (LOGS, _made(LOGS), "passed"),
        (LOGS, _made(FOR_DEV) | _made(LOGS, "Other"), "passed"),
        (LOGS, _made(f"{LOGS}2"), "passed"),
        (LOGS, _made("/aws/apigateway/visits-access-logs"), "passed"),
        (LOGS, _made(GIVEN), "passed"),
        # Something else writes to it, or may.
        (LOGS, _made(FOR_DEV) | _using(Group={"Ref": "Group"}), "passed"),
        (LOGS, _made(FOR_DEV) | _using(Group=FOR_DEV), "passed"),
        (LOGS, _made(FOR_DEV) | _using(Group={"Fn::Sub": f"{ARN}{FOR_DEV}:*"}), "passed"),
        ("/aws/lambda/records", _made("/aws/lambda/records-dev"), "passed"),
        # Which of them was meant is not seen.
        (LOGS, _made(FOR_DEV) | _made(f"{LOGS}-test", "Other"), "passed"),
        ({"Fn::GetAtt": ["Group", "Arn"]}, _made(FOR_DEV), "passed"),
        ("arn:aws:firehose:us-east-1:111122223333:deliverystream/amazon-apigateway-records", _made(FOR_DEV), "passed"),
    ],
)
def test_another_group_than_the_one_that_is_made(group: Any, others: dict[str, Any], expected: str) -> None:
    assert judged("api_access_logged", _logging_to(group) | others) == expected


def test_a_group_that_other_stacks_may_write_to_is_none_that_was_meant() -> None:
    exported = {"Group": {"Value": {"Ref": "Group"}, "Export": {"Name": "group"}}}
    resources = _logging_to(LOGS) | _made(FOR_DEV)
    assert outcome("api_access_logged", resources, Outputs=exported) == "passed"
    assert outcome("api_access_logged", resources) == "failed"
