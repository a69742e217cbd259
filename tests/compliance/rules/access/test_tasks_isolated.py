from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

TASK = "AWS::ECS::TaskDefinition"
ROLE = "arn:aws:iam::111122223333:role/intake"


def _task(mode: Any = "awsvpc", role: Any = ROLE, runs: Any = ("EC2",), **beside: Any) -> dict[str, Any]:
    given = {"NetworkMode": mode, "TaskRoleArn": role, "RequiresCompatibilities": list(runs) if runs else runs}
    return one(TASK, **{name: value for name, value in given.items() if value is not None}) | beside


def _service(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": {"Ref": "Subject"}, **properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_task(), "passed"),
        (_task(mode="none"), "passed"),
        (_task(mode="host"), "failed"),
        (_task(mode="bridge"), "failed"),
        (_task(mode=None), "failed"),
        (_task(mode=GIVEN), "unknown"),
        (_task(role=None), "failed"),
        (_task(role=GIVEN), "passed"),
        (_task(runs=None), "passed"),
        (_task(runs=None, mode="bridge"), "failed"),
        # It may be for Fargate.
        (_task(runs=None, role=None), "passed"),
        (_task(runs=None, role=None, Service=_service()), "passed"),
        (_task(runs=None, role=None, Service=_service(LaunchType="FARGATE")), "passed"),
        (_task(runs=None, role=None, Service=_service(LaunchType="EC2")), "failed"),
        (_task(runs=("FARGATE",), role=None), "not_applicable"),
        (_task(runs=("EC2", "FARGATE"), role=None), "not_applicable"),
        (_task(runs=("EXTERNAL",), mode="bridge"), "not_applicable"),
        (_task(runs=(GIVEN,)), "unknown"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("tasks_isolated", resources) == expected


def test_what_is_seen_is_said_at_once() -> None:
    found = verdict("tasks_isolated", _task(mode=None, role=None))
    assert found is not None
    assert found.message == (
        "NetworkMode is not set, so a bridge: the instance's security groups hold for all of it. "
        "TaskRoleArn is not set, so containers may take the instance's role."
    )


JOB = "AWS::Batch::JobDefinition"
ROLELESS = {"Image": "fold"}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"ContainerProperties": {**ROLELESS, "JobRoleArn": ROLE}}, "passed"),
        ({"ContainerProperties": {**ROLELESS, "JobRoleArn": GIVEN}}, "passed"),
        ({"ContainerProperties": ROLELESS}, "failed"),
        ({"ContainerProperties": ROLELESS, "PlatformCapabilities": ["EC2"]}, "failed"),
        ({"ContainerProperties": ROLELESS, "PlatformCapabilities": ["FARGATE"]}, "not_applicable"),
        ({"ContainerProperties": ROLELESS, "PlatformCapabilities": [GIVEN]}, "unknown"),
        ({"EcsProperties": {"TaskProperties": [{"Containers": [ROLELESS], "TaskRoleArn": ROLE}]}}, "passed"),
        ({"EcsProperties": {"TaskProperties": [{"Containers": [ROLELESS]}]}}, "failed"),
        ({"NodeProperties": {"NodeRangeProperties": [{"Container": ROLELESS}]}}, "failed"),
        ({"EksProperties": {"PodProperties": {"Containers": [ROLELESS]}}}, "failed"),
        ({"EksProperties": {"PodProperties": {"Containers": [ROLELESS], "HostNetwork": True}}}, "failed"),
        ({"EksProperties": {"PodProperties": {"Containers": [ROLELESS], "HostNetwork": False}}}, "passed"),
        ({"EksProperties": {"PodProperties": {"Containers": [ROLELESS], "HostNetwork": GIVEN}}}, "unknown"),
        ({"EksProperties": {"PodProperties": GIVEN}}, "unknown"),
        (
            {"NodeProperties": {"NodeRangeProperties": [{"EksProperties": {"PodProperties": {"HostNetwork": True}}}]}},
            "failed",
        ),
    ],
)
def test_jobs(properties: dict[str, Any], expected: str) -> None:
    assert judged("tasks_isolated", one(JOB, **properties)) == expected


def test_the_fix_of_a_pod_is_a_network_of_its_own() -> None:
    pod = one(JOB, EksProperties={"PodProperties": {"Containers": [ROLELESS]}})
    assert "HostNetwork: false" in to_do("tasks_isolated", pod)
    assert "HostNetwork" not in to_do("tasks_isolated", one(JOB, ContainerProperties=ROLELESS))
