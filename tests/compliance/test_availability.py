from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from hipaa_constructs.compliance import availability
from hipaa_constructs.compliance.availability import (
    database_classes_absent,
    dns_suffix,
    is_absent,
    partition_of,
    source_of,
    via_service,
    via_services,
)
from hipaa_constructs.compliance.controls import config_rules, read
from hipaa_constructs.compliance.template import App
from hipaa_constructs.detection.repairs import repairs

pytest.importorskip("cfnlint")

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.syspath_prepend(str(DOCS))
    sys.modules.pop("regions", None)
    import regions  # type: ignore[import-not-found]

    return regions


def test_the_table_is_what_the_installed_cfn_lint_says(generator: object) -> None:
    table = generator.TABLE  # type: ignore[attr-defined]
    written = generator.written(generator.table(read("regions.json")["types"]))  # type: ignore[attr-defined]
    assert table.read_text() == written, "run: make regions"


def test_the_table_takes_the_types_of_templates(generator: object, tmp_path: Path) -> None:
    resources = {"Session": {"Type": "AWS::Macie::Session"}, "Own": {"Type": "Custom::Thing"}}
    (tmp_path / "a.template.json").write_text(json.dumps({"Resources": resources}))
    assert generator.types_in([tmp_path]) == {"AWS::Macie::Session"}  # type: ignore[attr-defined]
    table = generator.table(["AWS::Macie::Session"])  # type: ignore[attr-defined]
    assert "us-gov-west-1" in table["types"]["AWS::Macie::Session"]
    assert "us-east-1" not in table["types"]["AWS::Macie::Session"]


@pytest.mark.parametrize(
    ("name", "region", "expected"),
    [
        ("AWS::Macie::Session", "us-gov-west-1", True),
        ("AWS::Macie::Session", "us-east-1", False),
        ("AWS::Backup::Framework", "mx-central-1", True),
        ("AWS::Backup::RestoreTestingPlan", "mx-central-1", False),
        # Of what the table does not know, nothing is absent.
        ("AWS::Macie::Session", None, False),
        ("AWS::Macie::Session", "${Token[AWS.Region.4]}", False),
        ("AWS::Macie::Session", "me-south-1", False),
        ("AWS::Macie::Session", "us-iso-east-1", False),
        ("AWS::No::Type", "us-gov-west-1", False),
    ],
)
def test_types(name: str, region: str | None, expected: bool) -> None:
    assert is_absent(name, region) is expected


def test_other_kinds_have_names_of_their_own() -> None:
    assert is_absent("ec2messages", "mx-central-1", kind="endpoint_services")
    assert not is_absent("ec2messages", "ca-west-1", kind="endpoint_services")
    assert not is_absent("ec2messages", "mx-central-1")
    assert is_absent("inspector2", "ap-southeast-6", kind="services")
    assert is_absent("RUNTIME_MONITORING", "cn-north-1", kind="guardduty_features")


def test_the_source_is_dated() -> None:
    assert "cfn-lint" in source_of("AWS::Macie::Session", "ca-west-1")
    page = source_of("ec2messages", "mx-central-1", kind="endpoint_services")
    assert page.startswith("docs.aws.amazon.com/systems-manager/")
    assert page.endswith(f"as of {read('region_limits.json')['as_of']}")


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("us-gov-east-1", "aws-us-gov", "amazonaws.com"),
        ("cn-northwest-1", "aws-cn", "amazonaws.com.cn"),
        ("xx-nowhere-1", None, "amazonaws.com"),
        (None, None, "amazonaws.com"),
    ],
)
def test_partitions(region: str | None, partition: str | None, suffix: str) -> None:
    assert partition_of(region) == partition
    assert dns_suffix(region) == suffix


def test_a_template_is_in_the_partition_of_its_region() -> None:
    arn = {"Fn::Sub": "arn:${AWS::Partition}:s3:::records.${AWS::URLSuffix}"}
    resolved = {
        region: App().add("t", {"Resources": {}}, region=region).resolve(arn) for region in (None, "cn-north-1")
    }
    assert resolved[None] == "arn:aws:s3:::records.amazonaws.com"
    assert resolved["cn-north-1"] == "arn:aws-cn:s3:::records.amazonaws.com.cn"


def test_keys_are_used_through_services_by_both_names_in_china() -> None:
    assert via_service("us-east-1", "s3") == "s3.us-east-1.amazonaws.com"
    assert via_service("cn-north-1", "s3") == ["s3.cn-north-1.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn"]
    assert via_services("us-gov-west-1", "ec2", "rds") == [
        "ec2.us-gov-west-1.amazonaws.com",
        "rds.us-gov-west-1.amazonaws.com",
    ]


def test_database_classes() -> None:
    assert database_classes_absent("aurora-mysql", "il-central-1") == {"db.r6g.large"}
    assert database_classes_absent("oracle-ee-cdb", "ca-west-1") == database_classes_absent("oracle-ee", "ca-west-1")
    assert not database_classes_absent("postgres", "mx-central-1")
    assert not database_classes_absent("postgres", "${Token[AWS.Region.4]}")


def test_what_is_kept_by_hand_names_what_there_is(stack: object) -> None:
    every = repairs(stack, key_arn="key", log_group_arn="logs", delivery_role_arn="role")  # type: ignore[arg-type]
    known = {
        "config_rules": {rule.source_identifier for rule in config_rules().values()} | {one.rule for one in every},
        "config_runbooks": {repair.runbook for repair in every if repair.runbook},
    }
    regions = {region for one in read("regions.json")["partitions"].values() for region in one["regions"]}
    for limit in read("region_limits.json")["limits"]:
        assert set(limit["names"]) <= known.get(limit["kind"], set(limit["names"]))
        assert set(limit["absent"]) <= regions
        assert limit["kind"] in availability.Kind.__args__  # type: ignore[attr-defined]
