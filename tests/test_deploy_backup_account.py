"""The backup account's stacks, created through the CloudFormation API of a moto server, and what then is there.

moto 5.2.5 knows no type of AWS Backup there: vaults, tests, framework and reports are left out by name. It refuses flow
logs to a bucket that it has not, so that there is no log archive here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.aws_account import ACCOUNT, empty_account
from tests.landing_zone.organization.zone import build
from tests.policy_evaluator import denied
from tests.test_deploy import HERE, LEFT_OUT

if TYPE_CHECKING:
    from tests.deployment import Deployment


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    # moto's CloudFormation imports all services that it knows; the worker that does not run this need not.
    from tests.deployment import deploy

    directory = tmp_path_factory.mktemp("cdk.out")
    build(directory, only="backup", accounts={"backup": ACCOUNT}).synth()
    with empty_account(HERE):
        yield deploy(directory)


def test_all_of_it_is_created(deployment: Deployment) -> None:
    assert set(deployment.left_out) <= {*LEFT_OUT, "AWS::Backup::LogicallyAirGappedBackupVault"}
    # In each of two Regions.
    assert deployment.created["AWS::EC2::VPC"] == deployment.applied["Custom::VpcRestrictDefaultSG"] == 2
    assert deployment.created["AWS::RDS::DBSubnetGroup"] == 2


def test_the_network_of_restore_tests_has_no_way_out(deployment: Deployment) -> None:
    ec2 = boto3.client("ec2", region_name=HERE)
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]
    inside = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    targets = {
        route.get("GatewayId")
        for table in ec2.describe_route_tables(Filters=inside)["RouteTables"]
        for route in table["Routes"]
    }
    assert targets == {"local"}
    assert ec2.describe_nat_gateways(Filters=inside)["NatGateways"] == []
    assert ec2.describe_vpc_endpoints(Filters=inside)["VpcEndpoints"] == []


def test_nobody_deletes_a_report(deployment: Deployment) -> None:
    s3 = boto3.client("s3")
    reports = [one["Name"] for one in s3.list_buckets()["Buckets"] if "reports" in one["Name"]]
    assert len(reports) == 2
    root = f"arn:aws:iam::{ACCOUNT}:root"
    context = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3", "aws:PrincipalArn": root}
    for bucket in reports:
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
        for action in ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"):
            assert denied([policy], action, f"arn:aws:s3:::{bucket}/report.json", context=context, principal=root)
