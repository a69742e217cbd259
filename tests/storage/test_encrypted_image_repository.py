from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compute.private_fargate_service import PrivateFargateService
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.reach import reach_of
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.storage.encrypted_image_repository import EncryptedImageRepository
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.compute.support import vpc_in
from tests.edge.support import only

OWN, OTHER, STRANGER = "111122223333", "444455556666", "999988887777"
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
REPOSITORY = "AWS::ECR::Repository"


def role_in(stack: cdk.Stack, name: str = "Role") -> LeastPrivilegeRole:
    return LeastPrivilegeRole(stack, name, assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"))


def granted(template: dict[str, Any]) -> dict[str, Any]:
    """Which resources the managed policies grant, by actions."""
    return {
        json.dumps(statement["Action"]): statement["Resource"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::IAM::ManagedPolicy"
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
    }


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account=OWN, region="us-east-1"))
    EncryptedImageRepository(stack, "Images")
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
def test_has_no_findings(region: str | None, app: cdk.App) -> None:
    env = cdk.Environment(account=OWN, region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    key, role = KmsRotatedKey(stack, "Key").key, role_in(stack)
    images = EncryptedImageRepository(stack, "Images", encryption_key=key, pull_accounts=[OTHER])
    images.grant_pull(role)
    images.grant_push(role)
    EncryptedImageRepository(stack, "Others", encryption_key=key).grant_pull(role)
    assert_no_findings(app, all_packs=True)


def test_encryption_with_a_rotated_key(template: dict[str, Any]) -> None:
    ((key, made),) = ((name, one) for name, one in template["Resources"].items() if one["Type"] == "AWS::KMS::Key")
    assert made["Properties"]["EnableKeyRotation"] is True
    assert only(template, REPOSITORY)["EncryptionConfiguration"] == {
        "EncryptionType": "KMS",
        "KmsKey": {"Fn::GetAtt": [key, "Arn"]},
    }


def test_integrity_tags_stay_and_images_are_scanned_and_kept(template: dict[str, Any]) -> None:
    made = only(template, REPOSITORY)
    assert made["ImageTagMutability"] == "IMMUTABLE"
    assert made["ImageScanningConfiguration"] == {"ScanOnPush": True}
    (resource,) = (one for one in template["Resources"].values() if one["Type"] == REPOSITORY)
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert not {"RepositoryName", "EmptyOnDelete", "ImageTagMutabilityExclusionFilters"} & set(made)


def test_integrity_only_images_without_a_tag_go(template: dict[str, Any]) -> None:
    (rule,) = json.loads(only(template, REPOSITORY)["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    assert rule["selection"] == {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countNumber": 30,
        "countUnit": "days",
    }
    assert rule["action"] == {"type": "expire"}


def test_access_control_other_accounts_are_denied(template: dict[str, Any]) -> None:
    (statement,) = only(template, REPOSITORY)["RepositoryPolicyText"]["Statement"]
    assert statement == {
        "Sid": "DenyOtherAccounts",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "ecr:*",
        "Condition": {
            "StringNotEquals": {"aws:PrincipalAccount": [OWN]},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }


def test_named_accounts_may_pull_and_no_more(stack: cdk.Stack) -> None:
    EncryptedImageRepository(stack, "Images", pull_accounts=[OTHER])
    denied, allowed = only(template_of(stack), REPOSITORY)["RepositoryPolicyText"]["Statement"]
    assert denied["Condition"]["StringNotEquals"] == {"aws:PrincipalAccount": [OWN, OTHER]}
    assert allowed["Action"] == PULL
    assert f":iam::{OTHER}:root" in json.dumps(allowed["Principal"])


def test_keeps_images_without_a_tag_as_long_as_is_said(stack: cdk.Stack) -> None:
    EncryptedImageRepository(stack, "Images", untagged_max_age=cdk.Duration.days(90))
    (rule,) = json.loads(only(template_of(stack), REPOSITORY)["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    assert rule["selection"]["countNumber"] == 90


def test_grants_to_pull_and_no_more(stack: cdk.Stack) -> None:
    images = EncryptedImageRepository(stack, "Images")
    images.grant_pull(role_in(stack)).assert_success()
    assert granted(template_of(stack)) == {
        json.dumps(PULL): stack.resolve(images.repository.repository_arn),
        '"ecr:GetAuthorizationToken"': "*",
    }


def test_grants_to_push(stack: cdk.Stack) -> None:
    images = EncryptedImageRepository(stack, "Images")
    images.grant_push(role_in(stack)).assert_success()
    (pushing,) = (actions for actions in granted(template_of(stack)) if "ecr:PutImage" in actions)
    assert "Delete" not in pushing


def test_grants_to_a_role_of_cdk(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"))
    EncryptedImageRepository(stack, "Images").grant_pull(role).assert_success()
    written = json.dumps(only(template_of(stack), "AWS::IAM::Policy"))
    assert "ecr:GetAuthorizationToken" in written
    assert "ecr:BatchGetImage" in written


def test_a_service_takes_its_images_by_tag(app: cdk.App, stack: cdk.Stack) -> None:
    images = EncryptedImageRepository(stack, "Images")
    service = PrivateFargateService(
        stack, "Portal", vpc=vpc_in(stack), repository=images.repository, tag_or_digest="1.4.2"
    )
    assert_no_findings(app, all_packs=True)
    assert service.container.image_name.endswith(":1.4.2")


def test_a_service_says_what_to_pass(stack: cdk.Stack) -> None:
    images: Any = EncryptedImageRepository(stack, "Images")
    with pytest.raises(ValueError, match=r"repository=…\): got 'an EncryptedImageRepository'|Pass its \.repository"):
        PrivateFargateService(stack, "Portal", vpc=vpc_in(stack), repository=images, tag_or_digest="1.4.2")


def test_the_evidence_lists_it_and_tells_who_pulls(app: cdk.App, stack: cdk.Stack) -> None:
    EncryptedImageRepository(stack, "Images", pull_accounts=[OTHER]).grant_pull(role_in(stack, "Build"))
    app.synth()
    read = assembly.load([Path(app.outdir)])
    (found,) = (one for one in stores_of(read, Names(read)) if one.resource.type == REPOSITORY)
    assert (found.encryption, found.key) == ("customer_key", "Clinic/Images/Key/Resource/Resource")
    assert "stays when its stack goes" in found.retention
    (made,) = (one for one in read.templates[0].resources.values() if one.type == REPOSITORY)
    parties = {party.name: {str(verb) for verb in verbs} for party, verbs in reach_of(read).of(made).items()}
    assert parties.pop("Clinic/Build") >= {"read"}
    assert [OTHER in name for name in parties] == [True]


def test_takes_a_key_and_can_be_reached(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    images = EncryptedImageRepository(stack, "Images", encryption_key=key)
    assert images.encryption_key is key
    assert isinstance(images.repository, ecr.Repository)
    assert images.repository.node.path == "Clinic/Images/Resource"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pull_accounts": ["4444"]}, r"pull_accounts\[0\]: got '4444'; the number of an account has twelve digits"),
        ({"pull_accounts": [OTHER, OTHER]}, r"pull_accounts\[1\]: got '444455556666'; each is another account"),
        ({"pull_accounts": [OWN]}, r"pull_accounts\[0\]: got '111122223333'; each is another account"),
        ({"pull_accounts": OTHER}, r"EncryptedImageRepository\(pull_accounts=…\): got '444455556666'"),
        ({"untagged_max_age": cdk.Duration.hours(1)}, "untagged_max_age: got .*allowed are 1 days or more"),
        ({"encryption_key": "alias/x"}, r"EncryptedImageRepository\(encryption_key=…\): got 'alias/x'"),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=message):
        EncryptedImageRepository(stack, "Images", **arguments)
    assert not stack.node.children


def test_takes_an_account_that_only_deployment_knows(stack: cdk.Stack) -> None:
    given = cdk.CfnParameter(stack, "Partner").value_as_string
    EncryptedImageRepository(stack, "Images", pull_accounts=[given])
    denied, _ = only(template_of(stack), REPOSITORY)["RepositoryPolicyText"]["Statement"]
    assert denied["Condition"]["StringNotEquals"]["aws:PrincipalAccount"] == [OWN, {"Ref": "Partner"}]
