from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("service", "parameters", "expected"),
    [
        ("DocDB", {"tls": "disabled"}, "failed"),
        ("DocDB", {"tls": "enabled"}, "passed"),
        ("DocDB", {"tls": "tls1.2+"}, "passed"),
        ("DocDB", {"audit_logs": "enabled"}, "passed"),
        ("DocDB", {"tls": GIVEN}, "unknown"),
        ("Neptune", {"neptune_enforce_ssl": 0}, "failed"),
        ("Neptune", {"neptune_enforce_ssl": 1}, "passed"),
        ("Neptune", {}, "passed"),
    ],
)
@pytest.mark.parametrize("by_name", [True, False])
def test_parameter_group(service: str, parameters: Any, expected: str, by_name: bool) -> None:
    group = {
        "Group": {
            "Type": f"AWS::{service}::DBClusterParameterGroup",
            "Properties": {"Name": "shared", "Parameters": parameters},
        }
    }
    named: Any = "shared" if by_name else {"Ref": "Group"}
    cluster = one(f"AWS::{service}::DBCluster", DBClusterParameterGroupName=named)
    stacks = (group, cluster) if by_name else ({**group, **cluster},)
    assert judged("cluster_tls_required", *stacks) == expected


@pytest.mark.parametrize(
    ("properties", "expected"),
    [({}, "passed"), ({"DBClusterParameterGroupName": "elsewhere"}, "unknown")],
)
def test_no_group_of_the_app(properties: dict[str, Any], expected: str) -> None:
    assert judged("cluster_tls_required", one("AWS::DocDB::DBCluster", **properties)) == expected
