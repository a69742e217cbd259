"""The deployment account of an organization, created through the CloudFormation API of a moto server.

moto 5.2.5 makes no pipelines, builds and providers of OIDC by CloudFormation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.aws_account import ACCOUNT, empty_account
from tests.landing_zone.organization.test_deployment import CONNECTION, GITHUB, PIPELINE
from tests.landing_zone.organization.zone import ACCOUNTS, RECORDS, build
from tests.test_deploy import HERE, LEFT_OUT

if TYPE_CHECKING:
    from tests.deployment import Deployment

NOT_IN_MOTO = {*LEFT_OUT, "AWS::CodeBuild::Project", "AWS::CodePipeline::Pipeline", "AWS::IAM::OIDCProvider"}
BY = {
    "pipeline": {**PIPELINE, "connection_arn": CONNECTION.replace(ACCOUNTS["deployment"], ACCOUNT)},
    "github": GITHUB,
}


@pytest.fixture(scope="module", params=sorted(BY))
def deployment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    # moto's CloudFormation imports all services that it knows; the worker that does not run this need not.
    from tests.deployment import deploy

    directory = tmp_path_factory.mktemp(request.param)
    accounts = {**ACCOUNTS, "deployment": ACCOUNT}
    build(directory, only="deployment", accounts=accounts, deployment=BY[request.param]).synth()
    with empty_account(HERE):
        yield deploy(directory)


def test_all_of_it_is_created(deployment: Deployment) -> None:
    assert set(deployment.left_out) <= NOT_IN_MOTO
    assert deployment.created["AWS::S3::Bucket"] == deployment.applied["AWS::S3::BucketPolicy"] >= 3
    assert deployment.created["AWS::KMS::Key"] == 4


def test_jobs_take_the_roles_that_the_cdk_has_in_another_account(deployment: Deployment) -> None:
    iam = boto3.client("iam")
    taken: list[Any] = []
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        for statement in version["PolicyVersion"]["Document"]["Statement"]:
            if "sts:AssumeRole" in statement["Action"]:
                taken += statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    assert f"arn:aws:iam::{RECORDS['account']}:role/cdk-hnb659fds-deploy-role-{RECORDS['account']}-us-east-1" in taken
    assert all(":role/cdk-hnb659fds-" in arn for arn in taken)
