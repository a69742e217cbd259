from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from hipaa_constructs.delivery.organization_assets import OrganizationAssets
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.custom_resources import given_up_late, gone_too_soon
from tests.delivery.support import ACCOUNT, new_stack, of_type
from tests.policy_evaluator import allowed
from tests.real_account import faults

ID = "o-a1b2c3d4e5"
NAME = "clinic-code-us-east-1"
FILE = cdk.FileAssetSource(source_hash="0" * 64, file_name="one.zip", packaging=cdk.FileAssetPackaging.FILE)


def assets(stack: cdk.Stack, **given: Any) -> OrganizationAssets:
    return OrganizationAssets(stack, "Code", **{"organization_id": ID, "bucket_name": NAME, **given})


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    stack = new_stack()
    made = assets(stack)
    assert made.add_file(FILE) == made.add_file(FILE) == f"{'0' * 64}.zip"
    made.add_file(cdk.FileAssetSource(source_hash="1" * 64, file_name="two.zip", packaging=FILE.packaging))
    return template_of(stack)


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
def test_has_no_findings(region: str) -> None:
    stack = new_stack(region)
    assets(stack, bucket_name=f"clinic-code-{region}").add_file(FILE)
    assert_no_findings(stack.node.root, all_packs=True)
    template = template_of(stack)
    assert faults(template) == []
    assert gone_too_soon(template) == []
    assert given_up_late(template) == []


def test_files_are_copied_from_the_assets_of_the_app(template: dict[str, Any]) -> None:
    (copies,) = of_type(template, "Custom::AssetCopies").values()
    staging = f"cdk-hnb659fds-assets-{ACCOUNT}-us-east-1"
    # Hashes are normalized.
    keys = ["<asset>.zip"] * 2
    assert copies["Files"] == [{"SourceBucket": staging, "SourceKey": key, "Key": key} for key in keys]
    (reads,) = (
        one
        for policy in of_type(template, "AWS::IAM::ManagedPolicy").values()
        for one in policy["PolicyDocument"]["Statement"]
        if one.get("Sid") == "Assets"
    )
    assert reads["Action"] == "s3:GetObject"
    assert [one["Fn::Join"][1][-1] for one in reads["Resource"]] == [f":s3:::{staging}/{key}" for key in keys]


def _policy(template: dict[str, Any]) -> list[dict[str, Any]]:
    (bucket,) = (name for name, one in of_type(template, "AWS::S3::Bucket").items() if one.get("BucketName") == NAME)
    (policy,) = (
        one["PolicyDocument"]["Statement"]
        for one in of_type(template, "AWS::S3::BucketPolicy").values()
        if one["Bucket"] == {"Ref": bucket}
    )
    return list(policy)


def test_the_organization_gets_objects_and_lists_none(template: dict[str, Any]) -> None:
    allowing = [one for one in _policy(template) if one["Effect"] == "Allow"]
    assert [(one["Principal"], one["Action"], one["Condition"]) for one in allowing] == [
        ({"AWS": "*"}, "s3:GetObject", {"StringEquals": {"aws:PrincipalOrgID": ID}})
    ]


def test_the_organization_decrypts_through_s3_alone(template: dict[str, Any]) -> None:
    (key,) = of_type(template, "AWS::KMS::Key").values()
    (statement,) = (one for one in key["KeyPolicy"]["Statement"] if one.get("Sid") == "DecryptByOrganization")
    assert statement["Action"] == "kms:Decrypt"
    through = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    context = {"aws:PrincipalOrgID": ID, **through}
    assert statement["Condition"] == {"StringEquals": context}
    document = {"Statement": [{**statement, "Principal": "*", "Resource": "*"}]}
    assert allowed([document], "kms:Decrypt", context=context)
    assert not allowed([document], "kms:Decrypt", context={**context, "aws:PrincipalOrgID": "o-stranger00"})
    assert not allowed([document], "kms:Decrypt", context={"aws:PrincipalOrgID": ID})


def test_no_backup_plan_takes_it_up(template: dict[str, Any]) -> None:
    (bucket,) = (one for one in of_type(template, "AWS::S3::Bucket").values() if one.get("BucketName") == NAME)
    assert "hipaa:data-classification" not in {tag["Key"] for tag in bucket.get("Tags", ())}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


def test_without_files_nothing_is_copied() -> None:
    stack = new_stack()
    assets(stack)
    assert not of_type(template_of(stack), "Custom::AssetCopies")


def test_its_executions_may_be_those_of_all() -> None:
    stack = new_stack()
    assets(stack, reserve_concurrency=False)
    (function,) = of_type(template_of(stack), "AWS::Lambda::Function").values()
    assert "ReservedConcurrentExecutions" not in function


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"organization_id": "clinic"}, "organization_id: got 'clinic'"),
        ({"bucket_name": "clinic-code"}, "bucket_name: got 'clinic-code'; it ends in '-' and the Region"),
        ({"bucket_name": "clinic-code-us-west-2"}, "bucket_name: got 'clinic-code-us-west-2'"),
    ],
)
def test_refuses(changed: dict[str, Any], message: str) -> None:
    stack = new_stack()
    with pytest.raises(ValueError, match=message):
        assets(stack, **changed)
    assert not stack.node.children


def test_refuses_a_stack_without_a_region(tmp_path: Path) -> None:
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path)), "Anywhere")
    with pytest.raises(ValueError, match=r"bucket_name: got .* has to be known"):
        assets(stack)
