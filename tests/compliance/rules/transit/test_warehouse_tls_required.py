from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::Redshift::Cluster", {}, "passed"),
        ("AWS::Redshift::Cluster", {"ClusterParameterGroupName": "default.redshift-1.0"}, "failed"),
        ("AWS::Redshift::Cluster", {"ClusterParameterGroupName": "default.redshift-2.0"}, "passed"),
        ("AWS::Redshift::Cluster", {"ClusterParameterGroupName": "elsewhere"}, "unknown"),
        ("AWS::Redshift::Cluster", {"ClusterParameterGroupName": GIVEN}, "unknown"),
        ("AWS::RedshiftServerless::Workgroup", {}, "passed"),
        (
            "AWS::RedshiftServerless::Workgroup",
            {"ConfigParameters": [{"ParameterKey": "require_ssl", "ParameterValue": "false"}]},
            "failed",
        ),
        (
            "AWS::RedshiftServerless::Workgroup",
            {"ConfigParameters": [{"ParameterKey": "require_ssl", "ParameterValue": "true"}]},
            "passed",
        ),
        ("AWS::RedshiftServerless::Workgroup", {"ConfigParameters": GIVEN}, "unknown"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("warehouse_tls_required", one(kind, **properties)) == expected


@pytest.mark.parametrize(
    ("family", "parameters", "expected"),
    [
        ("redshift-1.0", [{"ParameterName": "require_ssl", "ParameterValue": "true"}], "passed"),
        ("redshift-2.0", [{"ParameterName": "require_ssl", "ParameterValue": "false"}], "failed"),
        ("redshift-1.0", [], "failed"),
        ("redshift-2.0", [{"ParameterName": "auto_mv", "ParameterValue": "true"}], "passed"),
        ("redshift-2.0", [GIVEN], "unknown"),
        (GIVEN, [], "unknown"),
    ],
)
def test_parameter_group_of_another_stack(family: Any, parameters: Any, expected: str) -> None:
    properties = {"ParameterGroupName": "shared", "ParameterGroupFamily": family, "Parameters": parameters}
    group = {"Group": {"Type": "AWS::Redshift::ClusterParameterGroup", "Properties": properties}}
    cluster = one("AWS::Redshift::Cluster", ClusterParameterGroupName="shared")
    assert judged("warehouse_tls_required", group, cluster) == expected
