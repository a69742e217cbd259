from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

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
