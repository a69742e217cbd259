from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

SEARCH = "AWS::OpenSearchService::Domain"
FIREWALL = "AWS::NetworkFirewall::Firewall"


def _member(number: int) -> dict[str, Any]:
    properties = {"DBClusterIdentifier": {"Ref": "Subject"}}
    return {f"Member{number}": {"Type": "AWS::RDS::DBInstance", "Properties": properties}}


def _files(kind: str, system: str, deployment: Any) -> dict[str, Any]:
    configuration = {f"{system}Configuration": {"DeploymentType": deployment}}
    return one("AWS::FSx::FileSystem", FileSystemType=kind, **configuration)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::RDS::DBInstance", MultiAZ=True), "passed"),
        (one("AWS::RDS::DBInstance"), "failed"),
        (one("AWS::RDS::DBInstance", MultiAZ=GIVEN), "unknown"),
        (one("AWS::RDS::DBInstance", DBClusterIdentifier="c"), "not_applicable"),
        (one("AWS::RDS::DBInstance", SourceDBInstanceIdentifier="db"), "not_applicable"),
        (one("AWS::RDS::DBCluster"), "failed"),
        (one("AWS::RDS::DBCluster") | _member(1), "failed"),
        (one("AWS::RDS::DBCluster") | _member(1) | _member(2), "passed"),
        (one("AWS::RDS::DBCluster", DBClusterInstanceClass="db.r6gd.large"), "passed"),
        (one("AWS::ElastiCache::ReplicationGroup", AutomaticFailoverEnabled=True, MultiAZEnabled=True), "passed"),
        (one("AWS::ElastiCache::ReplicationGroup", AutomaticFailoverEnabled=True), "failed"),
        (one(SEARCH, ClusterConfig={"ZoneAwarenessEnabled": True}), "passed"),
        (one(SEARCH, ClusterConfig={"MultiAZWithStandbyEnabled": True}), "passed"),
        (one(SEARCH, ClusterConfig=GIVEN), "unknown"),
        (one(SEARCH), "failed"),
        (one("AWS::Elasticsearch::Domain", ElasticsearchClusterConfig={"ZoneAwarenessEnabled": "true"}), "passed"),
        (one("AWS::EFS::FileSystem"), "passed"),
        (one("AWS::EFS::FileSystem", AvailabilityZoneName="us-east-1a"), "failed"),
        (_files("WINDOWS", "Windows", "MULTI_AZ_1"), "passed"),
        (_files("WINDOWS", "Windows", "SINGLE_AZ_2"), "failed"),
        (_files("ONTAP", "Ontap", GIVEN), "unknown"),
        (_files("LUSTRE", "Lustre", "PERSISTENT_2"), "not_applicable"),
        (one("AWS::AmazonMQ::Broker", DeploymentMode="SINGLE_INSTANCE"), "failed"),
        (one("AWS::AmazonMQ::Broker", DeploymentMode="CLUSTER_MULTI_AZ"), "passed"),
        (one("AWS::MemoryDB::Cluster", NumReplicasPerShard=0), "failed"),
        (one(FIREWALL, SubnetMappings=[{"SubnetId": "subnet-1"}]), "failed"),
        (one(FIREWALL, SubnetMappings=[{"SubnetId": GIVEN}, {"SubnetId": "subnet-2"}]), "passed"),
        (one(FIREWALL, AvailabilityZoneMappings=[{"AvailabilityZone": zone} for zone in "ab"]), "passed"),
        (one(FIREWALL), "failed"),
        (one(FIREWALL, SubnetMappings=GIVEN), "unknown"),
        (one("AWS::RDS::DBInstance", Tags=[{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]), "not_inspected"),
        (one("AWS::DynamoDB::Table"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("multi_az", resources) == expected


def test_serverless_clusters_are_started_anew_elsewhere() -> None:
    assert judged("multi_az", one("AWS::RDS::DBCluster", Engine="aurora-mysql")) == "failed"
    assert judged("multi_az", one("AWS::RDS::DBCluster", EngineMode="serverless")) == "not_applicable"


def test_a_migration_that_can_start_over_is_a_warning() -> None:
    assert verdict("multi_az", one("AWS::DMS::ReplicationInstance", MultiAZ=False)).severity == "warning"
    assert verdict("multi_az", one("AWS::RDS::DBInstance", MultiAZ=False)).severity is None


SERVICE, MACHINES = "AWS::ECS::Service", "AWS::AutoScaling::AutoScalingGroup"
BEHIND = {"LoadBalancers": [{"ContainerName": "portal", "ContainerPort": 8443, "TargetGroupArn": "arn"}]}
TARGETED = {"TargetGroupARNs": ["arn"]}


def _scalable(most: Any, name: Any = "${Subject.Name}") -> dict[str, Any]:
    properties = {
        "ServiceNamespace": "ecs",
        "ResourceId": {"Fn::Sub": f"service/cluster/{name}"},
        "MinCapacity": 1,
        "MaxCapacity": most,
    }
    return {"Scalable": {"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": properties}}


def _policy(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Scaling": {"Type": kind, "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(SERVICE, DesiredCount=2, **BEHIND), "passed"),
        (one(SERVICE, DesiredCount="1", **BEHIND), "failed"),
        (one(SERVICE, **BEHIND), "failed"),
        (one(SERVICE, DesiredCount=GIVEN, **BEHIND), "unknown"),
        (one(SERVICE, DesiredCount=0, **BEHIND), "passed"),
        (one(SERVICE, DesiredCount=1, ServiceRegistries=[{"RegistryArn": "arn"}]), "failed"),
        (one(SERVICE, DesiredCount=1), "not_applicable"),
        (one(SERVICE, SchedulingStrategy="DAEMON", **BEHIND), "passed"),
        (one(SERVICE, DesiredCount=1, **BEHIND) | _scalable(4), "passed"),
        (one(SERVICE, DesiredCount=1, **BEHIND) | _scalable(1), "failed"),
        (one(SERVICE, DesiredCount=1, **BEHIND) | _scalable(GIVEN), "unknown"),
        (one(SERVICE, DesiredCount=1, **BEHIND) | _scalable(4, "${Given}"), "unknown"),
        (
            one(SERVICE, DesiredCount=1, **BEHIND) | _scalable(4, "${Other.Name}") | {"Other": {"Type": SERVICE}},
            "failed",
        ),
        (one(MACHINES, MinSize="2", MaxSize="4", **TARGETED), "passed"),
        (one(MACHINES, MinSize="1", MaxSize="1", **TARGETED), "failed"),
        (one(MACHINES, MinSize=1, MaxSize=4, **TARGETED), "failed"),
        (one(MACHINES, MinSize=1, MaxSize=4, DesiredCapacity=2, **TARGETED), "passed"),
        (one(MACHINES, MinSize=GIVEN, MaxSize=4, **TARGETED), "unknown"),
        (one(MACHINES, MinSize="1", MaxSize="1"), "not_applicable"),
        (
            one(MACHINES, MinSize=1, MaxSize=4, **TARGETED)
            | _policy("AWS::AutoScaling::ScalingPolicy", AutoScalingGroupName={"Ref": "Subject"}),
            "passed",
        ),
        (
            one(MACHINES, MinSize=1, MaxSize=1, **TARGETED)
            | _policy("AWS::AutoScaling::ScalingPolicy", AutoScalingGroupName={"Ref": "Subject"}),
            "failed",
        ),
        (
            one(MACHINES, MinSize=1, MaxSize=4, **TARGETED)
            | _policy(
                "AWS::ECS::CapacityProvider", AutoScalingGroupProvider={"AutoScalingGroupArn": {"Ref": "Subject"}}
            ),
            "passed",
        ),
    ],
)
def test_one_task_or_machine_answers_requests(resources: dict[str, Any], expected: str) -> None:
    found = verdict("multi_az", resources)
    assert found is not None
    assert found.outcome == expected
    assert found.severity == ("warning" if expected == "failed" else None)


def _database(image: Any, *paths: str) -> dict[str, Any]:
    mounts = [{"SourceVolume": "data", "ContainerPath": path} for path in paths]
    containers = [{"Name": "log", "Image": "fluent-bit:3"}, {"Name": "db", "Image": image, "MountPoints": mounts}]
    task = {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": containers}}
    return {
        **one("AWS::ECS::Service", TaskDefinition={"Ref": "Task"}, ServiceRegistries=[{"RegistryArn": "arn:of:one"}]),
        "Task": task,
    }


@pytest.mark.parametrize(
    ("image", "paths", "place"),
    [
        ("postgres:15", ("/var/lib/postgresql/data",), "Amazon RDS or Aurora"),
        ("docker.io/bitnami/postgresql@sha256:0123", (), "Amazon RDS or Aurora"),
        ("mcr.microsoft.com/mssql/server:2022-latest", (), "Amazon RDS or Aurora"),
        ("container-registry.oracle.com/database/free:23", (), "Amazon RDS or Aurora"),
        ({"Fn::Sub": "${AWS::AccountId}.dkr.ecr.us-east-1.amazonaws.com/mysql:${Given}"}, (), "Amazon RDS or Aurora"),
        (GIVEN, ("/var/lib/mysql/",), "Amazon RDS or Aurora"),
        ("localhost:5000/mongo", (), "Amazon DocumentDB"),
        ("redis:7-alpine", ("/data",), "Amazon ElastiCache"),
        ("opensearchproject/opensearch:2", (), "Amazon OpenSearch Service"),
        ("rabbitmq:3-management", (), "Amazon MQ"),
    ],
)
def test_the_server_of_a_database_is_not_to_be_started_twice(image: Any, paths: tuple[str, ...], place: str) -> None:
    resources = _database(image, *paths)
    assert judged("multi_az", resources) == "failed"
    told = to_do("multi_az", resources)
    assert f"move that to {place}" in told
    assert "DesiredCount: 2" not in told
    in_cdk = to_do("multi_az", resources, in_cdk=True)
    assert place in in_cdk
    assert "desired_count=2" not in in_cdk


@pytest.mark.parametrize(
    ("image", "paths"),
    [
        ("records:1", ("/uploads",)),
        (GIVEN, ()),
        ("redis:7", ()),
        ("prometheuscommunity/postgres-exporter:v0.15", ()),
        ("mongo-express", ()),
        ("postgrest/postgrest", ()),
        ("postgres/app:1", ()),
    ],
)
def test_what_is_no_database_is(image: Any, paths: tuple[str, ...]) -> None:
    assert "Set DesiredCount: 2." in to_do("multi_az", _database(image, *paths))


@pytest.mark.parametrize(("desired", "count"), [({}, "MinSize"), ({"DesiredCapacity": "1"}, "DesiredCapacity")])
def test_the_number_that_machines_begin_with_is_the_one_to_raise(desired: dict[str, Any], count: str) -> None:
    group = one(
        "AWS::AutoScaling::AutoScalingGroup", MinSize="1", MaxSize="3", TargetGroupARNs=["arn:target"], **desired
    )
    found = verdict("multi_az", group)
    assert found is not None
    assert found.message.startswith(f"{count} is 1 ")
    fix = to_do("multi_az", group)
    assert 'MinSize: "2"' in fix
    # Auto Scaling refuses to begin with fewer than there are at least.
    assert ('DesiredCapacity: "2"' in fix) is bool(desired)
    properties = {**group["Subject"]["Properties"], "MinSize": "2", **({"DesiredCapacity": "2"} if desired else {})}
    assert judged("multi_az", one("AWS::AutoScaling::AutoScalingGroup", **properties)) == "passed"
