"""Roles of an organization, created through the CloudFormation API of a moto server, and what then is there.

moto 5.2.5 makes all stacks in one account, which here is that of the role, and passes over Object Lock. It knows
trails, units and policies by their own APIs alone: these take what the templates have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


@pytest.fixture(scope="module")
def management(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployment, Path]]:
    from tests.deployment import deploy

    directory = tmp_path_factory.mktemp("cdk.out")
    accounts = {**ACCOUNTS, "management": ACCOUNT}
    policies = {"target_ids": ["ou-ab12-11111111"]}
    build(directory, only="log_archive,management", accounts=accounts, root_id="r-ab12", policies=policies).synth()
    with empty_account(HERE):
        yield deploy(directory), directory


def resources(directory: Path, stack: str, kind: str) -> list[dict[str, Any]]:
    template = json.loads((directory / f"Clinic-{stack}.template.json").read_text())
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]


def test_the_management_account_is_created(management: tuple[Deployment, Path]) -> None:
    deployment, _ = management
    units = "AWS::Organizations::OrganizationalUnit"
    # What delegates is applied by test_deploy_delegation.py.
    delegating = {"AWS::Detective::OrganizationAdmin", "AWS::SecurityHub::DelegatedAdmin"}
    delegating |= {kind for kind in deployment.left_out if kind.startswith("Custom::")}
    assert set(deployment.left_out) - delegating <= {*LEFT_OUT, "AWS::Organizations::Policy", units}
    assert (deployment.left_out[units], deployment.left_out["AWS::CloudTrail::Trail"]) == (2, 2)
    assert deployment.applied["Custom::S3PublicAccessBlock"] == 1
    blocked = boto3.client("s3control").get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"]
    assert len(blocked) == 4
    assert all(blocked.values())


def test_trails_are_taken_where_the_archive_is(management: tuple[Deployment, Path]) -> None:
    cloudtrail = boto3.client("cloudtrail")
    for trail in resources(management[1], "OrganizationTrail", "AWS::CloudTrail::Trail"):
        made = cloudtrail.create_trail(
            Name=trail["TrailName"],
            # The archive's account is another, and moto has one.
            S3BucketName=trail["S3BucketName"],
            KmsKeyId=trail["KMSKeyId"],
            IsMultiRegionTrail=trail["IsMultiRegionTrail"],
            IsOrganizationTrail=trail["IsOrganizationTrail"],
        )
        assert made["IsOrganizationTrail"] is True


def test_units_and_policies_are_taken(management: tuple[Deployment, Path]) -> None:
    organizations = boto3.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    (root,) = organizations.list_roots()["Roots"]
    for unit in resources(management[1], "Organization", "AWS::Organizations::OrganizationalUnit"):
        organizations.create_organizational_unit(ParentId=root["Id"], Name=unit["Name"])
    taken = []
    for policy in resources(management[1], "Organization", "AWS::Organizations::Policy"):
        # moto knows none of the others.
        if policy["Type"] in ("AISERVICES_OPT_OUT_POLICY", "SERVICE_CONTROL_POLICY", "TAG_POLICY"):
            made = organizations.create_policy(
                Name=policy["Name"],
                Type=policy["Type"],
                Description=policy["Description"],
                Content=json.dumps(policy["Content"]),
            )
            taken.append(made["Policy"]["PolicySummary"]["Type"])
    assert taken.count("SERVICE_CONTROL_POLICY") >= 3
    assert {"AISERVICES_OPT_OUT_POLICY", "TAG_POLICY"} <= set(taken)


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
