"""``hipaa-constructs fix``, as a user calls it."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from hipaa_constructs.cli import main

UNSOUND = "Resources:\n  Key: # of the archive\n    Type: AWS::KMS::Key\n"
OPEN = """\
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, LoggingConfig: {LogGroup: known}, Role: !GetAtt Role.Arn}
  Role:
    Type: AWS::IAM::Role
"""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIPAA_CONSTRUCTS_TODAY", "2026-11-28")
    Path("unsound.yaml").write_text(UNSOUND)
    Path("open.yaml").write_text(OPEN)


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["fix", *arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


def test_the_diff_is_shown_and_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("unsound.yaml") == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("--- a/unsound.yaml\n+++ b/unsound.yaml\n@@ ")
    assert "+      EnableKeyRotation: true\n" in shown.out
    assert "\x1b" not in shown.out
    assert "findings can be mended in 1 template." in shown.err
    assert Path("unsound.yaml").read_text() == UNSOUND


def test_the_diff_is_what_patch_reads(capsys: pytest.CaptureFixture[str]) -> None:
    call("unsound.yaml")
    Path("change.diff").write_text(capsys.readouterr().out)
    subprocess.run(["git", "apply", "change.diff"], check=True)
    assert call("unsound.yaml") == 0
    assert capsys.readouterr().out == ""


def test_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--write", "unsound.yaml") == 0
    assert capsys.readouterr().out == ""
    assert Path("unsound.yaml").read_text().startswith(UNSOUND)
    assert call("--write", "unsound.yaml") == 0
    assert "0 of 0 findings mended" in capsys.readouterr().err


def test_a_file_that_is_given_twice_is_mended_once(capsys: pytest.CaptureFixture[str]) -> None:
    Path("link.yaml").symlink_to("unsound.yaml")
    call("unsound.yaml", "./unsound.yaml", "link.yaml")
    shown = capsys.readouterr()
    assert shown.out.count("--- a/") == 1
    assert "in 1 template." in shown.err
    assert call("--write", "unsound.yaml", "link.yaml", "unsound.yaml") == 0
    assert call("unsound.yaml") == 0


def test_what_is_left_is_told_by_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--write", "open.yaml") == 1
    told = capsys.readouterr().err
    assert "left. Only its owner knows the ids of private subnets: --given private-subnets=… says it, or" in told
    assert "  FunctionInVpc: Function" in told


def test_what_is_given_is_written() -> None:
    assert call("--write", "--rule", "FunctionInVpc", "--given", "private-subnets=subnet-1,subnet-2", "open.yaml") == 1
    given = ["--given", "private-subnets=subnet-1,subnet-2", "--given", "security-groups=sg-1"]
    assert call("--write", "--rule", "FunctionInVpc", *given, "open.yaml") == 0
    assert "subnet-2" in Path("open.yaml").read_text()


def test_what_is_asked_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--write", "--rule", "FunctionInVpc", "--ask", "open.yaml") == 0
    told = capsys.readouterr().err
    assert "Asked of whoever deploys open.yaml" in told
    assert "  PrivateSubnets (List<AWS::EC2::Subnet::Id>, for 1 finding): the ids of private subnets" in told
    assert Path("open.yaml").read_text().count("PrivateSubnets") == 2


def test_what_is_asked_is_in_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--format", "json", "--rule", "FunctionInVpc", "--ask", "open.yaml") == 1
    (told,) = json.loads(capsys.readouterr().out)
    subnets, groups = told["asked"]
    assert (subnets["parameter"], subnets["given"]) == ("PrivateSubnets", "private-subnets")
    assert subnets["declared"]["Type"] == "List<AWS::EC2::Subnet::Id>"
    assert [one["resource_logical_id"] for one in groups["fixed"]] == ["Function"]
    assert groups["parents"] == []


def test_rules_are_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--rule", "KeyRotated", "--rule", "HIPAA.Constructs-FunctionInVpc", "unsound.yaml") == 1
    shown = capsys.readouterr()
    assert "DeletionPolicy" not in shown.out
    assert shown.err.startswith("1 of 1 findings can be mended")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--format", "json", "unsound.yaml", "open.yaml") == 1
    shown = capsys.readouterr()
    assert shown.err == ""
    unsound, left = json.loads(shown.out)
    assert unsound["file"] == "unsound.yaml"
    assert unsound["changed"]
    assert not unsound["written"]
    assert {one["rule_id"] for one in unsound["fixed"]} >= {"HIPAA.Constructs-KeyRotated"}
    assert unsound["diff"].startswith("--- a/unsound.yaml")
    assert unsound["added"] == []
    assert "private subnets" in next(one["why"] for one in left["left"] if one["rule_id"].endswith("FunctionInVpc"))


def test_what_is_acknowledged_stays(capsys: pytest.CaptureFixture[str]) -> None:
    Path("hipaa-acknowledgements.toml").write_text(
        '[[acknowledgement]]\nrule = "HIPAA.Constructs-KeyRotated"\npath = "unsound.yaml/Key"\n'
        'reason = "The material is rotated by hand each quarter."\napproved_by = "privacy officer"\n'
        "expires = 2027-01-01\n"
    )
    call("unsound.yaml")
    assert "EnableKeyRotation" not in capsys.readouterr().out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_it_is_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    Path("unsound.yaml").write_text(UNSOUND.replace("archive", "archive \u202e"))
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    call("unsound.yaml")
    assert "\x1b[32m+      EnableKeyRotation: true\x1b[0m\n" in terminal.getvalue()
    assert "\u202e" not in terminal.getvalue()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.yaml"], "none.yaml: no such file"),
        (["cdk.out"], "the CDK writes this folder anew at each synth; mend the app, by secure_defaults"),
        (["."], "give template files"),
        (["--rule", "KeyRotation", "unsound.yaml"], "there is no rule of this id; nearest are KeyRotated"),
        (["--given", "subnets=a", "unsound.yaml"], "known are allowed-range"),
        (["--given", "private-subnets", "unsound.yaml"], "write NAME=VALUE"),
        (["--parameter", "Nothing=1", "unsound.yaml"], "no template has that parameter"),
        (["broken.yaml", "unsound.yaml"], "broken.yaml:2:1: not valid YAML"),
    ],
)
def test_what_cannot_be_used_is_two(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("cdk.out").mkdir()
    Path("cdk.out", "manifest.json").write_text('{"artifacts": {}}')
    Path("broken.yaml").write_text("Resources: [")
    assert call("--write", *arguments) == 2
    assert said in capsys.readouterr().err
    # None is written if one cannot be.
    assert Path("unsound.yaml").read_text() == UNSOUND


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_file_that_may_not_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    Path("unsound.yaml").chmod(stat.S_IRUSR)
    assert call("--write", "unsound.yaml") == 2
    assert "unsound.yaml: cannot be written: it is read-only" in capsys.readouterr().err


def test_a_refusal_of_the_system_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    assert call("--write", "unsound.yaml") == 2
    assert "unsound.yaml: cannot be written: Permission denied" in capsys.readouterr().err
    assert Path("unsound.yaml").read_text() == UNSOUND
    assert sorted(path.name for path in Path().iterdir() if path.suffix == ".part") == []
