"""What jobs run, run by a shell that finds the tests' own programs where CodeBuild has AWS's and the CDK's."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from hipaa_constructs.delivery import commands
from hipaa_constructs.delivery.bootstrap_roles import Target

TARGETS = [Target("200000000001", "us-west-2"), Target("200000000001", "us-east-1")]

AWS = r"""
echo "aws $*" >> "$HOME/calls"
case "$*" in
  "s3 cp --quiet s3://evidence/deployed/"*) [ -f "$HOME/deployed.json" ] && cp "$HOME/deployed.json" "${@: -1}" ;;
  "s3 cp "*) ;;
  *detect-stack-drift*) echo "$*" | sed 's/.*--stack-name \([^ ]*\).*/id-\1/' ;;
  *describe-stack-drift-detection-status*)
    case "$*" in
      *id-Changed*) printf 'DETECTION_COMPLETE\tDRIFTED\n' ;;
      *)
        if [ -f "$HOME/asked" ]; then printf 'DETECTION_COMPLETE\tIN_SYNC\n'; fi
        if [ ! -f "$HOME/asked" ]; then touch "$HOME/asked"; printf 'DETECTION_IN_PROGRESS\tNone\n'; fi ;;
    esac ;;
esac
"""
HIPAA = r"""
echo "hipaa-constructs $*" >> "$HOME/calls"
case "$1" in
  preflight) [ "$PREFLIGHT" = 0 ] || exit "$PREFLIGHT" ;;
  report) echo "1 regression"; exit 1 ;;
esac
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "programs"
    folder.mkdir()
    for name, script in {"aws": AWS, "hipaa-constructs": HIPAA, "cdk": 'echo "cdk $*" >> "$HOME/calls"'}.items():
        (folder / name).write_text(f"#!/bin/bash\n{script}")
        (folder / name).chmod(0o755)
    return folder


def run(
    script: Sequence[str], folder: Path, programs: Path, shell: str = "sh", **given: str
) -> subprocess.CompletedProcess[str]:
    env = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(folder),
        "ASSEMBLY": str(folder / "cdk.out"),
        "REPORT": str(folder / "report"),
        "EVIDENCE": "evidence",
        "RUN": "runs/1/production",
        "DEPLOYED": "deployed/production",
        "DRIFT_PAUSE": "0",
        "PREFLIGHT": "0",
        **given,
    }
    command = [shell, "-ec", "\n".join(script)]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_each_account_has_a_profile_that_reads_it(tmp_path: Path, programs: Path, shell: str) -> None:
    script = commands.profiles(TARGETS, credential_source="credential_source=EcsContainer")
    assert run(script, tmp_path, programs, shell).returncode == 0
    assert (tmp_path / "aws-config").read_text().splitlines()[:4] == [
        "[profile 200000000001-us-east-1]",
        "role_arn=arn:aws:iam::200000000001:role/cdk-hnb659fds-lookup-role-200000000001-us-east-1",
        "credential_source=EcsContainer",
        "region=us-east-1",
    ]


def test_a_first_deployment_goes_on_whatever_preflight_finds(tmp_path: Path, programs: Path) -> None:
    done = run(commands.review(TARGETS), tmp_path, programs, PREFLIGHT="1")
    assert done.returncode == 0, done.stderr
    assert len([one for one in calls(tmp_path) if one.startswith("hipaa-constructs preflight")]) == 2
    assert not [one for one in calls(tmp_path) if "--compare" in one]


def test_later_what_preflight_finds_stops_the_wave_and_is_kept(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "deployed.json").write_text("{}")
    done = run(commands.review(TARGETS), tmp_path, programs, PREFLIGHT="1")
    assert (done.returncode, done.stdout.strip()) == (1, "preflight found something")
    kept = "aws s3 cp --quiet --recursive evidence s3://evidence/runs/1/production/review"
    assert kept in calls(tmp_path)


def test_the_difference_of_evidence_is_for_people_to_judge(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "deployed.json").write_text("{}")
    assert run(commands.review(TARGETS), tmp_path, programs).returncode == 0
    assert (tmp_path / "evidence" / "difference.txt").read_text() == "1 regression\n"


def test_an_account_that_cannot_be_asked_stops_the_wave(tmp_path: Path, programs: Path) -> None:
    assert run(commands.review(TARGETS), tmp_path, programs, PREFLIGHT="2").returncode == 1


def test_what_was_deployed_is_noted_after_it_was(tmp_path: Path, programs: Path) -> None:
    assert run(commands.deploy(), tmp_path, programs).returncode == 0
    deployed, noted = calls(tmp_path)
    assert deployed.startswith(f"cdk deploy --app {tmp_path}/cdk.out ** --require-approval never")
    assert noted == f"aws s3 cp --quiet {tmp_path}/report/report.json s3://evidence/deployed/production/report.json"
    (programs / "cdk").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "calls").unlink()
    assert run(commands.deploy(), tmp_path, programs).returncode == 1
    assert not (tmp_path / "calls").exists()


def test_no_file_of_the_repository_is_beside_what_deploys(tmp_path: Path, programs: Path) -> None:
    done = run([*commands.elsewhere(), "ls -A; pwd"], tmp_path, programs)
    assert done.stdout.strip() not in ("", str(tmp_path))
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.skipif(shutil.which("jq", path="/usr/bin:/bin") is None, reason="needs jq, as CodeBuild's image has it")
@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize(
    ("stacks", "code", "said"),
    [
        (["Same"], 0, "Same DETECTION_COMPLETE IN_SYNC"),
        (["Changed", "Same"], 1, "Changed DETECTION_COMPLETE DRIFTED"),
    ],
)
def test_drift_fails_the_wave_and_is_kept(
    tmp_path: Path, programs: Path, shell: str, stacks: list[str], code: int, said: str
) -> None:
    nested = tmp_path / "cdk.out" / "assembly-Stage"
    nested.mkdir(parents=True)
    artifacts = {
        name: {"type": "aws:cloudformation:stack", "environment": "aws://200000000001/us-east-1", "properties": {}}
        for name in stacks
    }
    (tmp_path / "cdk.out" / "manifest.json").write_text(
        json.dumps({"artifacts": {"Tree": {"type": "cdk:tree"}, **artifacts}})
    )
    one = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://200000000001/us-west-2",
        "properties": {"stackName": "Within"},
    }
    (nested / "manifest.json").write_text(json.dumps({"artifacts": {"StageWithin": one}}))
    done = run(commands.drift(), tmp_path, programs, shell)
    assert done.returncode == code, done.stderr
    written = (tmp_path / "drift.txt").read_text()
    assert f"200000000001-us-east-1 {said}\n" in written
    assert "200000000001-us-west-2 Within DETECTION_COMPLETE IN_SYNC\n" in written
    assert calls(tmp_path)[-1] == "aws s3 cp --quiet drift.txt s3://evidence/runs/1/production/drift.txt"


def test_context_is_quoted() -> None:
    assert commands.context_arguments({"only": "a b", "a": "$(x)"}) == ["-c 'a=$(x)'", "-c 'only=a b'"]
