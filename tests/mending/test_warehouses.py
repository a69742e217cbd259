"""Redshift's parameters are set where they stand, or in a group of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.mending.test_mend import mended, properties, template, why

RULE = "DatabaseActivityLogged"
CLUSTER, WORKGROUP = "AWS::Redshift::Cluster", "AWS::RedshiftServerless::Workgroup"
GROUP = "AWS::Redshift::ClusterParameterGroup"
RECORDED = {"ParameterName": "enable_user_activity_logging", "ParameterValue": "true"}
TLS = {"ParameterName": "require_ssl", "ParameterValue": "true"}


@pytest.mark.parametrize(
    ("values", "family"),
    [
        ({}, "redshift-2.0"),
        ({"ClusterParameterGroupName": "default.redshift-1.0"}, "redshift-1.0"),
    ],
)
def test_a_cluster_gets_a_parameter_group_of_its_own(values: dict[str, Any], family: str, tmp_path: Path) -> None:
    found = mended(template(CLUSTER, values), tmp_path, rules=[RULE])
    assert properties(found, "It")["ClusterParameterGroupName"] == {"Ref": "ItParameters"}
    group = properties(found, "ItParameters")
    assert (group["ParameterGroupFamily"], group["Parameters"]) == (family, [TLS, RECORDED])


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ([TLS], [TLS, RECORDED]),
        ([{**RECORDED, "ParameterValue": "false"}, TLS], [RECORDED, TLS]),
    ],
)
def test_the_group_that_is_there_is_used(parameters: list[Any], expected: list[Any], tmp_path: Path) -> None:
    own = {
        "Type": GROUP,
        "Properties": {"Description": "Own", "ParameterGroupFamily": "redshift-2.0", "Parameters": parameters},
    }
    found = mended(template(CLUSTER, {"ClusterParameterGroupName": {"Ref": "Own"}}, Own=own), tmp_path, rules=[RULE])
    assert found.added == []
    assert properties(found, "Own")["Parameters"] == expected


def test_a_workgroup_says_it_itself(tmp_path: Path) -> None:
    off = {"ParameterKey": "enable_user_activity_logging", "ParameterValue": "false"}
    found = mended(template(WORKGROUP, {"ConfigParameters": [off]}), tmp_path, rules=[RULE])
    assert properties(found, "It")["ConfigParameters"] == [{**off, "ParameterValue": "true"}]


def test_what_an_if_decides_is_left(tmp_path: Path) -> None:
    chosen = {"Fn::If": ["Audited", RECORDED, {**RECORDED, "ParameterValue": "false"}]}
    own = {
        "Type": GROUP,
        "Properties": {"Description": "Own", "ParameterGroupFamily": "redshift-2.0", "Parameters": [chosen]},
    }
    text = template(CLUSTER, {"ClusterParameterGroupName": {"Ref": "Own"}}, Own=own)
    head = "Parameters: {P: {Type: String}}\nConditions: {Audited: {'Fn::Equals': [{Ref: P}, 'yes']}}\n"
    found = mended(head + text, tmp_path, rules=[RULE])
    assert not found.changed
    assert "decides the value at deployment" in why(found, RULE)
