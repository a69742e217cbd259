"""What the measurements say, without measuring."""

from __future__ import annotations

import datetime
import io
import os
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import fixes, organization, scanners
from benchmarks.results import Result, show
from hipaa_constructs.mending import mend


def test_each_figure_stands_beside_its_target() -> None:
    said = io.StringIO()
    results = [
        Result("start", 0.25, 0.5, "s"),
        Result("check", 2.5, 2, "s"),
        Result("told", 1, None, "s"),
        Result("to another", None, 0.05, "times"),
    ]
    show(results, Console(file=said, width=80))
    lines = {line.split("│")[1].strip(): line for line in said.getvalue().splitlines() if line.startswith("│")}
    assert "≤ 0.5 s" in lines["start"]
    assert "met" in lines["start"]
    assert "missed" in lines["check"]
    assert "met" not in lines["told"]
    assert "not measured" in lines["to another"]


def test_checkov_is_called_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = tmp_path / "a.template.json"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert set(scanners.commands([template])) == {"hipaa-constructs", "cfn-lint"}
    checkov = tmp_path / "checkov"
    checkov.touch(0o755)
    command = scanners.commands([template])["checkov"]
    assert command[0] == str(checkov)
    assert command[-2:] == ["--file", str(template)]


def test_what_a_fix_leaves_is_counted(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("Resources: {Key: {Type: 'AWS::KMS::Key'}, Function: {Type: 'AWS::Lambda::Function'}}")
    mendings = mend([file], today=datetime.date(2026, 11, 28), rules=["KeyRotated", "FunctionInVpc"])
    assert fixes.left(mendings) == 50
    assert fixes.left([]) == 0


def test_an_organization_grows_by_accounts_in_two_regions_each() -> None:
    for accounts in organization.ACCOUNTS:
        config = organization.configuration(accounts).organization
        assert len({one.account for one in config.workloads}) == accounts
        assert {config.home_region, *config.regions} == {"us-east-1", "us-west-2"}


def test_memory_and_time_are_those_of_a_process_and_of_what_it_started() -> None:
    with subprocess.Popen(["sleep", "60"]) as started:
        own, others = organization._processes()
        started.kill()
    assert own == Path("/proc", str(os.getpid()))
    assert Path("/proc", str(started.pid)) in others
    assert organization._peak(own) > 10
    assert organization._used(own) > 0
