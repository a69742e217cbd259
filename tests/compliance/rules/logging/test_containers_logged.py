from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

TASK = "AWS::ECS::TaskDefinition"
LOGGED = {"LogConfiguration": {"LogDriver": "awslogs"}}


def _task(*containers: Any) -> dict[str, Any]:
    named = [
        {"Name": f"c{number}", "Image": "api:1", **container} if isinstance(container, dict) else container
        for number, container in enumerate(containers)
    ]
    return one(TASK, ContainerDefinitions=named)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_task({}), "failed"),
        (_task(LOGGED), "passed"),
        (_task(LOGGED, {}), "failed"),
        (_task(LOGGED, {"FirelensConfiguration": {"Type": "fluentbit"}}), "passed"),
        (_task({"LogConfiguration": {"LogDriver": "none"}}), "failed"),
        (_task({"LogConfiguration": {"LogDriver": GIVEN}}), "unknown"),
        (_task({"LogConfiguration": GIVEN}), "unknown"),
        (one(TASK, ContainerDefinitions=[]), "not_applicable"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("containers_logged", resources) == expected


@pytest.mark.parametrize(
    ("containers", "kinds", "severity"),
    [
        (({}, {}), ["FARGATE"], None),
        ((LOGGED, {}), ["FARGATE"], "warning"),
        # On machines, an agent may read what containers write.
        (({}, {}), ["EC2", "FARGATE"], "warning"),
        (({}, {}), [], "warning"),
    ],
)
def test_what_is_certainly_lost_is_an_error(containers: Any, kinds: Any, severity: str | None) -> None:
    task = _task(*containers)
    task["Subject"]["Properties"]["RequiresCompatibilities"] = kinds
    found = verdict("containers_logged", task)
    assert found is not None
    assert found.severity == severity


def _making(name: Any, made: Any = "true") -> dict[str, Any]:
    options = {"awslogs-create-group": made, "awslogs-group": name, "awslogs-region": "us-east-1"}
    return {"LogConfiguration": {"LogDriver": "awslogs", "Options": options}}


GROUP = {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/ecs/app"}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_task(_making("/ecs/app")), "failed"),
        (_task(LOGGED, _making({"Fn::Sub": "/ecs/${AWS::StackName}"})), "failed"),
        (_task(_making("/ecs/app")) | GROUP, "passed"),
        (_task(_making({"Ref": "Group"})) | GROUP, "passed"),
        (_task(_making("/ecs/other")) | GROUP, "failed"),
        (_task(_making("/ecs/app", "false")), "passed"),
        (_task(_making("/ecs/app", GIVEN)), "passed"),
        (_task(_making(GIVEN)), "passed"),
    ],
)
def test_a_group_that_the_task_makes_has_neither_key_nor_end(resources: dict[str, Any], expected: str) -> None:
    found = verdict("containers_logged", resources)
    assert found is not None
    assert found.outcome == expected
    assert (found.severity == "warning") is (expected == "failed")


def test_a_task_that_makes_its_group_is_given_one() -> None:
    assert "leave awslogs-create-group out" in to_do("containers_logged", _task(_making("/ecs/app")))
    assert "awslogs-create-group" not in to_do("containers_logged", _task({}))


JOB = "AWS::Batch::JobDefinition"
GROUP = {"Jobs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "jobs"}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(JOB, ContainerProperties={"Image": "etl:1"}), "passed"),
        (one(JOB, ContainerProperties={"Image": "etl:1", **_making("jobs", "false")}), "passed"),
        (one(JOB, ContainerProperties={"Image": "etl:1", **_making("jobs")}), "failed"),
        ({**one(JOB, ContainerProperties={"Image": "etl:1", **_making({"Ref": "Jobs"})}), **GROUP}, "passed"),
        (one(JOB, EcsProperties={"TaskProperties": [{"Containers": [{"Name": "a", **_making("jobs")}]}]}), "failed"),
        (one(JOB, NodeProperties={"NodeRangeProperties": [{"Container": _making("jobs")}]}), "failed"),
        (one(JOB, ContainerProperties=GIVEN), "unknown"),
        (one(JOB, EksProperties={"PodProperties": {"Containers": [{"Name": "app"}]}}), "not_applicable"),
    ],
)
def test_jobs_log_by_themselves_and_may_make_a_group_that_is_not_kept(resources: dict[str, Any], expected: str) -> None:
    found = verdict("containers_logged", resources)
    assert found is not None
    assert (found.outcome, found.severity) == (expected, "warning" if expected == "failed" else None)
