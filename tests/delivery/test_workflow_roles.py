from __future__ import annotations

import json
import re
from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.delivery.deployment_wave import DeploymentWave
from hipaa_constructs.delivery.workflow_roles import WorkflowRoles
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.delivery.support import ACCOUNT, PRODUCTION, STAGING, assumed_by, environments, new_stack, of_type
from tests.real_account import faults
from tests.storage.plans import RecordingPlan

GITHUB = "token.actions.githubusercontent.com"


def roles(stack: cdk.Stack, **given: Any) -> WorkflowRoles:
    arguments: dict[str, Any] = {
        "repo_string": "clinic/platform",
        "branch": "main",
        "waves": [STAGING, PRODUCTION],
        "role_name_prefix": "clinic",
        "evidence_bucket_name": "clinic-runs-100000000007-us-east-1",
        "backup_plan": RecordingPlan(),
    }
    return WorkflowRoles(stack, "Workflow", **{**arguments, **given})


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = new_stack()
    roles(stack)
    return template_of(stack)


def trust(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {}
    for one in of_type(template, "AWS::IAM::Role").values():
        (statement,) = one["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        assert statement["Condition"].keys() == {"StringEquals"}
        found[one["RoleName"]] = statement
    return found


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
def test_has_no_findings(region: str) -> None:
    stack = new_stack(region)
    roles(stack, waves=[DeploymentWave(name="all", environments=environments("200000000001", region))])
    assert_no_findings(stack.node.root, all_packs=True)
    assert faults(template_of(stack)) == []


def test_the_provider_is_for_sts_without_a_thumbprint(template: dict[str, Any]) -> None:
    (provider,) = of_type(template, "AWS::IAM::OIDCProvider").values()
    assert provider["Url"] == f"https://{GITHUB}"
    assert provider["ClientIdList"] == ["sts.amazonaws.com"]
    assert "ThumbprintList" not in provider


def test_each_role_trusts_one_environment_of_the_one_repository(template: dict[str, Any]) -> None:
    subjects = {name: one["Condition"]["StringEquals"][f"{GITHUB}:sub"] for name, one in trust(template).items()}
    assert subjects == {
        "clinic-synth": "repo:clinic/platform:ref:refs/heads/main",
        "clinic-read-staging": "repo:clinic/platform:environment:staging-review",
        "clinic-deploy-staging": "repo:clinic/platform:environment:staging",
        "clinic-read-production": "repo:clinic/platform:environment:production-review",
        "clinic-deploy-production": "repo:clinic/platform:environment:production",
    }
    for one in trust(template).values():
        assert one["Condition"]["StringEquals"][f"{GITHUB}:aud"] == "sts.amazonaws.com"


def test_each_role_takes_the_cdk_s_roles_of_its_wave_alone(template: dict[str, Any]) -> None:
    lookup = {
        f"arn:aws:iam::200000000001:role/cdk-hnb659fds-lookup-role-200000000001-{region}"
        for region in ("us-east-1", "us-west-2")
    }
    assert assumed_by(template, "WorkflowproductionReader") == lookup
    deploying = assumed_by(template, "WorkflowproductionDeployer")
    assert lookup < deploying
    assert {re.sub(r"-role-.*", "", arn) for arn in deploying - lookup} == {
        f"arn:aws:iam::200000000001:role/cdk-hnb659fds-{kind}"
        for kind in ("deploy", "file-publishing", "image-publishing")
    }
    assert assumed_by(template, "WorkflowSynth") == set()


def test_evidence_is_locked_where_the_workflow_looks_for_it(template: dict[str, Any]) -> None:
    (bucket,) = (one for name, one in of_type(template, "AWS::S3::Bucket").items() if "Evidence" in name)
    assert bucket["BucketName"] == "clinic-runs-100000000007-us-east-1"
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Days": 2557, "Mode": "COMPLIANCE"}
    assert "s3:DeleteObject" not in json.dumps(of_type(template, "AWS::IAM::ManagedPolicy"))


def test_gitlab_trusts_the_branch_of_the_project() -> None:
    stack = new_stack()
    roles(stack, gitlab_url="https://gitlab.clinic.example", repo_string="clinic/it/platform")
    found = template_of(stack)
    (provider,) = of_type(found, "AWS::IAM::OIDCProvider").values()
    assert provider["Url"] == "https://gitlab.clinic.example"
    for one in trust(found).values():
        assert one["Condition"]["StringEquals"] == {
            "gitlab.clinic.example:aud": "sts.amazonaws.com",
            "gitlab.clinic.example:sub": "project_path:clinic/it/platform:ref_type:branch:ref:main",
        }


def test_the_account_s_own_provider_is_not_made_twice() -> None:
    stack = new_stack()
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"
    roles(stack, open_id_connect_provider_arn=arn)
    found = template_of(stack)
    assert not of_type(found, "AWS::IAM::OIDCProvider")
    assert {one["Principal"]["Federated"] for one in trust(found).values()} == {arn}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"repo_string": "clinic/*"}, "repo_string: got 'clinic/*'"),
        ({"branch": "*"}, "branch: got '*'"),
        ({"waves": []}, "waves: got"),
        ({"waves": [STAGING, STAGING]}, "waves: got"),
        ({"role_name_prefix": "c" * 50}, "role_name_prefix: got"),
        ({"gitlab_url": "https://gitlab.com/"}, "gitlab_url: got"),
        ({"gitlab_url": "http://gitlab.com"}, "gitlab_url: got"),
        ({"qualifier": ""}, "qualifier: got"),
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        roles(new_stack(), **given)
