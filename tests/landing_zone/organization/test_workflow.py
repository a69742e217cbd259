"""The workflow that is written: it parses, its jobs wait for each other, and its scripts are shell."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from hipaa_constructs._commands.init import command
from hipaa_constructs.landing_zone import parse_zone
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.workflow import workflow
from tests.landing_zone.organization.zone import build, given, of_type, templates

GITHUB = {"repository": "clinic/platform", "by": "github", "unattended": ["staging"], "configuration": "org.yaml"}
GITLAB = {**GITHUB, "by": "gitlab"}


def written(deployment: dict[str, Any]) -> dict[str, str]:
    config = parse_zone(given(deployment=deployment), source="test")
    assert isinstance(config, OrganizationZoneConfig)
    return workflow(config)


@pytest.fixture(scope="module")
def github() -> dict[str, Any]:
    (text,) = (text for name, text in written(GITHUB).items() if name == ".github/workflows/deploy.yml")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.fixture(scope="module")
def gitlab() -> dict[str, Any]:
    (text,) = (text for name, text in written(GITLAB).items() if name == ".gitlab/deploy.yml")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def scripts(jobs: dict[str, Any]) -> dict[str, str]:
    return {
        name: "\n".join([*(step["run"] for step in job.get("steps", ()) if "run" in step), *job.get("script", ())])
        for name, job in jobs.items()
    }


def test_github_s_jobs_wait_for_each_other_in_the_order_of_waves(github: dict[str, Any]) -> None:
    order = ["synth"]
    for name, job in list(github["jobs"].items())[1:]:
        assert job["needs"] == order[-1]
        order.append(name)
    assert order == [
        "synth", "roles-review", "roles", "staging-review", "staging", "production-review", "production",
    ]  # fmt: skip


def test_github_s_environments_are_those_that_roles_trust(github: dict[str, Any], tmp_path: Path) -> None:
    build(tmp_path, only="deployment", deployment=GITHUB).synth()
    trusted = {}
    for role in of_type(templates(tmp_path)["Clinic-Deployment"], "AWS::IAM::Role"):
        if "RoleName" in role["Properties"]:
            (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
            subject = statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
            trusted[role["Properties"]["RoleName"]] = subject
    for name, script in scripts(github["jobs"]).items():
        (role,) = re.findall(r"--role-arn arn:aws:iam::100000000007:role/(\S+)", script)
        environment = github["jobs"][name].get("environment")
        of_job = f"environment:{environment}" if environment else "ref:refs/heads/main"
        assert trusted[role] == f"repo:clinic/platform:{of_job}"


def test_github_s_jobs_may_read_the_repository_and_take_a_token(github: dict[str, Any]) -> None:
    assert github["permissions"] == {"contents": "read", "id-token": "write"}
    # PyYAML reads "on" as true.
    assert github[True] == {"push": {"branches": ["main"]}}
    assert github["concurrency"]["cancel-in-progress"] is False


def test_nothing_of_an_event_is_put_into_a_script(github: dict[str, Any]) -> None:
    assert "${{" not in "".join(scripts(github["jobs"]).values())


def test_evidence_goes_to_the_bucket_that_is_there(
    github: dict[str, Any], gitlab: dict[str, Any], tmp_path: Path
) -> None:
    build(tmp_path, only="deployment", deployment=GITHUB).synth()
    names = {
        one["Properties"].get("BucketName")
        for one in of_type(templates(tmp_path)["Clinic-Deployment"], "AWS::S3::Bucket")
    }
    assert github["env"]["EVIDENCE"] in names
    assert gitlab[".deploy"]["variables"]["EVIDENCE"] == github["env"]["EVIDENCE"]


def test_gitlab_s_jobs_need_the_wave_before_and_somebody_in_production(gitlab: dict[str, Any]) -> None:
    jobs = {name: job for name, job in gitlab.items() if name != ".deploy"}
    assert jobs["staging-review"]["needs"] == ["synth", "roles"]
    assert jobs["production-review"]["needs"] == ["synth", "staging"]
    assert jobs["production"]["needs"] == ["synth", "production-review"]
    manual = {name for name, job in jobs.items() if job.get("when") == "manual" and job["allow_failure"] is False}
    assert manual == {"roles", "production"}
    assert gitlab[".deploy"]["id_tokens"] == {"AWS_TOKEN": {"aud": "sts.amazonaws.com"}}
    assert all(job["extends"] == ".deploy" for job in jobs.values())


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_what_deploys_is_not_what_reads_the_repository(host: str, request: pytest.FixtureRequest) -> None:
    given_file = request.getfixturevalue(host)
    found = scripts(given_file["jobs"] if host == "github" else given_file)
    for name in ("roles", "staging", "production"):
        assert "pip install" not in found[name]
        assert "role/clinic-deploy-" in found[name]
        assert "role/clinic-deploy-" not in found[f"{name}-review"]
        assert "--method template" in found[f"{name}-review"]
    if host == "github":
        uses = [step.get("uses", "") for step in given_file["jobs"]["production"]["steps"]]
        assert not [one for one in uses if "checkout" in one]


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_scripts_are_shell(host: str, request: pytest.FixtureRequest) -> None:
    given_file = request.getfixturevalue(host)
    for name, script in scripts(given_file["jobs"] if host == "github" else given_file).items():
        shell = "bash" if host == "github" else "sh"
        done = subprocess.run([shell, "-n", "-c", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (name, done.stderr)


@pytest.mark.parametrize("host", [GITHUB, GITLAB])
def test_init_writes_it_and_keeps_what_is_there(host: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "org.yaml"
    file.write_text(yaml.safe_dump(given(deployment=host)))
    ((name, text),) = written(host).items()
    for said in ("Wrote", "Kept"):
        done = CliRunner().invoke(command, [str(tmp_path), "--workflow", str(file)])
        assert f"{said} {tmp_path / name}" in done.output
    assert (tmp_path / name).read_text() == text


@pytest.mark.parametrize("data", [given(), {"account": "111122223333"}, {"organisation": {}}])
def test_what_no_workflow_deploys_is_refused(data: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "org.yaml"
    file.write_text(yaml.safe_dump(data))
    done = CliRunner().invoke(command, [str(tmp_path), "--workflow", str(file)])
    assert done.exit_code != 0
    assert not (tmp_path / ".github").exists()
