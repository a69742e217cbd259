from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict


@pytest.mark.parametrize(
    ("service", "parameters", "expected"),
    [
        ("DocDB", {"tls": "disabled"}, "failed"),
        ("DocDB", {"tls": "enabled"}, "failed"),
        ("DocDB", {"tls": "tls1.2+"}, "passed"),
        ("DocDB", {"tls": "tls1.3+"}, "passed"),
        ("DocDB", {"tls": "fips-140-3"}, "passed"),
        ("DocDB", {"audit_logs": "enabled"}, "failed"),
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
    [({}, "failed"), ({"DBClusterParameterGroupName": "elsewhere"}, "unknown")],
)
def test_no_group_of_the_app(properties: dict[str, Any], expected: str) -> None:
    assert judged("cluster_tls_required", one("AWS::DocDB::DBCluster", **properties)) == expected


@pytest.mark.parametrize(("value", "severity"), [("disabled", None), ("enabled", "warning")])
def test_old_tls_is_better_than_none(value: str, severity: str | None) -> None:
    group = {"Type": "AWS::DocDB::DBClusterParameterGroup", "Properties": {"Parameters": {"tls": value}}}
    cluster = one("AWS::DocDB::DBCluster", DBClusterParameterGroupName={"Ref": "Group"})
    found = verdict("cluster_tls_required", {"Group": group, **cluster})
    assert found is not None
    assert found.severity == severity
