"""What a user installs is the wheel: built, installed with each extra into an empty environment, and at work there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ALL = ",".join(PROJECT["optional-dependencies"])
README_EXAMPLE = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[0]
FLAGS = {
    key: value for key, value in json.loads((ROOT / "cdk.json").read_text())["context"].items() if key.startswith("@")
}
TEMPLATE = "Resources: {Key: {Type: AWS::KMS::Key}}"
IMPORT_ALL = """\
import importlib, pkgutil, hipaa_constructs
names = [module.name for module in pkgutil.walk_packages(hipaa_constructs.__path__, "hipaa_constructs.")]
# What runs in AWS finds the modules beside it by other names, and pytest alone loads its plugin.
names = [name for name in names if ".provider_code." not in name and ".runbooks." not in name]
names.remove("hipaa_constructs.pytest_plugin")
for name in names: importlib.import_module(name)
print(hipaa_constructs.__file__, len(names))
"""


def build(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), *arguments, str(ROOT)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("built")
    build(folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (file,) = built.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def source_files(built: Path) -> frozenset[str]:
    (file,) = built.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        return frozenset(member.name.partition("/")[2] for member in archive.getmembers() if member.isfile())


class Installed:
    """An environment that holds the wheel, with an extra or none, and a folder far from the checkout to work in."""

    def __init__(self, environment: Path, folder: Path) -> None:
        self.programs, self.folder = environment / "bin", folder

    def run(self, program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {key: value for key, value in os.environ.items() if not re.match("PYTHON|AWS_|CDK_|JSII_", key)}
        return subprocess.run(
            [str(self.programs / program), *arguments],
            cwd=self.folder,
            # No other program is in reach: no Node.js that the environment does not hold.
            env={**kept, "PATH": str(self.programs), "CDK_OUTDIR": str(self.folder / "cdk.out"), **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("hipaa-constructs", *arguments)


@pytest.fixture(scope="module")
def install(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Install the wheel with an extra from what make left here, without an index: once for all who ask."""
    folder = tmp_path_factory.mktemp("environments")
    uv = [str(Path(sys.executable).parent / "uv"), "--quiet", "--offline", "--no-config"]
    options = ["--no-index", "--find-links", str(Path(sys.prefix) / "wheels")]
    kept = {key: value for key, value in os.environ.items() if not re.match("UV_|PYTHON|VIRTUAL_ENV", key)}

    def call(*arguments: str) -> None:
        env = {**kept, "UV_CACHE_DIR": str(folder / "cache")}
        done = subprocess.run([*uv, *arguments], env=env, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr

    def installed(extra: str) -> Path:
        made = folder / (extra.replace(",", "+") or "none")
        if not made.exists():
            wanted = f"hipaa-constructs[{extra}] @ {wheel.as_uri()}"
            call("venv", "--no-project", "--python", sys.executable, str(made))
            call("pip", "install", "--python", str(made / "bin" / "python"), *options, wanted)
            call("pip", "check", "--python", str(made / "bin" / "python"))
        return made

    return installed


@pytest.fixture
def environment(install: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Installed]:
    return lambda extra: Installed(install(extra), tmp_path)


# -- what is in them -------------------------------------------------------------------------------------------


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="which files are tracked is known in a clone only")
def test_the_source_distribution_holds_all_that_is_tracked_and_nothing_that_only_lies_about(
    source_files: frozenset[str],
) -> None:
    def listed(*options: str) -> set[str]:
        command = ["git", "ls-files", "-z", *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return {name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()}

    assert listed() - source_files == set()
    # What is about to be added to the clone may be there already.
    assert source_files - listed() - listed("--others", "--exclude-standard") == {"PKG-INFO"}


def test_the_wheel_holds_the_whole_package_and_nothing_else(wheel: Path, source_files: frozenset[str]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entry_points,) = [archive.read(name).decode() for name in names if name.endswith("/entry_points.txt")]
    package = {name for name in source_files if name.startswith("hipaa_constructs/")}
    assert {name for name in names if ".dist-info/" not in name} == package
    data = {Path(name).suffix for name in package}
    assert data >= {".py", ".json", ".j2", ".css", ".js"}
    assert {Path(name).name for name in names if ".dist-info/" in name} >= {"LICENSE", "entry_points.txt"}
    assert "[pytest11]\nhipaa_constructs = hipaa_constructs.pytest_plugin\n" in entry_points


def test_the_wheel_from_the_checkout_is_the_wheel_from_the_source_distribution(wheel: Path, tmp_path: Path) -> None:
    build(tmp_path, "--wheel")
    (other,) = tmp_path.glob("*.whl")
    assert other.name == wheel.name

    def record(file: Path) -> list[str]:
        with zipfile.ZipFile(file) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/RECORD")]
            return sorted(archive.read(name).decode().splitlines())

    # Each line is a file with its hash.
    assert record(other) == record(wheel)


# -- at work ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extra", ["", ALL], ids=["none", "all"])
def test_the_example_of_the_readme_runs(environment: Callable[[str], Installed], tmp_path: Path, extra: str) -> None:
    (tmp_path / "app.py").write_text(README_EXAMPLE)
    # With all extras, Node.js comes from the environment; CDK's own schema check has run the first time.
    given = {"CDK_VALIDATION": "false"} if extra else {"JSII_NODE": os.environ["JSII_NODE"]}
    done = environment(extra).run("python", "app.py", CDK_CONTEXT_JSON=json.dumps(FLAGS), **given)
    assert done.returncode == 0, done.stderr
    assert "findings          0 " in done.stderr, done.stderr
    # Evidence of it is made by an environment that has no Node.js. Who gets the alerts, the example leaves open.
    done = environment("evidence").command("report", "cdk.out", "--allow-findings")
    assert done.returncode == 0, done.stderr
    assert "0 errors" in done.stdout
    assert len(list((tmp_path / "report").iterdir())) == done.stdout.count("Wrote ") == 11
    done = environment("cli").command("check", "cdk.out")
    assert done.returncode == 0, done.stdout


def test_the_landing_zone_runs_from_a_file(environment: Callable[[str], Installed], tmp_path: Path) -> None:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    # JSON is YAML.
    (tmp_path / "clinic.yaml").write_text(json.dumps(context["landing-zone"]))
    (tmp_path / "app.py").write_text((ROOT / "app.py").read_text())
    done = environment("landing-zone").run(
        "python",
        "app.py",
        CDK_CONTEXT_JSON=json.dumps({**FLAGS, "landing-zone": "clinic.yaml"}),
        CDK_VALIDATION="false",
        JSII_NODE=os.environ["JSII_NODE"],
    )
    assert done.returncode == 0, done.stderr
    assert "findings          0 " in done.stderr, done.stderr
    handlers = {file.name for file in (tmp_path / "cdk.out").glob("asset.*/**/*.py")}
    assert handlers == {file.name for file in (ROOT / "hipaa_constructs/compute/provider_code").rglob("*.py")}


def test_with_all_extras_every_module_is_there(environment: Callable[[str], Installed], tmp_path: Path) -> None:
    done = environment(ALL).run("python", "-c", IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    file, count = done.stdout.split()
    assert not Path(file).is_relative_to(ROOT)
    assert int(count) > 300


@pytest.mark.parametrize("extra", ["cli", "evidence", "preflight"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--version"], f"version {PROJECT['version']}"),
        (["check", "t.json"], "1 resource in 1 template"),
        (["rules"], "HIPAA.Constructs-KeyRotated"),
        (["controls", "164.312(b)"], "164.312(b)"),
        (["eligible", "s3"], "S3"),
        (["init"], "Wrote hipaa-acknowledgements.toml"),
        (["cost", "t.json"], "a month"),
        (["report", "--help"], "Usage: hipaa-constructs report"),
        (["preflight", "--help"], "Usage: hipaa-constructs preflight"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_each_extra_with_a_command_line_answers(
    environment: Callable[[str], Installed], tmp_path: Path, extra: str, arguments: Sequence[str], said: str
) -> None:
    (tmp_path / "t.json").write_text('{"Resources": {"Topic": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}')
    done = environment(extra).command(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert said in done.stdout


@pytest.mark.parametrize(
    ("extra", "arguments", "wanted"),
    [
        ("", ["--version"], "cli"),
        ("", ["check", "t.yaml"], "cli"),
        ("", ["report"], "evidence"),
        ("", ["preflight"], "preflight"),
        ("landing-zone", ["check", "t.yaml"], "cli"),
        ("node", ["rules"], "cli"),
        ("cli", ["report"], "evidence"),
        ("cli", ["preflight"], "preflight"),
        ("evidence", ["preflight"], "preflight"),
        ("cli", ["check", "t.yaml", "--pack", "HIPAA.Security"], "node"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_what_an_absent_extra_brings_is_said_with_the_line_that_installs_it(
    environment: Callable[[str], Installed], tmp_path: Path, extra: str, arguments: Sequence[str], wanted: str
) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    done = environment(extra).command(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.endswith(f": pip install 'hipaa-constructs[{wanted}]'\n")
    assert done.stderr.count("\n") == 1


def test_the_landing_zone_without_its_extra_says_so(environment: Callable[[str], Installed]) -> None:
    done = environment("").run(
        "python", "-c", "from hipaa_constructs.landing_zone import parse_config", JSII_NODE=os.environ["JSII_NODE"]
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(": pydantic is missing: pip install 'hipaa-constructs[landing-zone]'")


def test_the_node_extra_brings_node(environment: Callable[[str], Installed]) -> None:
    done = environment("node").run("node", "--version")
    assert done.returncode == 0, done.stderr
    assert int(re.match(r"v(\d+)", done.stdout)[1]) >= 24


def test_the_preflight_gets_as_far_as_the_account(environment: Callable[[str], Installed]) -> None:
    done = environment("preflight").command("preflight")
    assert done.returncode == 2
    assert "--region: is needed" in done.stderr
