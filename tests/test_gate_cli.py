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


def synth(directory: Path, program: str, python: str) -> subprocess.CompletedProcess[str]:
    (directory / "app.py").write_text(program)
    (directory / "cdk.json").write_text(
        json.dumps({"app": f"{python} app.py", "notices": False, "versionReporting": False})
    )
    return subprocess.run(
        [NODE, str(CDK), "synth", "--quiet"],
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
