"""What other scanners are told of an acknowledgement."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs.compliance import acknowledge as in_code
from hipaa_constructs.compliance.acknowledgements.acknowledgement import METADATA_KEY
from hipaa_constructs.compliance.acknowledgements.scanners import CONTEXT_KEY, merged, scanner_metadata, scanner_rules
from hipaa_constructs.compliance.controls import nag_rules
from hipaa_constructs.compliance.engine import all_rules


def synthesized(app: cdk.App) -> dict[str, Any]:
    folder = Path(app.synth().directory)
    (resource,) = json.loads((folder / "Clinic.template.json").read_text())["Resources"].values()
    metadata: dict[str, Any] = resource.get("Metadata", {})
    for key in ("aws:cdk:path", METADATA_KEY):
        metadata.pop(key, None)
    return metadata


def accept(construct: Any, rule_id: str = "HIPAA.Security-S3BucketLoggingEnabled") -> None:
    in_code.acknowledge(construct, rule_id, reason="Data events say it.", approved_by="x", expires="2027-06-30")


@pytest.mark.parametrize("of", ["bucket", "resource", "stack"])
def test_scanners_find_it_on_the_resource(app: cdk.App, stack: cdk.Stack, of: str) -> None:
    bucket = s3.CfnBucket(stack, "Resource") if of == "stack" else s3.Bucket(stack, "Records")
    accept({"bucket": bucket, "resource": bucket.node.default_child, "stack": stack}[of])
    assert synthesized(app) == {
        "checkov": {"skip": [{"id": "CKV_AWS_18", "comment": "Data events say it."}]},
        "cfn_nag": {"rules_to_suppress": [{"id": "W35", "reason": "Data events say it."}]},
        "guard": {"SuppressedRules": ["S3_BUCKET_LOGGING_ENABLED"]},
    }


def test_what_groups_stacks_is_in_none_and_takes_no_block(app: cdk.App) -> None:
    group = Construct(app, "Group")
    bucket = s3.CfnBucket(cdk.Stack(group, "Ward", stack_name="Clinic"), "Records")
    accept(group)
    assert bucket.get_metadata("checkov") is None
    (entry,) = bucket.get_metadata(METADATA_KEY)
    assert entry["reason"] == "Data events say it."


def test_blocks_that_stand_there_are_kept(app: cdk.App, stack: cdk.Stack) -> None:
    bucket = s3.CfnBucket(stack, "Records")
    bucket.add_metadata("guard", {"SuppressedRules": ["MINE"]})
    accept(bucket)
    accept(bucket)
    accept(bucket, "HIPAA.Security-S3BucketVersioningEnabled")
    metadata = synthesized(app)
    assert metadata["guard"]["SuppressedRules"] == ["MINE", "S3_BUCKET_LOGGING_ENABLED", "S3_BUCKET_VERSIONING_ENABLED"]
    assert [entry["id"] for entry in metadata["checkov"]["skip"]] == ["CKV_AWS_18", "CKV_AWS_21"]


def test_scanners_blocks_can_be_left_out() -> None:
    app = cdk.App(builtin_cloud_formation_validation=False, context={CONTEXT_KEY: False})
    accept(s3.Bucket(cdk.Stack(app, "Clinic"), "Records"))
    assert synthesized(app) == {}


def test_a_rule_that_no_scanner_has_leaves_no_block(app: cdk.App, stack: cdk.Stack) -> None:
    accept(s3.Bucket(stack, "Records"), "HIPAA.Constructs-Other")
    assert synthesized(app) == {}


@pytest.mark.parametrize("stage", [False, True])
def test_apps_and_stages_take_none(app: cdk.App, stage: bool) -> None:
    with pytest.raises(ValueError, match="within a stack"):
        accept(cdk.Stage(app, "Prod") if stage else app)


def test_scanners_are_told_what_no_rule_here_asks(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    in_code.explain_to_scanners(key, reason="A condition.", source="docs.aws.amazon.com/kms", checkov=["CKV_AWS_33"])
    resource = key.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    comment = "A condition. Source: docs.aws.amazon.com/kms"
    assert resource.get_metadata("checkov") == {"skip": [{"id": "CKV_AWS_33", "comment": comment}]}
    assert resource.get_metadata("cfn_nag") is None
    assert [entry for entry in key.node.metadata if "acknowledgement" in entry.type] == []


def test_scanners_may_be_left_alone() -> None:
    stack = cdk.Stack(cdk.App(context={CONTEXT_KEY: False}), "Clinic")
    key = kms.Key(stack, "Key")
    in_code.explain_to_scanners(key, reason="A condition.", source="docs.aws.amazon.com/kms", checkov=["CKV_AWS_33"])
    resource = key.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    assert resource.get_metadata("checkov") is None


def test_every_mapped_rule_exists() -> None:
    # Of another pack, which the library's own constructs acknowledge.
    others = {"AwsSolutions-EC23", "AwsSolutions-IAM5[Resource::*]"}
    assert set(scanner_rules()) <= {*nag_rules(), *(rule.id for rule in all_rules()), *others}
    for entry in scanner_rules().values():
        assert set(entry) <= {"checkov", "cfn_nag", "guard"}
        assert all(ids for ids in entry.values())


def test_scanner_metadata_takes_qualified_ids_and_no_single_findings() -> None:
    assert scanner_metadata("HIPAA.Constructs::HIPAA.Constructs-KeyRotated", "r")["guard"]["SuppressedRules"]
    assert scanner_metadata("HIPAA.Security-IAMNoInlinePolicy[X]", "r") == {}


def test_a_block_of_another_form_is_replaced() -> None:
    assert merged("text", {"SuppressedRules": ["A"]}) == {"SuppressedRules": ["A"]}
    assert merged({"SuppressedRules": 3, "x": 1}, {"SuppressedRules": ["A"]}) == {"SuppressedRules": ["A"], "x": 1}
