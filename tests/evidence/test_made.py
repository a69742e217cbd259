from __future__ import annotations

import datetime
import shutil
import subprocess
from pathlib import Path

import pytest

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.evidence.made import judged_by, made_now, standing_on
from hipaa_constructs.evidence.model import Made


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=Dana", "-c", "user.email=dana@clinic.example", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not on this machine")
def test_the_checkout_tells_commit_and_changes(tmp_path: Path) -> None:
    assert made_now(tmp_path, {}).commit == ""
    git(tmp_path, "init", "--quiet")
    (tmp_path / "app.py").write_text("")
    git(tmp_path, "add", "app.py")
    git(tmp_path, "commit", "--quiet", "--message", "The app")
    (tmp_path / "cdk.out").mkdir()
    (tmp_path / "cdk.out" / "report.json").write_text("{}")
    made = made_now(tmp_path / "cdk.out", {})
    assert (made.commit, made.dirty) == (git(tmp_path, "rev-parse", "HEAD"), False)
    (tmp_path / "app.py").write_text("changed = True")
    assert made_now(tmp_path / "cdk.out", {}).dirty


@pytest.mark.parametrize(
    ("environment", "run"),
    [
        ({}, ""),
        ({"CI_JOB_URL": "https://gitlab.example/jobs/7"}, "https://gitlab.example/jobs/7"),
        ({"BUILD_URL": "https://jenkins.example/job/7"}, "https://jenkins.example/job/7"),
        ({"CODEBUILD_BUILD_ARN": "arn:aws:codebuild:us-east-1:111122223333:build/b:7"}, "arn:aws:codebuild"),
    ],
)
def test_the_environment_tells_the_run(tmp_path: Path, environment: dict[str, str], run: str) -> None:
    found = made_now(tmp_path, environment).run
    assert found.startswith(run) if run else not found


def test_a_pinned_time_is_taken(tmp_path: Path) -> None:
    at = made_now(tmp_path, {"SOURCE_DATE_EPOCH": "1795338000"}).at
    assert at == datetime.datetime(2026, 11, 22, 9, tzinfo=datetime.UTC)


@pytest.mark.parametrize("pinned", ["yesterday", "1e9", "99999999999999999999", "253402300799"])
def test_a_pinned_time_that_is_none_is_refused(tmp_path: Path, pinned: str) -> None:
    with pytest.raises(UnusableInput, match="it takes seconds since 1970"):
        made_now(tmp_path, {"SOURCE_DATE_EPOCH": pinned})


@pytest.mark.parametrize(
    ("today", "standing"),
    [("2026-11-01", "2026-11-22"), ("2026-12-02", "2026-12-02"), ("2026-11-21", "2026-11-21")],
)
def test_a_day_in_the_past_revives_nothing(today: str, standing: str) -> None:
    made = Made(datetime.datetime(2026, 11, 22, 9, tzinfo=datetime.UTC))
    assert standing_on(datetime.date.fromisoformat(today), made) == datetime.date.fromisoformat(standing)


@pytest.mark.parametrize(
    ("today", "said"), [("2026-11-01", "21 days earlier"), ("2026-12-02", "10 days later"), ("2026-11-23", "")]
)
def test_another_day_than_that_on_which_it_was_made_is_said(today: str, said: str) -> None:
    notes = judged_by(datetime.date.fromisoformat(today), Made(datetime.datetime(2026, 11, 22, 9, tzinfo=datetime.UTC)))
    assert [said in note for note in notes] == ([True] if said else [])
