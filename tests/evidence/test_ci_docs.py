"""What docs/ci.md and the example workflows say is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from hipaa_constructs._commands import init, report, verify
from hipaa_constructs.evidence.documents import FORMATS

DOCS = Path(__file__).parents[2] / "docs"
WORKFLOWS = ["github.yml", "gitlab.yml"]
# Options of CDK's own command.
CDK = ("--app", "--ignore-errors")


def options(command: object) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}  # type: ignore[attr-defined]


def calls(text: str) -> list[list[str]]:
    return [shlex.split(line.strip().lstrip("- ")) for line in text.splitlines() if "hipaa-constructs report " in line]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_is_yaml_and_calls_what_exists(name: str) -> None:
    text = (DOCS / "ci" / name).read_text()
    assert isinstance(yaml.safe_load(text), dict)
    (call,) = calls(text)
    assert call[:3] == ["hipaa-constructs", "report", "cdk.out"]
    assert {part for part in call if part.startswith("--")} <= options(report.command)
    files = {name for documents in FORMATS.values() for name, _, _ in documents}
    assert set(re.findall(r"(?<=: report/)\S+", text)) <= files


def test_the_guide_names_every_file_and_option_that_exists() -> None:
    text = (DOCS / "ci.md").read_text()
    for documents in FORMATS.values():
        for name, _, _ in documents:
            assert f"`{name}`" in text
    known = options(report.command) | options(init.command) | options(verify.command) | {"--output", *CDK}
    assert set(re.findall(r"--[a-z][a-z-]+", text)) <= known
    for target in re.findall(r"\]\((\S+?)\)", text):
        assert (DOCS / target.partition("#")[0]).is_file(), target
