from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

RULE = "containers_unprivileged"
TASK = "AWS::ECS::TaskDefinition"
JOB = "AWS::Batch::JobDefinition"


def task(*containers: Any, **properties: Any) -> dict[str, Any]:
    return one(TASK, ContainerDefinitions=list(containers), **properties)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (task({"Name": "app"}), "passed"),
        (task({"Name": "app", "User": "1000:1000"}), "passed"),
        (task({"Name": "app", "Privileged": False}), "passed"),
        (task({"Name": "app", "Privileged": "true"}), "failed"),
        (task({"Name": "app"}, {"Name": "agent", "Privileged": True}), "failed"),
        (task({"Name": "app", "User": "root"}), "failed"),
        (task({"Name": "app", "User": 0}), "failed"),
        (task({"Name": "app", "LinuxParameters": {"Capabilities": {"Add": ["NET_BIND_SERVICE"]}}}), "passed"),
        (task({"Name": "app", "LinuxParameters": {"Capabilities": {"Add": ["ALL"]}}}), "failed"),
        (task({"Name": "app", "LinuxParameters": {"Capabilities": {"Drop": ["ALL"]}}}), "passed"),
        (task({"Name": "app"}, PidMode="host"), "failed"),
        (task({"Name": "app"}, PidMode="task"), "passed"),
        (task({"Name": "app"}, IpcMode=GIVEN), "unknown"),
        (task({"Name": "app", "Privileged": GIVEN}), "unknown"),
        (task({"Name": "app", "User": GIVEN}), "unknown"),
        (one(TASK, ContainerDefinitions=GIVEN), "unknown"),
        (one(TASK), "passed"),
        (one(JOB, ContainerProperties={"Image": "etl:1"}), "passed"),
        (one(JOB, ContainerProperties={"Image": "etl:1", "Privileged": True}), "failed"),
        (one(JOB, NodeProperties={"NodeRangeProperties": [{"Container": {"Privileged": True}}]}), "failed"),
        (one(JOB, EcsProperties={"TaskProperties": [{"Containers": [{"Privileged": True}]}]}), "failed"),
        (one("AWS::ECS::Service"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged(RULE, resources) == expected


def test_root_within_a_container_is_a_warning() -> None:
    found = verdict(RULE, task({"Name": "app", "User": "root"}))
    assert found is not None
    assert (found.severity, found.message) == ("warning", "User is root for container app.")
