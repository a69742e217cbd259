from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from hipaa_constructs.compliance import availability
from hipaa_constructs.compliance.availability import (
    database_classes_absent,
    is_absent,
    source_of,
)
from hipaa_constructs.compliance.controls import config_rules, read
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
    regions = set(read("regions.json")["regions"])
    for limit in read("region_limits.json")["limits"]:
        assert set(limit["names"]) <= known.get(limit["kind"], set(limit["names"]))
        assert set(limit["absent"]) <= regions
        assert limit["kind"] in availability.Kind.__args__  # type: ignore[attr-defined]
