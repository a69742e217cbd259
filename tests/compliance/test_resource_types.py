"""Which types CloudFormation knows, and what is meant by one that it does not."""

from __future__ import annotations

import datetime
import json

import pytest

from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.resource_types import is_without_schema, nearest_type, types_as_of
from tests.compliance.resource_types import FILE, resource_types


def test_the_list_is_that_of_the_installed_schemas() -> None:
    datetime.date.fromisoformat(types_as_of())
    installed, listed = json.loads(resource_types()), json.loads(FILE.read_text("utf-8"))
    for data in (installed, listed):
        data["types"] = {f"{space}::{name}" for space, names in data["types"].items() for name in names.split()}
    if installed["as_of"] == listed["as_of"]:
        assert listed == installed
    # Other schemas have a few more or fewer; a day without news is no reason to fail on another version.
    assert len(installed["types"] ^ listed["types"]) < 0.1 * len(installed["types"])


@pytest.mark.parametrize(
    ("kind", "without", "near"),
    [
        ("AWS::S3::Bucket", False, None),
        ("AWS::S3::Buket", True, "AWS::S3::Bucket"),
        ("AWS::S3::bucket", True, "AWS::S3::Bucket"),
        ("aws::s3::bucket", True, "AWS::S3::Bucket"),
        ("AWS::Dynamo::Table", True, "AWS::DynamoDB::Table"),
        ("AWS::NewThing::Widget", True, None),
        ("Alexa::ASK::Skil", True, "Alexa::ASK::Skill"),
        ("AWS::CDK::Metadata", False, None),
        ("AWS::Serverless::Function", False, None),
        ("AWS::CloudFormation::CustomResource", False, None),
        ("AWS::Clinic::Storage::MODULE", False, None),
        # Of an account's own registry.
        ("Custom::S3Buket", False, None),
        ("Datadog::Monitors::Monitor", False, None),
        ("AWSQS::EKS::Cluster", False, None),
    ],
)
def test_types_without_schema(kind: str, without: bool, near: str | None) -> None:
    assert is_without_schema(kind) is without
    if without:
        assert nearest_type(kind) == near


def test_every_type_that_a_rule_inspects_is_one() -> None:
    kinds = {kind for rule in all_rules() for kind in rule.resource_types if kind != "*"}
    assert not [kind for kind in kinds if is_without_schema(kind)]
