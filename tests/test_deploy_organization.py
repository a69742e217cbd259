"""The log archive of an organization, created through the CloudFormation API of a moto server, and what then is there.

moto 5.2.5 makes all stacks in one account, which here is the log archive's, and passes over Object Lock.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.aws_account import ACCOUNT, empty_account
from tests.landing_zone.organization.zone import ACCOUNTS, build
from tests.policy_evaluator import denied
from tests.test_deploy import HERE, LEFT_OUT

if TYPE_CHECKING:
    from tests.deployment import Deployment

TRAIL, CONFIG = f"clinic-trail-{ACCOUNT}-us-east-1", f"clinic-config-{ACCOUNT}-us-east-1"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    # moto's CloudFormation imports all services that it knows; the worker that does not run this need not.
    from tests.deployment import deploy

    directory = tmp_path_factory.mktemp("cdk.out")
    build(directory, only="log_archive", accounts={**ACCOUNTS, "log_archive": ACCOUNT}).synth()
    with empty_account(HERE):
        yield deploy(directory)


def test_all_of_it_is_created(deployment: Deployment) -> None:
    assert set(deployment.left_out) <= LEFT_OUT
    assert deployment.created["AWS::S3::Bucket"] == deployment.applied["AWS::S3::BucketPolicy"] == 12
    assert deployment.created["AWS::KMS::Key"] == 6


def test_buckets_are_where_other_accounts_look_for_them(deployment: Deployment) -> None:
    names = {one["Name"] for one in boto3.client("s3").list_buckets()["Buckets"]}
    regions = ("us-east-1", "us-west-2")
    known = {f"clinic-{what}-{ACCOUNT}-{region}" for what in ("traffic", "access") for region in regions}
    assert {TRAIL, CONFIG, *known} <= names


@pytest.mark.parametrize("bucket", [TRAIL, CONFIG])
def test_what_is_deployed_lets_nobody_delete(deployment: Deployment, bucket: str) -> None:
    policy = json.loads(boto3.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    root = f"arn:aws:iam::{ACCOUNT}:root"
    context = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3", "aws:PrincipalArn": root}
    for action in ("s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert denied([policy], action, f"arn:aws:s3:::{bucket}/AWSLogs/file", context=context, principal=root)
    assert denied([policy], "s3:DeleteBucketPolicy", f"arn:aws:s3:::{bucket}", context=context, principal=root)
