from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

JOB, TASK = "AWS::Batch::JobDefinition", "AWS::ECS::TaskDefinition"
WINDOWS = {"OperatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}


def _task(*containers: Any, **properties: Any) -> dict[str, Any]:
    return one(TASK, ContainerDefinitions=list(containers), **properties)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_task({"Name": "api", "ReadonlyRootFilesystem": True}), "passed"),
        (_task({"Name": "api", "ReadonlyRootFilesystem": False}), "failed"),
        (_task({"Name": "api"}), "failed"),
        (_task({"Name": "api", "ReadonlyRootFilesystem": True}, {"Name": "proxy"}), "failed"),
        (_task({"Name": "api", "ReadonlyRootFilesystem": GIVEN}), "unknown"),
        (_task(GIVEN), "unknown"),
        (
            _task({"Name": "api"}, RuntimePlatform=WINDOWS),
            "not_applicable",
        ),
        (one(TASK), "not_applicable"),
        (one(JOB, ContainerProperties={"Image": "api", "ReadonlyRootFilesystem": True}), "passed"),
        (one(JOB, ContainerProperties={"Image": "api"}), "failed"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("container_files_read_only", resources) == expected


def test_the_only_container_needs_no_name() -> None:
    assert verdict("container_files_read_only", _task({"Name": "api"})).message == "ReadonlyRootFilesystem is not true."
    several = verdict("container_files_read_only", _task({"Name": "api"}, {"Name": "jobs"}))
    assert several.seen == tuple(f"ReadonlyRootFilesystem is not true for container {one}." for one in ("api", "jobs"))
