"""What ``hipaa-constructs init --organization`` writes."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from hipaa_constructs.cli import main
from hipaa_constructs.landing_zone import parse_zone, read_organization, schema


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("starter")
    with pytest.raises(SystemExit) as end:
        main(["init", "--organization", str(directory)])
    assert end.value.code == 0
    return directory


def test_it_loads_and_builds_what_it_names(folder: Path) -> None:
    config = read_organization(folder / "organization.yaml")
    assert set(config.organization.accounts.by_role()) == {"management", "log_archive", "security"}
    assert [one.environment for one in config.organization.workloads] == ["production", "staging"]


def test_what_is_commented_out_is_taken_too(folder: Path) -> None:
    text = (folder / "organization.yaml").read_text()
    whole = re.sub(r"^( *)# ( *\w+:)", r"\1\2", text, flags=re.MULTILINE)
    assert whole.count("\n    backup:") == 1
    config = parse_zone(yaml.safe_load(whole), source="test")
    assert config.backup.compliance_lock_days == 30


def test_an_editor_finds_its_schema(folder: Path) -> None:
    text = (folder / "organization.yaml").read_text()
    hint = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert hint is not None
    assert (folder / hint[1]).read_text() == schema.text()
    jsonschema.Draft202012Validator(schema.schema()).validate(yaml.safe_load(text))


def test_one_account_needs_neither(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["init", str(tmp_path)])
    assert not (tmp_path / "organization.yaml").exists()
    assert not list(tmp_path.glob("*.json"))
