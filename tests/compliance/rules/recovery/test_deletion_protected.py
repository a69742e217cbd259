from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
FIREWALL = "AWS::NetworkFirewall::Firewall"
PROTECTED = dict.fromkeys(("DeleteProtection", "FirewallPolicyChangeProtection", "SubnetChangeProtection"), True)


def _replicas(*protected: bool) -> dict[str, Any]:
    replicas = [{"DeletionProtectionEnabled": value} for value in protected]
    return one("AWS::DynamoDB::GlobalTable", Replicas=replicas)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::RDS::DBInstance", DeletionProtection=True), "passed"),
        (one("AWS::RDS::DBInstance", DeletionProtection="false"), "failed"),
        (one("AWS::RDS::DBInstance"), "failed"),
        (one("AWS::RDS::DBInstance", DeletionProtection=GIVEN), "unknown"),
        (one("AWS::RDS::DBInstance", DBClusterIdentifier="c"), "not_applicable"),
        (one("AWS::RDS::DBCluster"), "failed"),
        (one("AWS::DynamoDB::Table", DeletionProtectionEnabled=True), "passed"),
        (one("AWS::DynamoDB::Table"), "failed"),
        (_replicas(True, True), "passed"),
        (_replicas(True, False), "failed"),
        (one("AWS::Cognito::UserPool", DeletionProtection="ACTIVE"), "passed"),
        (one("AWS::Cognito::UserPool"), "failed"),
        (one("AWS::EKS::Cluster", DeletionProtection=True), "passed"),
        (one("AWS::EKS::Cluster"), "failed"),
        (one("AWS::EKS::Cluster", DeletionProtection=GIVEN), "unknown"),
        (one(BALANCER), "failed"),
        (one(BALANCER, LoadBalancerAttributes=[{"Key": "deletion_protection.enabled", "Value": "true"}]), "passed"),
        (one(BALANCER, LoadBalancerAttributes=GIVEN), "unknown"),
        (one(FIREWALL, DeleteProtection=True, FirewallPolicyChangeProtection=True), "failed"),
        (one(FIREWALL, SubnetChangeProtection=True, FirewallPolicyChangeProtection=True), "failed"),
        (one(FIREWALL, **PROTECTED), "passed"),
        (one(FIREWALL, **{**PROTECTED, "DeleteProtection": GIVEN}), "unknown"),
        (one("AWS::DynamoDB::Table", Tags=[{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("deletion_protected", resources) == expected


def test_load_balancers_weigh_less_than_databases() -> None:
    found = [verdict("deletion_protected", one(kind)) for kind in ("AWS::RDS::DBInstance", BALANCER, FIREWALL)]
    assert [one.severity for one in found if one is not None] == [None, "warning", "warning"]


POOL = "AWS::Cognito::UserPool"
REPLICA = {"Type": "AWS::RDS::DBInstance", "Properties": {"SourceDBInstanceIdentifier": {"Ref": "Source"}}}
SOURCE = {"Source": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "mysql"}}}


def _with_policies(kind: str, deleted: Any, replaced: str | None) -> dict[str, Any]:
    policies = {"DeletionPolicy": deleted, "UpdateReplacePolicy": replaced}
    return {"Subject": {"Type": kind, **{name: value for name, value in policies.items() if value is not None}}}


@pytest.mark.parametrize(
    ("resources", "severity"),
    [
        (one(POOL), "warning"),
        ({"Subject": {"Type": POOL, "DeletionPolicy": "Retain"}}, "warning"),
        (_with_policies(POOL, "Retain", "Retain"), "warning"),
        (_with_policies("AWS::DynamoDB::Table", "Retain", "Retain"), "warning"),
        (_with_policies("AWS::DynamoDB::Table", "RetainExceptOnCreate", "Retain"), "warning"),
        (_with_policies("AWS::DynamoDB::Table", "Retain", None), "warning"),
        (_with_policies("AWS::DynamoDB::Table", "Snapshot", "Snapshot"), "warning"),
        (_with_policies("AWS::DynamoDB::Table", GIVEN, "Retain"), "warning"),
        (_with_policies("AWS::RDS::DBInstance", None, "Snapshot"), "warning"),
        (_with_policies("AWS::RDS::DBInstance", "Snapshot", "Snapshot"), "warning"),
        (_with_policies("AWS::RDS::DBInstance", "Delete", "Snapshot"), None),
        (_with_policies("AWS::RDS::DBInstance", None, None), None),
        (_with_policies("AWS::Neptune::DBCluster", "Snapshot", "Retain"), "warning"),
        (_with_policies("AWS::Neptune::DBCluster", None, "Retain"), "warning"),
        (one("AWS::RDS::GlobalCluster"), "warning"),
        ({"Subject": REPLICA} | SOURCE, "warning"),
        ({"Subject": REPLICA}, None),
    ],
)
def test_what_outlives_its_stack_weighs_less(resources: dict[str, Any], severity: str | None) -> None:
    found = verdict("deletion_protected", resources)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)


INSTANCE = "AWS::EC2::Instance"
DATA = [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 500}}]
ATTACHED = {"Attached": {"Type": "AWS::EC2::VolumeAttachment", "Properties": {"InstanceId": {"Ref": "Subject"}}}}
BY_TEMPLATE: dict[str, Any] = {"BlockDeviceMappings": DATA, "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Launch"}}}


def _launch(**data: Any) -> dict[str, Any]:
    return {"Launch": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": data}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(INSTANCE, BlockDeviceMappings=DATA), "failed"),
        (one(INSTANCE, BlockDeviceMappings=DATA, DisableApiTermination=True), "passed"),
        (one(INSTANCE, BlockDeviceMappings=DATA, DisableApiTermination=GIVEN), "unknown"),
        (one(INSTANCE) | ATTACHED, "failed"),
        (one(INSTANCE, Volumes=[{"VolumeId": "vol-1", "Device": "/dev/sdf"}]), "failed"),
        (one(INSTANCE, BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {}}]), "not_applicable"),
        (
            one(INSTANCE, BlockDeviceMappings=[{"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}]),
            "not_applicable",
        ),
        (one(INSTANCE, BlockDeviceMappings=[{"DeviceName": GIVEN, "Ebs": {}}]), "not_applicable"),
        (one(INSTANCE, BlockDeviceMappings=GIVEN), "not_applicable"),
        (one(INSTANCE), "not_applicable"),
        (one(INSTANCE, **BY_TEMPLATE) | _launch(DisableApiTermination=True), "passed"),
        (one(INSTANCE, **BY_TEMPLATE) | _launch(), "failed"),
        (one(INSTANCE, **BY_TEMPLATE, DisableApiTermination=False) | _launch(DisableApiTermination=True), "failed"),
        (one(INSTANCE, **BY_TEMPLATE), "unknown"),
    ],
)
def test_an_instance_with_data(resources: dict[str, Any], expected: str) -> None:
    found = verdict("deletion_protected", resources)
    assert found is not None
    assert found.outcome.value == expected
    assert (found.severity == "warning") is (expected == "failed")


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"Instances": {"TerminationProtected": True}}, "passed"),
        ({"Instances": {"TerminationProtected": False}}, "failed"),
        ({"Instances": {}}, "failed"),
        ({"Instances": {"TerminationProtected": GIVEN}}, "unknown"),
        ({"Instances": {"KeepJobFlowAliveWhenNoSteps": False}}, "not_applicable"),
        ({"Instances": {}, "AutoTerminationPolicy": {"IdleTimeout": 3600}}, "not_applicable"),
    ],
)
def test_clusters_of_emr_that_stay(properties: dict[str, Any], expected: str) -> None:
    assert judged("deletion_protected", one("AWS::EMR::Cluster", **properties)) == expected
