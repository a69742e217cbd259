"""The command, as a user calls it."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsonschema
import pytest
from aws_cdk import aws_kms as kms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hipaa_constructs._commands import nag, progress
from hipaa_constructs._commands.check import FORMATS
from hipaa_constructs.cli import main
from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.output import Summary, as_text
from hipaa_constructs.compliance.rule import Finding, MetaRule

FIELDS = [
    "rule_id",
    "severity",
    "outcome",
    "resource_logical_id",
    "resource_type",
    "template",
    "construct_path",
    "controls",
    "message",
    "fix",
    "line",
    "column",
    "source",
    "also",
    "tells",
    "baseline",
]
UNSOUND = """\
Resources:
  Key:
    Type: AWS::KMS::Key
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
"""
SOUND = UNSOUND + "    Properties: {EnableKeyRotation: true}\n"
SCHEMA = Path(__file__).parent / "schemas" / "sarif-2.1.0.json"
COMMAND = [sys.executable, "-m", "hipaa_constructs.cli"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("unsound.yaml").write_text(UNSOUND)
    Path("sound.yaml").write_text(SOUND)


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    assert isinstance(end.value.code, int)
    return end.value.code


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    call("check", "--format", "json", *arguments)
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def entry(**changes: str) -> str:
    fields = {
        "rule": "HIPAA.Constructs-KeyRotated",
        "path": "unsound.yaml/Key",
        "reason": "The material is rotated by hand each quarter.",
        "approved_by": "privacy officer",
        "expires": "2027-06-30",
        **changes,
    }
    return "[[acknowledgement]]\n" + "".join(f'{key} = "{value}"\n' for key, value in fields.items())


# -- check -----------------------------------------------------------------------------------------------------


def test_clean_is_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("check", "sound.yaml") == 0
    assert "1 resource in 1 template" in capsys.readouterr().out


def test_found_is_one_and_says_what_where_and_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("check", "unsound.yaml") == 1
    shown = capsys.readouterr().out
    for said in ("unsound.yaml", "AWS::KMS::Key", "HIPAA.Constructs-KeyRotated", "does not rotate", "Fix:", "164.312"):
        assert said in shown
    assert shown.splitlines()[-1].endswith("1 error, 0 warnings, 0 acknowledged")
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "bad.yaml:1: the file is empty"),
        (b"Resources:\n  a: !Foo b", "bad.yaml:2:6: not valid YAML: !Foo"),
        (b"\xff", "bad.yaml:1:1: byte 0xff"),
    ],
)
def test_unusable_is_two_and_one_line(capsys: pytest.CaptureFixture[str], content: bytes, said: str) -> None:
    Path("bad.yaml").write_bytes(content)
    assert call("check", "bad.yaml") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert said in captured.err


@pytest.mark.parametrize("paths", [["unsound.yaml", "bad.yaml", "gone.yaml"], ["."]])
def test_what_is_unusable_keeps_nothing_else_from_being_checked(
    capsys: pytest.CaptureFixture[str], paths: list[str]
) -> None:
    Path("bad.yaml").write_text("Resources:\n  A: {Type: !Foo AWS::S3::Bucket}\n")
    assert call("check", *paths, "--format", "json") == 2
    captured = capsys.readouterr()
    assert [one["template"].rpartition("/")[2] for one in json.loads(captured.out)] == ["unsound.yaml"]
    said = [line for line in captured.err.splitlines() if line.startswith("hipaa-constructs: ")]
    assert [line.partition("yaml:")[0] for line in said] == [
        f"hipaa-constructs: {path}" for path in ("bad.", "gone.")[: len(paths) - 1 or 1]
    ]


def test_one_broken_template_of_a_cloud_assembly_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = cdk.App(outdir=str(tmp_path / "out"), builtin_cloud_formation_validation=False)
    for name in ("Sound", "Broken"):
        kms.Key(cdk.Stack(app, name), "Key")
    app.synth()
    Path("out/Broken.template.json").write_text("{")
    assert call("check", "out", "--format", "json") == 2
    captured = capsys.readouterr()
    assert {one["template"] for one in json.loads(captured.out)} == {"Sound.template.json"}
    assert "Broken.template.json:1:2: not valid JSON" in captured.err


@pytest.mark.parametrize("arguments", [["check"], ["check", "x", "--format", "xml"], ["chekc"], ["check", "--nope"]])
def test_wrong_arguments_are_two(arguments: list[str]) -> None:
    assert call(*arguments) == 2


def test_json_has_exactly_the_fields(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = checked(capsys, "unsound.yaml")
    assert list(found) == FIELDS
    assert found["resource_logical_id"] == "Key"
    assert found["template"] == "unsound.yaml"
    assert found["controls"]
    assert (found["line"], found["column"], found["source"]) == (2, 3, None)


def test_several_templates_are_one_app(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bucket.json").write_text(json.dumps({"Resources": {"Records": {"Type": "AWS::S3::Bucket"}}}))
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": "records",
            "PolicyDocument": {
                "Statement": {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            },
        },
    }
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "records"}}
    Path("bucket.json").write_text(json.dumps({"Resources": {"Records": bucket}}))
    Path("policy.json").write_text(json.dumps({"Resources": {"Policy": policy}}))
    tls = "HIPAA.Constructs-BucketTlsRequired"
    assert tls in {one["rule_id"] for one in checked(capsys, "bucket.json")}
    assert tls not in {one["rule_id"] for one in checked(capsys, "bucket.json", "policy.json")}


def test_output_goes_to_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("check", "unsound.yaml", "--format", "json", "--output", "out.json") == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "1 error" in captured.err
    assert len(json.loads(Path("out.json").read_text())) == 1


def test_an_output_that_cannot_be_written_is_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("check", "unsound.yaml", "--output", "missing/out.txt") == 2
    assert "missing/out.txt: cannot be written" in capsys.readouterr().err


def test_warnings_fail_only_where_asked() -> None:
    Path("warned.yaml").write_text(SOUND + "Transform: Macro\n")
    assert call("check", "warned.yaml") == 0
    assert call("check", "warned.yaml", "--fail-on", "warning") == 1
    assert call("check", "unsound.yaml") == 1


def test_standard_input() -> None:
    done = subprocess.run([*COMMAND, "check", "-"], input=UNSOUND, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "<stdin>" in done.stdout


def test_a_reader_that_leaves_early_is_met_with_silence() -> None:
    many = {f"Key{number}": {"Type": "AWS::KMS::Key"} for number in range(3000)}
    Path("many.json").write_text(json.dumps({"Resources": many}))
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, "check", "many.json"], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert done.stderr == b""


def test_odd_names_and_terminal_codes_stay_text(capsys: pytest.CaptureFixture[str]) -> None:
    odd = "a b\u00fc\x1b[31m\u2028"
    Path("odd \u00fc.json").write_text(json.dumps({"Resources": {odd: {"Type": "AWS::KMS::Key"}}}))
    assert call("check", "odd \u00fc.json") == 1
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\\x1b[31m" in shown
    Path("lone.json").write_text('{"Resources": {"\\ud800": {"Type": "AWS::KMS::Key"}}}')
    for form in FORMATS:
        assert call("check", "lone.json", "--format", form) == 1


def test_markdown_tells_findings_and_what_could_not_be_used(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.yaml").write_text("")
    assert call("check", "unsound.yaml", "bad.yaml", "--format", "markdown") == 2
    shown = capsys.readouterr().out
    assert "<summary><code>unsound.yaml</code>: 1 error</summary>" in shown
    assert "| error | <code>HIPAA.Constructs-KeyRotated</code> | <code>Key</code><br>AWS::KMS::Key |" in shown
    assert "<li>bad.yaml:1: the file is empty" in shown


def test_what_is_read_beside_a_file_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "unsound.yaml"}}
    Path("parent.json").write_text(json.dumps({"Resources": {"Keys": stack}}))
    assert call("check", "parent.json") == 1
    shown = capsys.readouterr()
    assert "unsound.yaml:" in shown.out
    assert "Read too, since the templates name them: unsound.yaml.\n" in shown.err


def test_other_files_of_a_folder_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    Path("package.json").write_text("{}")
    assert call("check", ".") == 1
    assert "1 other JSON and YAML files there are no templates" in capsys.readouterr().err


# -- acknowledgements ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [False, True])
def test_a_reviewed_file_is_honoured(capsys: pytest.CaptureFixture[str], named: bool) -> None:
    Path("mine.toml" if named else "hipaa-acknowledgements.toml").write_text(entry())
    extra = ["--acknowledgements", "mine.toml"] if named else []
    assert call("check", "unsound.yaml", "--today", "2026-11-22", *extra) == 0
    assert "1 acknowledged" in capsys.readouterr().out


def test_the_day_decides(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("hipaa-acknowledgements.toml").write_text(entry())
    expected = {"HIPAA.Constructs-KeyRotated", "HIPAA.Constructs-AcknowledgementInForce"}
    assert {one["rule_id"] for one in checked(capsys, "unsound.yaml", "--today", "2027-07-01")} == expected
    monkeypatch.setenv("HIPAA_CONSTRUCTS_TODAY", "2027-07-01")
    assert {one["rule_id"] for one in checked(capsys, "unsound.yaml")} == expected
    monkeypatch.setenv("HIPAA_CONSTRUCTS_TODAY", "tomorrow")
    assert call("check", "unsound.yaml") == 2


def test_what_is_wrong_with_acknowledgements_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    Path("hipaa-acknowledgements.toml").write_text(
        entry(path="unsound.yaml/*") + entry(path="unsound.yaml/Other") + entry(rule="KeyRotated", reason="n/a")
    )
    found = {one["rule_id"].rpartition("-")[2] for one in checked(capsys, "unsound.yaml", "--today", "2026-11-22")}
    assert found == {
        "AcknowledgementKnown",
        "AcknowledgementNarrow",
        "AcknowledgementReasoned",
        "AcknowledgementUsed",
    }


def test_a_wrong_file_of_acknowledgements_is_two(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.toml").write_text("[[acknowledgement]]\nrul = 1\n")
    assert call("check", "sound.yaml", "--acknowledgements", "mine.toml") == 2
    assert "mine.toml: entry 1, 'rul'" in capsys.readouterr().err
    assert call("check", "sound.yaml", "--acknowledgements", "none.toml") == 2


# -- the baseline ----------------------------------------------------------------------------------------------


def known(**changes: str) -> str:
    fields = {
        "rule": "HIPAA.Constructs-KeyRotated",
        "path": "unsound.yaml/Key",
        "fingerprint": "of another day",
        "first_seen": "2026-11-01",
        "owner": "key team",
        "until": "2027-03-31",
        **changes,
    }
    return "[[known]]\n" + "".join(f'{key} = "{value}"\n' for key, value in fields.items())


@pytest.mark.parametrize("named", [False, True])
def test_what_is_known_is_shown_and_fails_nothing(capsys: pytest.CaptureFixture[str], named: bool) -> None:
    Path("mine.toml" if named else "hipaa-baseline.toml").write_text(known())
    extra = ["--today", "2026-11-28", *(["--baseline", "mine.toml"] if named else [])]
    assert call("check", "unsound.yaml", *extra, "--fail-on", "warning") == 0
    shown = capsys.readouterr().out
    assert "  known    HIPAA.Constructs-KeyRotated" in shown
    assert "Debt: known since 2026-11-01, to be mended by key team until 2027-03-31" in " ".join(shown.split())
    assert shown.splitlines()[-1].endswith("0 errors, 0 warnings, 1 known, 0 acknowledged")
    (one,) = checked(capsys, "unsound.yaml", *extra)
    assert one["severity"] == "error"
    assert one["baseline"] == {"first_seen": "2026-11-01", "owner": "key team", "until": "2027-03-31"}


def test_what_is_not_known_fails_and_is_not_marked(capsys: pytest.CaptureFixture[str]) -> None:
    Path("hipaa-baseline.toml").write_text(known())
    Path("second.yaml").write_text(UNSOUND)
    assert call("check", "unsound.yaml", "second.yaml", "--today", "2026-11-28") == 1
    capsys.readouterr()
    found = checked(capsys, "unsound.yaml", "second.yaml", "--today", "2026-11-28")
    assert [(one["template"], one["baseline"] is None) for one in found] == [
        ("unsound.yaml", False),
        ("second.yaml", True),
    ]


def test_a_baseline_ends(capsys: pytest.CaptureFixture[str]) -> None:
    Path("hipaa-baseline.toml").write_text(known())
    assert call("check", "unsound.yaml", "--today", "2027-03-31") == 0
    assert call("check", "unsound.yaml", "--today", "2027-04-01") == 1
    capsys.readouterr()
    found = checked(capsys, "unsound.yaml", "--today", "2027-04-01")
    assert {(one["rule_id"], one["baseline"]) for one in found} == {
        ("HIPAA.Constructs-KeyRotated", None),
        ("HIPAA.Constructs-BaselineInForce", None),
    }


def test_a_wrong_baseline_is_two_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("hipaa-baseline.toml").write_text(known(until="2027-12-31"))
    assert call("check", "unsound.yaml", "--today", "2026-11-28") == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "hipaa-baseline.toml: entry 1, until: got 2027-12-31, more than a year ahead" in captured.err


# -- SARIF -----------------------------------------------------------------------------------------------------


def test_sarif_is_valid_and_points_at_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Path("loop.yaml").write_text("Resources:\n  Fn::ForEach::X: [a, [b], {}]\n")
    Path("hipaa-acknowledgements.toml").write_text(entry(path="unsound.yaml/Other"))
    call("check", "unsound.yaml", "loop.yaml", "--format", "sarif", "--today", "2026-11-22")
    log = json.loads(capsys.readouterr().out)
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text())).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    results = {result["ruleId"].rpartition("-")[2]: result for result in run["results"]}
    assert set(results) == {"KeyRotated", "TemplateReadable", "AcknowledgementUsed"}
    for result in results.values():
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    rotated = results["KeyRotated"]
    assert rotated["level"] == "error"
    physical = rotated["locations"][0]["physicalLocation"]
    assert physical == {"artifactLocation": {"uri": "unsound.yaml"}, "region": {"startLine": 2, "startColumn": 3}}


def test_sarif_fingerprints_outlive_a_moved_line(capsys: pytest.CaptureFixture[str]) -> None:
    def fingerprints() -> list[str]:
        call("check", "unsound.yaml", "--format", "sarif")
        results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
        return [result["partialFingerprints"]["ruleAndResource/v1"] for result in results]

    before = fingerprints()
    Path("unsound.yaml").write_text("# moved\n\n" + UNSOUND)
    assert fingerprints() == before


def test_sarif_lines_are_those_of_the_resources(capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.json").write_text(
        json.dumps(
            {
                "Parameters": {"Deep": {"Type": "String"}},
                "Resources": {
                    "Topic": {"Type": "AWS::SNS::Topic", "Metadata": {"Key": {"Key": 1}}},
                    "Key": {"Type": "AWS::KMS::Key"},
                },
            },
            indent=2,
        )
    )
    call("check", "t.json", "--format", "sarif")
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    lines = Path("t.json").read_text().splitlines()
    seen = set()
    for result in results:
        location = result["locations"][0]
        name = location["logicalLocations"][0]["name"]
        assert lines[location["physicalLocation"]["region"]["startLine"] - 1] == f'    "{name}": {{'
        seen.add(name)
    assert seen == {"Topic", "Key"}


# -- text ------------------------------------------------------------------------------------------------------


def finding(**changes: Any) -> Finding:
    fields: dict[str, Any] = {
        **dict.fromkeys(FIELDS, "x"),
        "line": None,
        "column": None,
        "source": None,
        "baseline": None,
    }
    return Finding(**{**fields, "severity": "error", "outcome": "failed", "controls": ("164.312(b)",), **changes})


def test_text_groups_by_resource_errors_first() -> None:
    found = [
        finding(resource_logical_id="A", rule_id="P-W", severity="warning", construct_path="S/A"),
        finding(resource_logical_id="B", construct_path="S/B"),
        finding(resource_logical_id="A", rule_id="P-E", construct_path="S/A"),
        finding(resource_logical_id="A", rule_id="P-U", construct_path="S/A", severity="warning", outcome="unknown"),
    ]
    shown = as_text(found, Summary(1, 2, 3, 4))
    order = [shown.index(text) for text in ("S/A", "error    P-E", "unknown  P-U", "warning  P-W", "S/B")]
    assert order == sorted(order)
    assert "2 errors, 1 warning, 1 unknown, 4 acknowledged" in shown


def test_text_names_lines_of_template_and_app() -> None:
    shown = as_text([finding(template="t.yaml", line=3, column=7, source="app.py:12")], Summary(1, 1, 1, 0))
    assert "x in t.yaml  app.py:12\n" in shown
    assert "  error    x  t.yaml:3:7\n" in shown


def test_color_only_where_asked() -> None:
    assert "\x1b[31m" in as_text([finding()], Summary(1, 1, 1, 0), color=True)
    assert "\x1b" not in as_text([finding()], Summary(1, 1, 1, 0))


@pytest.mark.parametrize(("no_color", "colored"), [("", True), ("1", False)])
def test_a_terminal_gets_color_unless_told(monkeypatch: pytest.MonkeyPatch, no_color: str, colored: bool) -> None:
    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    raw = io.BytesIO()
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr("sys.stdout", Terminal(raw, encoding="ascii"))
    Path("unsound.yaml").rename("ünsound.yaml")
    assert call("check", "ünsound.yaml") == 1
    assert (b"\x1b[31m" in raw.getvalue()) is colored
    assert b"\\xfcnsound.yaml" in raw.getvalue()


def test_progress_is_shown_late_and_to_watchers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for watched, late, shown in ((True, True, True), (True, False, False), (False, True, False)):
        screen = Terminal() if watched else io.StringIO()
        monkeypatch.setattr("sys.stderr", screen)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(progress, "_PATIENCE_SECONDS", 0 if late else 60)
        with progress.Progress() as bar:
            bar.show("Reading [x]")
            bar.show("Checking", 1, 2)
        assert ("Checking" in screen.getvalue()) is shown


# -- cdk-nag ---------------------------------------------------------------------------------------------------


def test_packs_run_and_their_findings_look_like_ours(capsys: pytest.CaptureFixture[str]) -> None:
    acl = {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": "vpc-1"}}
    resources = {"Records": {"Type": "AWS::S3::Bucket"}, "Acl": acl}
    Path("t.json").write_text(json.dumps({"Resources": resources}))
    Path("hipaa-acknowledgements.toml").write_text(
        entry(rule="HIPAA.Security-S3BucketReplicationEnabled", path="t.json/Records")
    )
    found = checked(capsys, "t.json", "sound.yaml", "--pack", "HIPAA.Security", "--pack", "AwsSolutions")
    by_id = {one["rule_id"]: one for one in found}
    custom = by_id["AwsSolutions-VPC3"]
    assert list(custom) == FIELDS
    assert (custom["template"], custom["resource_logical_id"]) == ("t.json", "Acl")
    assert "Control ID" not in custom["message"]
    assert "HIPAA.Security-S3BucketReplicationEnabled" not in by_id
    # What ours found too goes by our id alone.
    logging = by_id["HIPAA.Constructs-BucketAccessLogged"]
    assert logging["also"] == ["HIPAA.Security-S3BucketLoggingEnabled", "AwsSolutions-S1"]
    assert "HIPAA.Security-S3BucketLoggingEnabled" not in by_id


def test_packs_look_past_what_cdk_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    other = {"Fn::GetStackOutput": {"StackName": "Other", "OutputName": "Key"}}
    resources = {
        "Acl": {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": other}},
        "Fn::ForEach::Queues": ["Name", ["a"], {}],
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {}, "EnableKeyRotation": "True"}},
    }
    Path("t.json").write_text(json.dumps({"Resources": resources, "Rules": {"R": {"Assertions": []}}}))
    found = {one["rule_id"] for one in checked(capsys, "t.json", "--pack", "AwsSolutions")}
    assert "AwsSolutions-VPC3" in found
    assert "HIPAA.Constructs-TemplateReadable" in found


@pytest.mark.parametrize("closed", [True, False])
def test_a_default_security_group_is_closed_by_what_closes_it(capsys: pytest.CaptureFixture[str], closed: bool) -> None:
    group = {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]} if closed else "sg-1"
    resources = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Closed": {
            "Type": "Custom::VpcRestrictDefaultSG",
            "Properties": {"ServiceToken": "arn:aws:lambda:x", "DefaultSecurityGroupId": group},
        },
    }
    Path("t.json").write_text(json.dumps({"Resources": resources}))
    found = {one for each in checked(capsys, "t.json", "--pack", "HIPAA.Security") for one in each["also"]}
    assert ("HIPAA.Security-VPCDefaultSecurityGroupClosed" in found) is not closed


def test_a_template_that_cdk_cannot_include_is_two(capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.json").write_text(json.dumps({"Resources": {"A": {"Type": "AWS::S3::Bucket", "DependsOn": "Missing"}}}))
    assert call("check", "t.json", "--pack", "AwsSolutions") == 2
    assert "t.json: cdk-nag cannot include this template" in capsys.readouterr().err


def test_without_node_the_way_out_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JSII_NODE")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(nag.importlib.util, "find_spec", lambda name: None)
    assert call("check", "sound.yaml", "--pack", "AwsSolutions") == 2
    assert "pip install 'hipaa-constructs[node]'" in capsys.readouterr().err


def test_node_comes_from_the_wheel_where_there_is_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JSII_NODE")
    monkeypatch.setenv("PATH", "")
    assert Path(nag._environment()["JSII_NODE"]).is_file()


def test_a_process_that_breaks_is_two(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("JSII_NODE", "/nonexistent/node")
    assert call("check", "sound.yaml", "--pack", "AwsSolutions") == 2
    assert "cdk-nag could not run" in capsys.readouterr().err


# -- the catalogue's commands ----------------------------------------------------------------------------------


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("rules") == 0
    text = capsys.readouterr().out
    assert "error    HIPAA.Constructs-KeyRotated" in text
    assert max(map(len, text.splitlines())) <= 80
    assert call("rules", "--format", "json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert all(list(one) == ["id", "severity", "title", "controls", "fix"] for one in listed)


def test_controls(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("controls") == 0
    assert len(capsys.readouterr().out.splitlines()) >= 69
    assert call("controls", "164.312(a)(2)(iv)") == 0
    page = capsys.readouterr().out
    assert "HIPAA.Constructs-KeyRotated" in page
    assert "addressable" in page
    assert call("controls", "164.312(b)", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["cdk_nag"]
    assert call("controls", "--format", "json") == 0
    assert len(json.loads(capsys.readouterr().out)) == 69


def test_an_unknown_control_is_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("controls", "164.312(z)") == 2
    assert "nearest are 164.312" in capsys.readouterr().err


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("explain", "HIPAA.Constructs-DatabaseEncrypted") == 0
    text = capsys.readouterr().out
    assert "Non-compliant: it is false or absent" in text
    assert "rds.DatabaseInstance(storage_encrypted=True" in text
    assert "docdb.DatabaseCluster(" in text
    assert "``" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert call("explain", "DatabaseEncrypted", "AWS::RDS::DBInstance", "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["resource_type"] for one in told["fixes"]] == ["AWS::RDS::DBInstance"]
    assert told["fixes"][0]["cloudformation"].startswith("Set StorageEncrypted: true and KmsKeyId: <the ARN")
    assert told["controls"] == [{"id": "164.312(a)(2)(iv)", "title": "Encryption and decryption"}]


def test_every_rule_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for rule in every_rule():
        assert call("explain", rule.id) == 0
        text = capsys.readouterr().out
        assert rule.id in text
        assert re.search(r"\n  https://www\.ecfr\.gov/current/title-45/section-164\.3\d\d(\n|$)", text), rule.id


def test_rules_about_the_check_itself_say_what_is_compliant_and_why() -> None:
    about = [rule for rule in every_rule() if isinstance(rule, MetaRule)]
    assert len(about) == 16
    for rule in about:
        assert re.match(r"Compliant: .+\. Non-compliant: .+\.", rule.explanation), rule.id
        assert re.search(r"https://(www\.ecfr\.gov|docs\.aws\.amazon\.com)/\S+\.$", rule.explanation), rule.id


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            "IAMNoInlinePolicy",
            ["No rule here asks the same", "164.308(a)(3)(i)", "LeastPrivilegeRole", "AWS::IAM::User"],
        ),
        ("HIPAA.Security::HIPAA.Security-IAMNoInlinePolicy", ["No rule here asks the same"]),
        (
            "HIPAA.Security-RedshiftClusterConfiguration",
            [
                "asked by HIPAA.Constructs-StoreEncrypted and",
                "HIPAA.Constructs-DatabaseLogsExported",
                "LoggingProperties",
            ],
        ),
        (
            "HIPAA.Security-S3BucketReplicationEnabled",
            ["Overruled where that is shown: The bucket holds access or flow logs"],
        ),
        ("AwsSolutions-KDS3", ["Overruled where that is shown", "cdk-nag/blob/main/RULES.md"]),
    ],
)
def test_a_rule_of_cdk_nag_alone_has_a_page(asked: str, said: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert call("explain", asked) == 0
    text = capsys.readouterr().out
    assert text.startswith(("HIPAA.Security-", "AwsSolutions-"))
    # The lines are wrapped, also behind hyphens.
    assert all("".join(one.split()) in "".join(text.split()) for one in said)
    assert call("explain", asked, "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sources"][-1].startswith("https://github.com/cdklabs/cdk-nag")
    assert told["fix"]


@pytest.mark.parametrize(
    "asked",
    [
        "S3BucketLoggingEnabled",
        "HIPAA.Security::HIPAA.Security-S3BucketLoggingEnabled",
        "AwsSolutions-S1",
        "BucketAccessLogged",
    ],
)
def test_a_rule_of_cdk_nag_is_explained_by_its_twin(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("explain", asked) == 0
    assert capsys.readouterr().out.startswith("HIPAA.Constructs-BucketAccessLogged")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["DatabaseEncrypte"], "nearest are HIPAA.Constructs-DatabaseEncrypted"),
        (["HIPAA.Security-IAMNoInlinePolicies"], "there is no rule of this id; nearest are"),
        (
            ["KeyRotated", "AWS::KMS::Keys"],
            "HIPAA.Constructs-KeyRotated does not look at it; nearest are AWS::KMS::Key",
        ),
    ],
)
def test_what_cannot_be_explained_is_two(asked: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("explain", *asked) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("names", "code", "said"),
    [
        (["Amazon S3", "AWS::Lambda::Function"], 0, "Amazon S3: eligible"),
        (["s3", "lightsail"], 1, "AWS::Lightsail: NOT eligible"),
        (["AWS::DirectoryService::SimpleAD"], 1, "the list excludes it"),
        (["AWS::AccessAnalyzer"], 1, "a tool for the account"),
        (["AWS::AIOps"], 1, "unverified"),
        (["RDS"], 0, "Except: SQL Server"),
        (["qldb"], 0, "Lifecycle: ended"),
        (["App Runner"], 1, "AWS::AppRunner: NOT eligible"),
        (["AWS App Runner"], 1, "AWS::AppRunner: NOT eligible"),
        (["amazon cloud front"], 0, "Amazon CloudFront: eligible"),
        (["App Runer"], 2, "2026-05-22"),
        (["dynamodbb"], 2, "2026-05-22"),
        (["lightsail", "dynamodbb"], 2, "AWS::Lightsail"),
    ],
)
def test_eligible(capsys: pytest.CaptureFixture[str], names: list[str], code: int, said: str) -> None:
    assert call("eligible", *names) == code
    captured = capsys.readouterr()
    assert said in captured.out
    assert ("nearest are" in captured.err) is (code == 2)


def test_eligible_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("eligible", "s3", "--format", "json") == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert (answer["query"], answer["status"], answer["as_of"]) == ("s3", "eligible", "2026-05-22")


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("check", "controls", "eligible", "rules"))
    assert call("--version") == 0


# -- anything at all -------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
SECTIONS = st.fixed_dictionaries(
    {"Resources": VALUES | st.dictionaries(st.text(max_size=5), st.fixed_dictionaries({"Type": VALUES}), max_size=3)},
    optional=dict.fromkeys(("Parameters", "Conditions", "Mappings", "Outputs", "Transform", "Metadata"), VALUES),
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(SECTIONS | VALUES, st.sampled_from(FORMATS))
def test_any_value_as_a_template_ends_in_an_exit_code(value: Any, form: str) -> None:
    Path("any.json").write_text(json.dumps(value))
    assert call("check", "any.json", "--format", form, "--output", "out") in (0, 1, 2)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=120))
def test_any_bytes_as_a_template_end_in_an_exit_code(content: bytes) -> None:
    Path("any.yaml").write_bytes(content)
    assert call("check", "any.yaml", "--output", "out") in (0, 1, 2)


def test_what_was_read_is_what_is_reported() -> None:
    assert [template.name for template in load(["sound.yaml"]).templates] == ["sound.yaml"]
