from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

RULE = "resource_use_monitored"
CLUSTER, INSTANCE, CONTAINERS = "AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::ECS::Cluster"


def _insights(value: Any) -> list[dict[str, Any]]:
    return [{"Name": "containerInsights", "Value": value}]


def _member(cluster: dict[str, Any], **properties: Any) -> dict[str, Any]:
    aurora = {"Type": CLUSTER, "Properties": {"Engine": "aurora-mysql", **cluster}}
    return one(INSTANCE, DBClusterIdentifier={"Ref": "Aurora"}, **properties) | {"Aurora": aurora}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(INSTANCE, MonitoringInterval=60), "passed"),
        (one(INSTANCE, MonitoringInterval="15"), "passed"),
        (one(INSTANCE, MonitoringInterval=0), "failed"),
        (one(INSTANCE, MonitoringInterval="0"), "failed"),
        (one(INSTANCE), "failed"),
        (one(INSTANCE, MonitoringInterval=GIVEN), "unknown"),
        (one(INSTANCE, Engine="custom-oracle-ee"), "not_applicable"),
        (_member({}), "failed"),
        (_member({"MonitoringInterval": 30}), "passed"),
        (_member({"MonitoringInterval": 0}, MonitoringInterval=30), "passed"),
        (_member({"MonitoringInterval": GIVEN}), "unknown"),
        (one(INSTANCE, DBClusterIdentifier=GIVEN), "unknown"),
        (one(INSTANCE, DBClusterIdentifier=GIVEN, MonitoringInterval=60), "passed"),
        (one(CLUSTER, Engine="aurora-postgresql"), "not_applicable"),
        (one(CLUSTER, Engine="postgres", DBClusterInstanceClass="db.m6gd.large"), "failed"),
        (one(CLUSTER, Engine="postgres", DBClusterInstanceClass=GIVEN, MonitoringInterval=5), "passed"),
        (one(CONTAINERS), "failed"),
        (one(CONTAINERS, ClusterSettings=[]), "failed"),
        (one(CONTAINERS, ClusterSettings=_insights("enabled")), "passed"),
        (one(CONTAINERS, ClusterSettings=_insights("enhanced")), "passed"),
        (one(CONTAINERS, ClusterSettings=_insights("disabled")), "failed"),
        (one(CONTAINERS, ClusterSettings=_insights(GIVEN)), "unknown"),
        (one(CONTAINERS, ClusterSettings=GIVEN), "unknown"),
        (one("AWS::Neptune::DBInstance"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged(RULE, resources) == expected


def test_a_finding_says_what_is_not_watched() -> None:
    found = verdict(RULE, one(INSTANCE))
    assert found
    assert found.message == "MonitoringInterval is not set, so the operating system below it is not watched."
