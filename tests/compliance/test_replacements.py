"""What CloudFormation changes only by replacement is read from its schemas, and from nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hipaa_constructs.cloudformation.values import Ternary
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.replacements import replaced_by, replaces

pytest.importorskip("cfnlint")

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.syspath_prepend(str(DOCS))
    sys.modules.pop("replacements", None)
    import replacements  # type: ignore[import-not-found]

    return replacements


def test_the_table_is_what_the_installed_cfn_lint_says_of_all_that_is_set(generator: object) -> None:
    table = generator.TABLE  # type: ignore[attr-defined]
    written = generator.written(generator.table(generator.types_set()))  # type: ignore[attr-defined]
    assert table.read_text() == written, "run: make replacements"


@pytest.mark.parametrize(
    ("kind", "names", "expected"),
    [
        ("AWS::RDS::DBInstance", ["StorageEncrypted", "DeletionProtection"], ["StorageEncrypted"]),
        # Under some conditions counts: which, no schema says.
        ("AWS::RDS::DBInstance", ["MultiAZ"], ["MultiAZ"]),
        # So does a part of a property.
        ("AWS::OpenSearchService::Domain", ["EncryptionAtRestOptions"], ["EncryptionAtRestOptions"]),
        ("AWS::OpenSearchService::Domain", ["NodeToNodeEncryptionOptions"], []),
        ("AWS::EFS::FileSystem", ["KmsKeyId"], ["KmsKeyId"]),
        ("AWS::S3::Bucket", ["BucketEncryption"], []),
        ("AWS::OpenSearchService::Domain", ["EncryptionAtRestOptions.KmsKeyId"], ["EncryptionAtRestOptions.KmsKeyId"]),
        ("AWS::OpenSearchService::Domain", ["EncryptionAtRestOptions.Other"], []),
        ("AWS::No::Type", ["Anything"], []),
    ],
)
def test_what_is_replaced(kind: str, names: list[str], expected: list[str]) -> None:
    assert replaced_by(kind, names) == expected


def test_the_table_has_a_date_and_a_source() -> None:
    table = read("replacements.json")
    assert table["as_of"].startswith("20")
    assert "createOnlyProperties" in table["source"]


@pytest.mark.parametrize(
    ("kind", "path", "answer"),
    [
        ("AWS::RDS::DBInstance", "KmsKeyId", Ternary.YES),
        ("AWS::RDS::DBInstance", "PerformanceInsightsKMSKeyId", Ternary.UNKNOWN),
        ("AWS::RDS::DBInstance", "MultiAZ", Ternary.NO),
        ("AWS::RDS::DBInstance", "DeletionProtection", Ternary.NO),
        ("AWS::MSK::Cluster", "EncryptionInfo.EncryptionInTransit.InCluster", Ternary.YES),
        ("AWS::MSK::Cluster", "EncryptionInfo.EncryptionInTransit.ClientBroker", Ternary.NO),
        ("Custom::Thing", "Name", Ternary.NO),
    ],
)
def test_some_replace_in_some_cases_alone(kind: str, path: str, answer: Ternary) -> None:
    assert replaces(kind, [path]) is answer
