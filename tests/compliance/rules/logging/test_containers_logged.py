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


@pytest.mark.parametrize(("containers", "severity"), [(({}, {}), None), ((LOGGED, {}), "warning")])
def test_one_of_several_is_a_warning(containers: Any, severity: str | None) -> None:
    found = verdict("containers_logged", _task(*containers))
    assert found is not None
    assert found.severity == severity
