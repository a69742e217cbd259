from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

CLUSTER = "AWS::EKS::Cluster"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(CLUSTER, AccessConfig={"AuthenticationMode": "API"}), "passed"),
        (one(CLUSTER, AccessConfig={"AuthenticationMode": "API_AND_CONFIG_MAP"}), "passed"),
        (one(CLUSTER, AccessConfig={"AuthenticationMode": "CONFIG_MAP"}), "failed"),
        (one(CLUSTER, AccessConfig={"BootstrapClusterCreatorAdminPermissions": False}), "failed"),
        (one(CLUSTER), "failed"),
        (one(CLUSTER, AccessConfig={"AuthenticationMode": GIVEN}), "unknown"),
        (one(CLUSTER, AccessConfig=GIVEN), "unknown"),
        (one("AWS::EKS::Nodegroup"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("cluster_access_recorded", resources) == expected
