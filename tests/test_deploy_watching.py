"""The security and identity accounts of an organization, created through the CloudFormation API of a moto server.

moto 5.2.5 makes all stacks in one account, and knows no administrator of an organization's detection services: what
these are told is asked of stubs, in tests/compute/test_organization_detection.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.aws_account import ACCOUNT, empty_account
from tests.landing_zone.organization.test_identity import CENTER
from tests.landing_zone.organization.test_security import FIREWALL
from tests.landing_zone.organization.zone import ACCOUNTS, build
from tests.policy_evaluator import denied
from tests.test_deploy import HERE, LEFT_OUT

if TYPE_CHECKING:
    from tests.deployment import Deployment

NOT_IN_MOTO = {
    *LEFT_OUT,
    "AWS::FMS::Policy",
    "AWS::SecurityHub::ConfigurationPolicy",
    "AWS::SecurityHub::FindingAggregator",
    "AWS::SecurityHub::OrganizationConfiguration",
    "AWS::SecurityHub::PolicyAssociation",
    "AWS::SSO::Assignment",
    "AWS::SSO::PermissionSet",
    "Custom::OrganizationDetective",
    "Custom::OrganizationGuardDuty",
    "Custom::OrganizationInspector",
    "Custom::OrganizationMacie",
    "Custom::OrganizationRoot",
    "Custom::OrganizationSecurityHub",
}
EVIDENCE = f"clinic-evidence-{ACCOUNT}-us-east-1"


@pytest.fixture(scope="module")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Deployment]]:
    # moto's CloudFormation imports all services that it knows; the worker that does not run this need not.
    from tests.deployment import deploy

    directories: dict[str, Path] = {}
    for role in ("security", "identity"):
        directories[role] = tmp_path_factory.mktemp(role)
        accounts = {**ACCOUNTS, role: ACCOUNT}
        build(directories[role], only=role, accounts=accounts, firewall=FIREWALL, identity=CENTER).synth()
    with empty_account(HERE):
        yield {role: deploy(directory) for role, directory in directories.items()}


@pytest.mark.parametrize(("role", "buckets", "keys"), [("security", 17, 16), ("identity", 0, 1)])
def test_all_of_it_is_created(deployments: dict[str, Deployment], role: str, buckets: int, keys: int) -> None:
    deployment = deployments[role]
    assert set(deployment.left_out) <= NOT_IN_MOTO
    assert deployment.created["AWS::S3::Bucket"] == deployment.applied["AWS::S3::BucketPolicy"] == buckets
    assert deployment.created["AWS::KMS::Key"] == keys


def test_buckets_are_where_other_accounts_look_for_them(deployments: dict[str, Deployment]) -> None:
    names = {one["Name"] for one in boto3.client("s3").list_buckets()["Buckets"]}
    assert {EVIDENCE, *(f"aws-waf-logs-clinic-{ACCOUNT}-{region}" for region in ("us-east-1", "us-west-2"))} <= names


def test_the_pipeline_s_evidence_cannot_be_deleted(deployments: dict[str, Deployment]) -> None:
    policy = json.loads(boto3.client("s3").get_bucket_policy(Bucket=EVIDENCE)["Policy"])
    for who in (f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNTS['deployment']}:role/Pipeline"):
        context = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3", "aws:PrincipalArn": who}
        for action in ("s3:DeleteObject", "s3:DeleteObjectVersion"):
            assert denied([policy], action, f"arn:aws:s3:::{EVIDENCE}/run", context=context, principal=who)
        assert denied([policy], "s3:PutBucketPolicy", f"arn:aws:s3:::{EVIDENCE}", context=context, principal=who)


def test_who_asks_and_who_approves_are_two_roles(deployments: dict[str, Deployment]) -> None:
    roles = {
        one["RoleName"]: one["AssumeRolePolicyDocument"]
        for page in boto3.client("iam").get_paginator("list_roles").paginate()
        for one in page["Roles"]
    }
    trusted = {
        kind: [document for name, document in roles.items() if name.startswith(f"Clinic-Identity-{kind}")]
        for kind in ("Requester", "Approver")
    }
    (requester,), (approver,) = trusted["Requester"], trusted["Approver"]
    assert "300000000001" in str(requester)
    assert "300000000002" in str(approver)
    for document in (requester, approver):
        assert "aws:MultiFactorAuthPresent" in str(document)
