from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


def _image(groups: list[Any]) -> dict[str, Any]:
    settings = {"LaunchPermissionConfiguration": {"UserGroups": groups}}
    return one(
        "AWS::ImageBuilder::DistributionConfiguration", Distributions=[{"AmiDistributionConfiguration": settings}]
    )


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::EC2::SnapshotBlockPublicAccess", State="block-all-sharing"), "passed"),
        (one("AWS::EC2::SnapshotBlockPublicAccess", State="block-new-sharing"), "failed"),
        (one("AWS::EC2::SnapshotBlockPublicAccess", State=GIVEN), "unknown"),
        (_image(["all"]), "failed"),
        (_image([]), "not_applicable"),
        (_image([GIVEN]), "unknown"),
        (one("AWS::EC2::Volume"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("snapshot_not_public", resources) == expected
