from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (
            "AWS::EMR::SecurityConfiguration",
            {"SecurityConfiguration": {"EncryptionConfiguration": {"EnableInTransitEncryption": True}}},
            "passed",
        ),
        (
            "AWS::EMR::SecurityConfiguration",
            {"SecurityConfiguration": {"EncryptionConfiguration": {"EnableAtRestEncryption": True}}},
            "failed",
        ),
        ("AWS::EMR::SecurityConfiguration", {"SecurityConfiguration": GIVEN}, "unknown"),
        (
            "AWS::SageMaker::ProcessingJob",
            {"ProcessingResources": {"ClusterConfig": {"InstanceCount": 1}}},
            "not_applicable",
        ),
        ("AWS::SageMaker::ProcessingJob", {"ProcessingResources": {"ClusterConfig": {"InstanceCount": 2}}}, "failed"),
        (
            "AWS::SageMaker::ProcessingJob",
            {
                "ProcessingResources": {"ClusterConfig": {"InstanceCount": 2}},
                "NetworkConfig": {"EnableInterContainerTrafficEncryption": True},
            },
            "passed",
        ),
        (
            "AWS::SageMaker::ModelBiasJobDefinition",
            {"JobResources": {"ClusterConfig": {"InstanceCount": "3"}}},
            "failed",
        ),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("job_traffic_encrypted", one(kind, **properties)) == expected
