"""The scripts of the runbooks against moto, as Systems Manager runs them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from hipaa_constructs.detection.runbooks import (
    close_remote_administration,
    create_flow_log,
    encrypt_database_snapshot,
    make_database_snapshot_private,
    make_volume_snapshots_private,
    start_trail,
)
from tests.aws_session import session


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session())
        yield


def group_with(*permissions: dict[str, Any]) -> str:
    ec2 = boto3.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group_id = ec2.create_security_group(GroupName="admin", Description="admin", VpcId=vpc_id)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=list(permissions))
    return str(group_id)


def from_everywhere(protocol: str, first: int, last: int) -> dict[str, Any]:
    ports = {} if protocol == "-1" else {"FromPort": first, "ToPort": last}
    return {"IpProtocol": protocol, **ports, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def ports_open(group_id: str) -> set[tuple[str, int]]:
    rules = boto3.client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group_id]}])
    return {(rule["IpProtocol"], rule["FromPort"]) for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]}


@pytest.mark.parametrize(
    "rule",
    [
        from_everywhere("tcp", 22, 22),
        from_everywhere("tcp", 3389, 3389),
        from_everywhere("udp", 3389, 3389),
        from_everywhere("tcp", 0, 65535),
        from_everywhere("-1", 0, 0),
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
    ],
    ids=["ssh", "rdp", "rdp over udp", "all ports", "all traffic", "ipv6"],
)
def test_what_opens_ssh_or_rdp_to_the_internet_is_revoked(rule: dict[str, Any]) -> None:
    group_id = group_with(rule, from_everywhere("tcp", 443, 443))
    assert len(close_remote_administration.handle({"GroupId": group_id}, None)["Revoked"]) == 1
    assert ports_open(group_id) == {("tcp", 443)}
    assert close_remote_administration.handle({"GroupId": group_id}, None) == {"Revoked": []}


def test_administration_from_within_stays() -> None:
    inside = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    group_id = group_with(inside)
    assert close_remote_administration.handle({"GroupId": group_id}, None) == {"Revoked": []}
    assert ports_open(group_id) == {("tcp", 22)}


def test_public_volume_snapshots_become_private() -> None:
    ec2 = boto3.client("ec2")
    volume_id = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    public = ec2.create_snapshot(VolumeId=volume_id)["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=public, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
    )
    ec2.modify_snapshot_attribute(
        SnapshotId=public, Attribute="createVolumePermission", OperationType="add", UserIds=["111122223333"]
    )
    ec2.create_snapshot(VolumeId=volume_id)
    made_private = make_volume_snapshots_private.handle({}, None)["MadePrivate"]
    # moto does not filter by who may restore, so that the other is made private too.
    assert public in made_private
    permissions = ec2.describe_snapshot_attribute(SnapshotId=public, Attribute="createVolumePermission")
    assert permissions["CreateVolumePermissions"] == [{"UserId": "111122223333"}]


def snapshot(encrypted: bool = False) -> Any:
    rds = boto3.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="records",
        DBInstanceClass="db.t3.medium",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="someone",
        MasterUserPassword="not-a-secret",
        StorageEncrypted=encrypted,
    )
    rds.create_db_snapshot(DBInstanceIdentifier="records", DBSnapshotIdentifier="nightly")
    return rds


def test_a_public_database_snapshot_becomes_private() -> None:
    rds = snapshot()
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="nightly", AttributeName="restore", ValuesToAdd=["all", "111122223333"]
    )
    make_database_snapshot_private.handle({"SnapshotId": "nightly"}, None)
    result = rds.describe_db_snapshot_attributes(DBSnapshotIdentifier="nightly")["DBSnapshotAttributesResult"]
    assert result["DBSnapshotAttributes"] == [{"AttributeName": "restore", "AttributeValues": ["111122223333"]}]


def test_a_public_cluster_snapshot_becomes_private() -> None:
    rds = boto3.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="records",
        Engine="aurora-postgresql",
        MasterUsername="someone",
        MasterUserPassword="not-a-secret",
    )
    rds.create_db_cluster_snapshot(DBClusterIdentifier="records", DBClusterSnapshotIdentifier="weekly")
    rds.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier="weekly", AttributeName="restore", ValuesToAdd=["all"]
    )
    make_database_snapshot_private.handle({"SnapshotId": "weekly"}, None)
    result = rds.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier="weekly")
    attributes = result["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"]
    assert [attribute["AttributeValues"] for attribute in attributes] == [[]]


def test_an_unencrypted_snapshot_is_copied_once_and_stays() -> None:
    rds = snapshot()
    key_arn = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    events = {"SnapshotId": "nightly", "KmsKeyArn": key_arn}
    for _ in range(2):
        assert encrypt_database_snapshot.handle(events, None) == {"Encrypted": "nightly-encrypted"}
    by_hand = rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    snapshots = {one["DBSnapshotIdentifier"]: one for one in by_hand}
    assert sorted(snapshots) == ["nightly", "nightly-encrypted"]
    assert snapshots["nightly-encrypted"]["KmsKeyId"] == key_arn


def test_a_flow_log_is_made_of_all_traffic() -> None:
    vpc_id = boto3.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="flows")
    (group,) = logs.describe_log_groups()["logGroups"]
    trust = '{"Version": "2012-10-17", "Statement": []}'
    role = boto3.client("iam").create_role(RoleName="delivery", AssumeRolePolicyDocument=trust)["Role"]
    events = {"VpcId": vpc_id, "LogGroupArn": group["arn"], "DeliveryRoleArn": role["Arn"]}
    assert len(create_flow_log.handle(events, None)["Created"]) == 1
    (flow_log,) = boto3.client("ec2").describe_flow_logs()["FlowLogs"]
    assert (flow_log["ResourceId"], flow_log["TrafficType"]) == (vpc_id, "ALL")
    assert create_flow_log.handle(events, None) == {"Created": []}


def test_a_refused_flow_log_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def describe_flow_logs(self, **_: object) -> dict[str, Any]:
            return {"FlowLogs": []}

        def create_flow_logs(self, **_: object) -> dict[str, Any]:
            refused = {"ResourceId": "vpc-1", "Error": {"Code": "InvalidRole", "Message": "no such role"}}
            return {"FlowLogIds": [], "Unsuccessful": [refused]}

    monkeypatch.setattr(create_flow_log.boto3, "client", lambda service: Refusing())
    with pytest.raises(RuntimeError, match="vpc-1: no such role"):
        create_flow_log.handle({"VpcId": "vpc-1", "LogGroupArn": "a", "DeliveryRoleArn": "b"}, None)


def test_stopped_trails_are_started() -> None:
    boto3.client("s3").create_bucket(Bucket="trail")
    cloudtrail = boto3.client("cloudtrail")
    arns = [cloudtrail.create_trail(Name=name, S3BucketName="trail")["TrailARN"] for name in ("records", "data")]
    start_trail.handle({"TrailArns": ",".join(arns)}, None)
    assert [cloudtrail.get_trail_status(Name=arn)["IsLogging"] for arn in arns] == [True, True]


def test_an_unknown_trail_fails() -> None:
    with pytest.raises(ClientError, match="TrailNotFound"):
        start_trail.handle({"TrailArns": "arn:aws:cloudtrail:us-east-1:123456789012:trail/none"}, None)
