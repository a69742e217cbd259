"""The gate bites: through the real CDK CLI, on the pinned and on the oldest supported aws-cdk-lib."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CDK = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"
NODE = os.environ["JSII_NODE"]
FLOOR = ROOT / ".venv-floor" / "bin" / "python"

PLAIN_BUCKET = """
import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from hipaa_constructs import enforce_hipaa

app = cdk.App()
s3.Bucket(cdk.Stack(app, "Clinic"), "Records")
enforce_hipaa(app)
app.synth()
"""

STAGE_ACKNOWLEDGED = """
import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from hipaa_constructs import enforce_hipaa

app = cdk.App()
stage = cdk.Stage(app, "Prod")
kms.Key(cdk.Stack(stage, "Clinic"), "Key", removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
for pack, rule in (("HIPAA.Constructs", "KeyRotated"), ("HIPAA.Security", "KMSBackingKeyRotationEnabled")):
    accepted = cdk.Acknowledgment(id=f"{pack}::{pack}-{rule}", reason="Rotated by hand each quarter.")
    cdk.Validations.of(stage).acknowledge(accepted)
enforce_hipaa(app)
app.synth()
"""


def synth(directory: Path, program: str, python: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (directory / "app.py").write_text(program)
    (directory / "cdk.json").write_text(
        json.dumps({"app": f"{python} app.py", "notices": False, "versionReporting": False})
    )
    return subprocess.run(
        [NODE, str(CDK), "synth", "--quiet", *arguments],
        cwd=directory,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PATH": f"{Path(NODE).parent}{os.pathsep}{os.environ['PATH']}",
            # CDK's own schema check, which takes longer than all the rest, has no part in this.
            "CDK_VALIDATION": "false",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def assert_bites(done: subprocess.CompletedProcess[str]) -> None:
    output = done.stdout + done.stderr
    assert done.returncode != 0, output
    assert "HIPAA.Security::HIPAA.Security-S3BucketReplicationEnabled" in output
    assert "[also HIPAA.Security-S3BucketVersioningEnabled]" in output
    assert "HIPAA.Constructs::HIPAA.Constructs-BucketTlsRequired" in output
    assert "Clinic/Records/Resource" in output
    assert "enforce_ssl=True" in output


def test_a_plain_bucket_fails_the_real_cli(tmp_path: Path) -> None:
    assert_bites(synth(tmp_path, PLAIN_BUCKET, sys.executable))


@pytest.mark.skipif(not FLOOR.exists(), reason="make check builds .venv-floor, with the oldest supported aws-cdk-lib")
def test_a_plain_bucket_fails_on_the_floor_version(tmp_path: Path) -> None:
    assert_bites(synth(tmp_path, PLAIN_BUCKET, str(FLOOR)))


def test_what_is_acknowledged_for_a_whole_stage_fails_the_real_cli(tmp_path: Path) -> None:
    done = synth(tmp_path, STAGE_ACKNOWLEDGED, sys.executable, "Prod/*")
    output = done.stdout + done.stderr
    assert done.returncode != 0, output
    assert "it covers a whole stage" in output
    assert "EnableKeyRotation" not in output


def test_errors_within_a_stage_fail_the_real_cli_that_was_asked_for_no_stage(tmp_path: Path) -> None:
    in_a_stage = PLAIN_BUCKET.replace("cdk.Stack(app,", 'cdk.Stack(cdk.Stage(app, "Prod"),')
    assert in_a_stage != PLAIN_BUCKET
    done = synth(tmp_path, in_a_stage, sys.executable)
    output = done.stdout + done.stderr
    assert done.returncode != 0, output
    assert "Errors stand in stacks within stages" in output
    assert "in Prod/Clinic" in output


def test_verify_fails_where_the_real_cli_was_told_to_ignore_errors(tmp_path: Path) -> None:
    assert synth(tmp_path, PLAIN_BUCKET, sys.executable, "--ignore-errors").returncode == 0
    command = [sys.executable, "-m", "hipaa_constructs.cli", "verify", "cdk.out"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "HIPAA.Constructs-BucketTlsRequired" in done.stdout


def test_errors_that_the_cli_ignores_fail_at_verify_and_report(tmp_path: Path) -> None:
    done = synth(tmp_path, PLAIN_BUCKET, sys.executable, "--ignore-errors")
    assert done.returncode == 0, done.stdout + done.stderr
    for arguments in (["verify", "cdk.out"], ["report", "cdk.out", "--format", "json"]):
        code, output = command(tmp_path, *arguments)
        assert code == 1, output
    # Until the findings are known.
    assert command(tmp_path, "baseline", "cdk.out")[0] == 0
    for arguments in (["verify", "cdk.out"], ["report", "cdk.out", "--format", "json"]):
        code, output = command(tmp_path, *arguments)
        assert code == 0, output
    assert synth(tmp_path, PLAIN_BUCKET, sys.executable).returncode == 0


@pytest.mark.parametrize("pattern", [[], ["**"]], ids=["none", "all"])
def test_a_gate_that_only_reports_lets_the_real_cli_pass(tmp_path: Path, pattern: list[str]) -> None:
    program = STAGE_ACKNOWLEDGED.replace("enforce_hipaa(app)", "enforce_hipaa(app, report_only=True)")
    done = synth(tmp_path, program, sys.executable, *pattern)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "errors would have failed" in done.stderr


@pytest.mark.parametrize("terms", ["", ", report_only=True"], ids=["enforced", "report-only"])
@pytest.mark.parametrize("file", ["hipaa-baseline.toml", "hipaa-acknowledgements.toml"])
def test_a_file_that_cannot_be_read_fails_the_real_cli(tmp_path: Path, file: str, terms: str) -> None:
    (tmp_path / file).write_text("owner = 1")
    done = synth(tmp_path, PLAIN_BUCKET.replace("(app)\napp", f"(app{terms})\napp"), sys.executable)
    output = done.stdout + done.stderr
    assert done.returncode != 0, output
    assert f"Nothing was judged: {file}: the key 'owner' is unknown" in output
    (tmp_path / file).unlink()
    code, told = command(tmp_path, "verify", "cdk.out")
    assert code == 2
    assert f"at this synth the gate did not judge: Nothing was judged: {file}" in told


def test_a_gate_that_breaks_fails_the_real_cli(tmp_path: Path) -> None:
    broken = "from hipaa_constructs.compliance import evaluation\nevaluation.assess = None\napp.synth()"
    done = synth(tmp_path, PLAIN_BUCKET.replace("app.synth()", broken), sys.executable)
    output = done.stdout + done.stderr
    assert done.returncode != 0, output
    assert output.count("Nothing was judged: TypeError: 'NoneType' object is not callable") == 1
    assert "Traceback" in done.stderr


def command(directory: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "hipaa_constructs.cli", *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
