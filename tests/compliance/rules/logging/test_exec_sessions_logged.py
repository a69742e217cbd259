from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

RULE = "exec_sessions_logged"
IN_CLOUDWATCH = {"LogConfiguration": {"LogDriver": "awslogs"}}
ELSEWHERE = {"LogConfiguration": {"LogDriver": "awsfirelens"}}


def service(**properties: Any) -> dict[str, Any]:
    return one("AWS::ECS::Service", EnableExecuteCommand=True, **properties)


def cluster(sessions: Any) -> dict[str, Any]:
    return {
        "Cluster": {
            "Type": "AWS::ECS::Cluster",
            "Properties": {"Configuration": {"ExecuteCommandConfiguration": sessions}},
        }
    }


def task(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": list(containers)}}}


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ({"Logging": "NONE"}, "failed"),
        ({"Logging": "OVERRIDE", "LogConfiguration": {"S3BucketName": "sessions"}}, "passed"),
        ({"Logging": "OVERRIDE", "LogConfiguration": {"CloudWatchLogGroupName": {"Ref": "Group"}}}, "passed"),
        ({"Logging": "OVERRIDE"}, "failed"),
        ({"Logging": "OVERRIDE", "LogConfiguration": GIVEN}, "unknown"),
        ({"Logging": GIVEN}, "unknown"),
        (GIVEN, "unknown"),
    ],
)
def test_what_the_cluster_says(sessions: Any, expected: str) -> None:
    group = {"Group": {"Type": "AWS::Logs::LogGroup"}}
    assert judged(RULE, {**service(Cluster={"Ref": "Cluster"}), **cluster(sessions), **group}) == expected


@pytest.mark.parametrize("sessions", [{"Logging": "DEFAULT"}, {"KmsKeyId": "key"}])
@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        ([IN_CLOUDWATCH], "passed"),
        ([IN_CLOUDWATCH, ELSEWHERE], "failed"),
        ([{}], "failed"),
        ([{"LogConfiguration": GIVEN}], "unknown"),
    ],
)
def test_by_default_the_containers_say(sessions: Any, containers: list[dict[str, Any]], expected: str) -> None:
    named = service(Cluster={"Ref": "Cluster"}, TaskDefinition={"Ref": "Task"})
    assert judged(RULE, {**named, **cluster(sessions), **task(*containers)}) == expected
    assert judged(RULE, {**service(TaskDefinition={"Ref": "Task"}), **task(*containers)}) == expected


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::ECS::Service"), "not_applicable"),
        (one("AWS::ECS::Service", EnableExecuteCommand="false"), "not_applicable"),
        (one("AWS::ECS::Service", EnableExecuteCommand=GIVEN), "unknown"),
        (service(Cluster="elsewhere"), "unknown"),
        (service(TaskDefinition="elsewhere"), "unknown"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged(RULE, resources) == expected
