"""Every example runs, passes the gate it calls, and is linted; the README shows one of them word for word."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from constructs import Construct

import hipaa_constructs
from hipaa_constructs._commands import nag, nag_process
from hipaa_constructs.cli import main
from hipaa_constructs.compliance.controls import read
from tests import log_arns
from tests.custom_resources import given_up_late, gone_too_soon
from tests.dependencies import dependencies, in_circles
from tests.documents import load
from tests.hook.requests import through_hook
from tests.left_behind import Account, Template, fixed_and_kept
from tests.real_account import faults
from tests.told import without_runbook

ROOT = Path(__file__).parent.parent
# A file is an app, and so is ``app.py`` of a folder, which is called by the folder's name.
EXAMPLES = {file.stem: file for file in sorted((ROOT / "examples").glob("*.py"))}
EXAMPLES |= {file.parent.name: file for file in sorted((ROOT / "examples").glob("*/app.py"))}
PICTURES = load(ROOT / "docs" / "pictures.py")
COSTS = load(ROOT / "docs" / "costs.py")
COSTS_PAGE = ROOT / "docs" / "cost.md"
FLAGS = {
    key: value for key, value in json.loads((ROOT / "cdk.json").read_text())["context"].items() if key.startswith("@")
}

# What a second deployment finds: after a failed creation, nothing that it could not make again ...
AFTER_FAILURE = {  # one per account, which is set again
    "fhir_platform": {"AWS::ApiGateway::Account"},
    "lab_exchange": {"AWS::ApiGateway::Account"},
}
# ... and after a destroy, what another Region knows by name and what an account has once.
AFTER_DESTROY = {
    **AFTER_FAILURE,
    "audit_account": {"AWS::EC2::SnapshotBlockPublicAccess", "AWS::EC2::VPCBlockPublicAccessOptions"},
    "clinical_stores": {"AWS::Logs::LogGroup"},
    "cross_region_copies": {"AWS::Backup::BackupVault", "AWS::S3::Bucket", "AWS::S3::BucketPolicy"},
    "organization": {  # what other accounts and Regions know by name, which ``deployment`` changes, or is there once
        "AWS::Backup::BackupVault",
        "AWS::Backup::LogicallyAirGappedBackupVault",
        "AWS::Detective::OrganizationAdmin",
        "AWS::EC2::SnapshotBlockPublicAccess",
        "AWS::EC2::VPCBlockPublicAccessOptions",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
    },
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_passes_the_gate(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES[example])],
        cwd=tmp_path,
        env={
            **os.environ,
            "CDK_OUTDIR": str(tmp_path / "cdk.out"),
            "CDK_CONTEXT_JSON": json.dumps(FLAGS),
            "CDK_VALIDATION": "false",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "findings          0 " in done.stderr, done.stderr
    report = json.loads((tmp_path / "cdk.out" / "validation-report.json").read_text())
    for template in (tmp_path / "cdk.out").glob("*.template.json"):
        types = {resource["Type"] for resource in json.loads(template.read_text())["Resources"].values()}
        assert {kind for kind in types if not kind.startswith("Custom::")} <= set(read("regions.json")["types"])
    found = [violation for plugin in report["pluginReports"] for violation in plugin["violations"]]
    packs = [f"--pack={pack}" for pack in ("NIST.800.53.R5", "PCI.DSS.321", "AwsSolutions")]
    monkeypatch.setattr(nag.subprocess, "run", _run_packs_here)
    with pytest.raises(SystemExit) as end:
        main(["check", str(tmp_path / "cdk.out"), "--today", "2026-11-22", *packs])
    assert end.value.code == 0, capsys.readouterr().out
    for template in (tmp_path / "cdk.out").rglob("*.template.json"):
        written = json.loads(template.read_text())
        assert faults(written) == []
        assert log_arns.without_effect(written) == []
        assert gone_too_soon(written) + given_up_late(written) == []
        assert in_circles(dependencies(written)) == []
        assert without_runbook(written) == []
        # A hook, which sees this template alone, lets it through. What a stack set deploys only the assembly shows.
        elsewhere = "HIPAA.Constructs-TemplateReadable: StackSet"
        assert [one for one in through_hook(template) if not one.startswith(elsewhere)] == []
    # That nobody is subscribed to a plan's own alerts is said in the examples that leave it open, and right to say.
    assert not [one for one in found if not one["ruleName"].endswith("topic-without-subscriber")]
    _deploy_twice(example, tmp_path / "cdk.out")
    if example in PICTURES.APPS:
        for name, text in PICTURES.pages_of(example, tmp_path / "cdk.out").items():
            assert (ROOT / "docs" / name).read_text("utf-8") == text, f"docs/{name} is out of date: run `make docs`"
    said = [COSTS.row(example, tmp_path / "cdk.out")]
    if example == "organization":
        said += COSTS.accounts(tmp_path / "cdk.out")
    assert set(said) <= set(COSTS_PAGE.read_text("utf-8").splitlines()), "docs/cost.md is out of date: run `make docs`"


def _deploy_twice(example: str, directory: Path) -> None:
    templates = Template.all_of(directory)
    for expected, failed in ((AFTER_FAILURE, True), (AFTER_DESTROY, False)):
        kept = {
            one.resources[name]["Type"]
            for one in templates
            for name in fixed_and_kept(one, after_failed_creation=failed)
        }
        assert kept == expected.get(example, set())
    for template in templates:
        for until in range(len(template.order) + 1):
            account = Account()
            stack = account.create(template, until=until)
            stack.roll_back()
            assert stack.keyless() == []
            account.create(template)


def _run_packs_here(command: Sequence[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
    """Stand in for the process that runs cdk-nag: starting it takes longer than its work. test_cli.py starts it."""
    assert command[1:3] == ["-m", nag_process.__name__]
    nag_process.main(*command[3:])
    return subprocess.CompletedProcess(command, 0)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


def test_the_readme_shows_the_first_example() -> None:
    example = (ROOT / "examples" / "clinic_records.py").read_text()
    code = example[example.index("import aws_cdk") :]
    assert code in (ROOT / "README.md").read_text()


def test_every_construct_is_seen_at_work() -> None:
    """The landing zone, the examples and what they are made of define each construct that is exported."""
    written = [*EXAMPLES.values(), *(ROOT / "hipaa_constructs").rglob("*.py")]
    seen = set(re.findall(r"(?<!class )\b([A-Z]\w+)(?:\.\w+)?\(", "\n".join(file.read_text() for file in written)))
    exported = [getattr(hipaa_constructs, name) for name in hipaa_constructs.__all__]
    constructs = {item.__name__ for item in exported if inspect.isclass(item) and issubclass(item, Construct)}
    assert len(constructs) >= 30
    assert constructs - seen == set()
