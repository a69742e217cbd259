"""Which way imports run, and what the command line loads before it can answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SLOW = ("aws_cdk", "cdk_nag", "constructs", "jsii", "rich", "hypothesis", "boto3", "pydantic")


def run(code: str, *, blocked: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run Python code where some modules cannot be imported."""
    block = f"import sys; sys.modules.update(dict.fromkeys({blocked!r}))\n"
    return subprocess.run([sys.executable, "-c", block + code], capture_output=True, text=True, check=False, cwd=ROOT)


def test_imports_keep_to_the_contracts() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "arguments",
    [["check", "{template}"], ["rules"], ["controls", "164.312(b)"], ["eligible", "s3"], ["--help"]],
)
def test_commands_load_neither_node_nor_what_is_slow(tmp_path: Path, arguments: list[str]) -> None:
    template = tmp_path / "t.yaml"
    template.write_text("Resources: {Key: {Type: AWS::KMS::Key}}")
    given = [argument.format(template=template) for argument in arguments]
    done = run(
        "import json\nfrom hipaa_constructs.cli import main\n"
        f"try: main({given!r})\nexcept SystemExit as end: assert end.code in (0, None, 1), end.code\n"
        f"print(json.dumps(sorted(set(sys.modules) & set({SLOW!r}))))"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_a_landing_zone_loads_no_service_of_a_part_that_it_leaves_out() -> None:
    done = run(
        "import aws_cdk as cdk\n"
        "from hipaa_constructs.landing_zone import LandingZone, parse_config\n"
        "LandingZone(cdk.App(), parse_config({'account': '111122223333'}, source='test'))\n"
        "loaded = {name.split('.')[-1] for name in sys.modules}\n"
        "print('aws_backup' in loaded, sorted({'aws_wafv2', 'aws_shield', 'aws_directconnect'} & loaded))"
    )
    assert done.stdout.strip() == "True []", done.stderr


def test_a_role_alone_loads_no_service_of_a_landing_zone() -> None:
    config = {"organization": {"id": "o-a1b2c3d4e5", "accounts": {"log_archive": "111122223333"}}}
    done = run(
        "import aws_cdk as cdk\n"
        "from hipaa_constructs.landing_zone import build, parse_zone\n"
        f"build(cdk.App(context={{'only': 'log_archive'}}), parse_zone({config}, source='test'))\n"
        "loaded = {name.split('.')[-1] for name in sys.modules}\n"
        "print('aws_s3' in loaded, sorted({'aws_rds', 'aws_backup', 'aws_guardduty'} & loaded))"
    )
    assert done.stdout.strip() == "True []", done.stderr


def test_the_package_loads_without_node() -> None:
    code = "import hipaa_constructs, hipaa_constructs.compliance; print(sorted(set(sys.modules) & {'aws_cdk', 'jsii'}))"
    done = run(code)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    ("arguments", "absent", "extra"),
    [
        (["rules"], "click", "cli"),
        (["--version"], "click", "cli"),
        # Who is to install once is told at once of all that the command needs.
        (["report"], "click", "evidence"),
        (["report"], "pydantic", "evidence"),
        (["preflight", "--help"], "click", "preflight"),
        (["preflight"], "botocore", "preflight"),
        (["mcp"], "mcp", "mcp"),
        (["mcp"], "click", "mcp"),
    ],
)
def test_a_missing_package_is_said_in_one_line_with_its_extra(arguments: list[str], absent: str, extra: str) -> None:
    done = run(f"from hipaa_constructs.cli import main\nmain({arguments!r})", blocked=(absent,))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"hipaa-constructs: {absent} is missing: pip install 'hipaa-constructs[{extra}]'"
    ]


def test_a_missing_part_of_the_package_itself_is_no_matter_of_extras() -> None:
    code = "from hipaa_constructs.cli import main\nmain(['rules'])"
    done = run(code, blocked=("hipaa_constructs._commands.rules",))
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr
    assert "pip install" not in done.stderr


def test_the_landing_zone_says_which_extra_it_needs(tmp_path: Path) -> None:
    file = tmp_path / "zone.yaml"
    file.write_text("account: '111122223333'")
    done = run("from hipaa_constructs.landing_zone import parse_config", blocked=("pydantic",))
    assert done.stderr.splitlines()[-1].endswith(": pydantic is missing: pip install 'hipaa-constructs[landing-zone]'")
    code = "from pathlib import Path\nfrom hipaa_constructs.landing_zone.parsing import read_config\n"
    done = run(f"{code}read_config(Path({str(file)!r}))", blocked=("yaml",))
    assert done.stderr.splitlines()[-1].endswith(": yaml is missing: pip install 'hipaa-constructs[landing-zone]'")


def test_missing_yaml_is_said_in_one_line(tmp_path: Path) -> None:
    template = tmp_path / "t.yaml"
    template.write_text("Resources: {Key: {Type: AWS::KMS::Key}}")
    done = run(f"from hipaa_constructs.cli import main\nmain(['check', {str(template)!r}])", blocked=("yaml",))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"hipaa-constructs: {template}: reading YAML needs PyYAML: pip install 'hipaa-constructs[cli]'"
    ]
