from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

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
    assert several.message == "ReadonlyRootFilesystem is not true for container api, container jobs."


@pytest.mark.parametrize(
    ("resources", "goes_with"),
    [
        (one("AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Name": "app"}]), "task"),
        (one("AWS::Batch::JobDefinition", ContainerProperties={"Image": "etl:1"}), "job"),
    ],
)
@pytest.mark.parametrize("in_cdk", [False, True])
def test_where_programs_write_is_said(resources: dict[str, Any], goes_with: str, in_cdk: bool) -> None:
    said = to_do("container_files_read_only", resources, in_cdk=in_cdk)
    assert (
        f"such as /tmp, is a volume that goes with the {goes_with}: an item of Volumes with a Name and no Host" in said
    )
