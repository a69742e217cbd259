from __future__ import annotations

import json
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


def document(**inputs: Any) -> dict[str, Any]:
    return {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (document(cloudWatchLogGroupName="sessions"), "passed"),
        (document(cloudWatchLogGroupName={"Ref": "Group"}), "passed"),
        (document(s3BucketName="sessions"), "passed"),
        (json.dumps(document(s3BucketName="sessions")), "passed"),
        # What the console writes where nothing was chosen.
        (document(cloudWatchLogGroupName="", s3BucketName=""), "failed"),
        ({"schemaVersion": "1.0", "sessionType": "InteractiveCommands"}, "failed"),
        (json.dumps(document()), "failed"),
        ({"schemaVersion": "1.0", "sessionType": "Port"}, "not_applicable"),
        (document(cloudWatchLogGroupName=GIVEN), "unknown"),
        ({"schemaVersion": "1.0", "sessionType": GIVEN}, "unknown"),
        ("schemaVersion: '1.0'", "unknown"),
        (GIVEN, "unknown"),
    ],
)
def test_what_a_document_of_session_manager_says(content: Any, expected: str) -> None:
    resources = one("AWS::SSM::Document", DocumentType="Session", Content=content)
    assert judged(RULE, {**resources, "Group": {"Type": "AWS::Logs::LogGroup"}}) == expected


@pytest.mark.parametrize(
    ("kind", "expected"), [({}, "not_applicable"), ({"DocumentType": "Automation"}, "not_applicable")]
)
def test_other_documents_open_no_sessions(kind: dict[str, Any], expected: str) -> None:
    assert judged(RULE, one("AWS::SSM::Document", Content={"schemaVersion": "2.2"}, **kind)) == expected


def test_a_type_that_deployment_tells_is_unknown() -> None:
    assert judged(RULE, one("AWS::SSM::Document", DocumentType=GIVEN, Content=document())) == "unknown"
