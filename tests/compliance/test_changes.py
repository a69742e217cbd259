from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance.changes import METADATA_KEY, Change, as_metadata, changes_of

CHANGE = Change("Clinic/Queue", "AWS::SQS::Queue", "enforce_ssl", (), "set", "TLS alone.")


def _assembly(folder: Path, data: Any) -> Path:
    (folder / "Clinic.template.json").write_text(json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}))
    manifest = {
        "version": "48.0.0",
        "artifacts": {
            "Clinic": {
                "type": "aws:cloudformation:stack",
                "environment": "aws://unknown-account/unknown-region",
                "properties": {"templateFile": "Clinic.template.json"},
                "displayName": "Clinic",
                "metadata": {"/Clinic": [{"type": METADATA_KEY, "data": data}]},
            }
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    left = Change("Clinic/Db", "AWS::RDS::DBInstance", "storage_encryption_key", ("KmsKeyId",), "left", "Copy it.")
    folder = _assembly(tmp_path, as_metadata([CHANGE, left]))
    assert changes_of(assembly.load([folder])) == [CHANGE, left]


@pytest.mark.parametrize(
    "entry",
    [
        "text",
        {},
        {**as_metadata([CHANGE])[0], "outcome": "undone"},
        {**as_metadata([CHANGE])[0], "why": None},
        {**as_metadata([CHANGE])[0], "properties": "KmsKeyId"},
    ],
)
def test_what_is_no_change_is_passed_over(tmp_path: Path, entry: Any) -> None:
    folder = _assembly(tmp_path, [entry, *as_metadata([CHANGE])])
    assert changes_of(assembly.load([folder])) == [CHANGE]


def test_an_app_without_secure_defaults_has_none(tmp_path: Path) -> None:
    assert changes_of(assembly.load([_assembly(tmp_path, None)])) == []
