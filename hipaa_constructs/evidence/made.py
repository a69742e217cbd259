"""When, by whom and from what a report is made, as far as the environment and the checkout tell."""

from __future__ import annotations

import datetime
import getpass
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.evidence.model import Made

# reproducible-builds.org/docs/source-date-epoch
_PINNED = "SOURCE_DATE_EPOCH"
_SECONDS = 30
_END = 9000
# Who started a CI run, by GitHub, GitLab and Jenkins; a run's own user says nothing.
_PEOPLE = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_USER_ID")
# The address of a run, by GitLab, Jenkins and AWS CodeBuild.
_RUNS = ("CI_JOB_URL", "BUILD_URL", "CODEBUILD_BUILD_ARN")


def made_now(folder: Path, environment: Mapping[str, str] = os.environ) -> Made:
    """Return what is known of this run.

    :param folder: the cdk.out folder, in whose checkout the commit is looked up.
    :raises UnusableInput: ``SOURCE_DATE_EPOCH`` is no number of seconds.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    return Made(
        at=_moment(environment.get(_PINNED, "")),
        by=next((environment[name] for name in _PEOPLE if environment.get(name)), "") or _user(),
        run=_run(environment),
        commit=commit,
        # Untracked files are left out: a report may lie among them.
        dirty=bool(commit and _git(folder, "status", "--porcelain", "--untracked-files=no")),
    )


def standing_on(today: datetime.date, made: Made) -> datetime.date:
    """Return the day on which exceptions, attestations and decisions have to be in force.

    Never one long before the report is made, so that ``--today`` in the past revives nothing that has ended.
    """
    return made.at.date() if _days_apart(today, made) > 0 else today


def judged_by(today: datetime.date, made: Made) -> Sequence[str]:
    """Return a note where a report is judged by another day than that on which it was made."""
    days = _days_apart(today, made)
    if not days:
        return []
    said = f"This report was made on {made.at:%Y-%m-%d} and is judged by {today}, {abs(days)} days "
    if days > 0:
        return [f"{said}earlier: what was attested since is not in it, and what has ended since holds no more."]
    return [f"{said}later."]


def _days_apart(today: datetime.date, made: Made) -> int:
    days = (made.at.date() - today).days
    # The day of the report is one of local time, which may be another than that of UTC.
    return days if abs(days) > 1 else 0


def _moment(pinned: str) -> datetime.datetime:
    if not pinned:
        return datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    try:
        moment = datetime.datetime.fromtimestamp(int(pinned), datetime.UTC)
    except (ValueError, OverflowError, OSError):
        moment = None
    # Later years leave no room for the terms that are counted from them.
    if moment is None or moment.year >= _END:
        raise UnusableInput(_PINNED, f"got {pinned!r}; it takes seconds since 1970, such as 1790000000")
    return moment


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # No name for the user id, as in a container.
        return ""


def _run(environment: Mapping[str, str]) -> str:
    number = environment.get("GITHUB_RUN_ID")
    if number:
        server = environment.get("GITHUB_SERVER_URL", "")
        attempt = environment.get("GITHUB_RUN_ATTEMPT", "1")
        return f"{server}/{environment.get('GITHUB_REPOSITORY', '')}/actions/runs/{number}/attempts/{attempt}"
    return next((environment[name] for name in _RUNS if environment.get(name)), "")


def _git(folder: Path, *arguments: str) -> str:
    """Return what git answers, or nothing where there is no checkout; hooks of the repository stay off."""
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "-C", str(folder.absolute()), "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
