from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::ECS::TaskDefinition", {}, "not_applicable"),
        ("AWS::ECS::TaskDefinition", {"Volumes": [{"Name": "scratch"}]}, "not_applicable"),
        (
            "AWS::ECS::TaskDefinition",
            {"Volumes": [{"EFSVolumeConfiguration": {"TransitEncryption": "ENABLED"}}]},
            "passed",
        ),
        (
            "AWS::ECS::TaskDefinition",
            {"Volumes": [{"EFSVolumeConfiguration": {"TransitEncryption": "ENABLED"}}, {"EFSVolumeConfiguration": {}}]},
            "failed",
        ),
        (
            "AWS::ECS::TaskDefinition",
            {"Volumes": [{"EFSVolumeConfiguration": {"TransitEncryption": "DISABLED"}}]},
            "failed",
        ),
        ("AWS::ECS::TaskDefinition", {"Volumes": [{"EFSVolumeConfiguration": GIVEN}]}, "unknown"),
        ("AWS::ECS::TaskDefinition", {"Volumes": GIVEN}, "unknown"),
        ("AWS::Batch::JobDefinition", {"ContainerProperties": {"Volumes": [{"EfsVolumeConfiguration": {}}]}}, "failed"),
        (
            "AWS::Batch::JobDefinition",
            {
                "EcsProperties": {
                    "TaskProperties": [{"Volumes": [{"EfsVolumeConfiguration": {"TransitEncryption": "ENABLED"}}]}]
                }
            },
            "passed",
        ),
        (
            "AWS::Batch::JobDefinition",
            {"NodeProperties": {"NodeRangeProperties": [{"Container": {"Volumes": [{"EfsVolumeConfiguration": {}}]}}]}},
            "failed",
        ),
        ("AWS::Batch::JobDefinition", {}, "not_applicable"),
        ("AWS::DataSync::LocationEFS", {}, "failed"),
        ("AWS::DataSync::LocationEFS", {"InTransitEncryption": "TLS1_2"}, "passed"),
        ("AWS::DataSync::LocationObjectStorage", {}, "passed"),
        ("AWS::DataSync::LocationObjectStorage", {"ServerProtocol": "HTTP"}, "failed"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("file_mount_tls_required", one(kind, **properties)) == expected
