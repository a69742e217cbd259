"""``hipaa-constructs cost``: what it reads, what it writes, what it refuses, and what it can do without."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hipaa_constructs import cli
from hipaa_constructs._commands import cost
from hipaa_constructs.cost.amounts import preset
from hipaa_constructs.cost.usage_file import read_usage
from tests.cost.stand_in import StandInBook


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIPAA_CONSTRUCTS_TODAY", "2026-11-28")
    monkeypatch.setattr(cost, "price_book", lambda files: StandInBook())
    template("app.json", "AWS::KMS::Key", "AWS::EC2::NatGateway")


def template(name: str, *types: str) -> None:
    resources = {f"R{number}": {"Type": kind} for number, kind in enumerate(types)}
    Path(name).write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}))


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main(["cost", *arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


def total(capsys: pytest.CaptureFixture[str], *arguments: str) -> float:
    assert run("app.json", "--format", "json", *arguments) == 0
    return float(json.loads(capsys.readouterr().out)["total"]["usd"])


def test_a_larger_scale_costs_more_and_a_file_is_taken_where_it_lies(capsys: pytest.CaptureFixture[str]) -> None:
    startup = total(capsys)
    # A month of a gateway and its address, a key, 300,000 requests and 20 GB.
    assert startup == 1460 + 1 + 300_000 + 20
    assert total(capsys, "--scale", "10k") == 1460 + 1 + 3_000_000 + 200
    Path("hipaa-usage.yaml").write_text("scale: 10k\nkeys:\n  requests: 5\n")
    assert total(capsys) == 1460 + 1 + 5 + 200
    assert total(capsys, "--scale", "startup") == 1460 + 1 + 5 + 20
    Path("mine.yaml").write_text("network: {nat_gb: 1}")
    assert total(capsys, "--usage", "mine.yaml") == 1460 + 1 + 300_000 + 1


def test_forms_go_to_standard_output_or_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    template("old.json", "AWS::KMS::Key")
    for form, starts in (("text", "Cost: "), ("json", "{"), ("html", "<!doctype html>"), ("markdown", "<!-- ")):
        assert run("app.json", "--format", form) == 0
        assert capsys.readouterr().out.startswith(starts)
        assert run("app.json", "--format", form, "--output", f"cost.{form}", "--compare", "old.json") == 0
        assert "1,480.00" in Path(f"cost.{form}").read_text() or "1480.00" in Path(f"cost.{form}").read_text()


def test_regions_of_stacks_that_name_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("app.json", "--format", "json", "--region", "eu-central-1") == 0
    assert {line["region"] for line in json.loads(capsys.readouterr().out)["lines"]} == {"eu-central-1"}
    assert run("app.json", "--region", "Frankfurt") == 2
    assert "got 'Frankfurt'; it takes the code of a Region" in capsys.readouterr().err


def test_a_usage_file_is_written_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--write-usage", "mine.yaml", "--scale", "100k") == 0
    assert read_usage(Path("mine.yaml")).amounts == preset("100k")
    assert run("--write-usage", "mine.yaml") == 2
    assert "mine.yaml: cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none"], "none"),
        ([], "cdk.out"),
        (["app.json", "--compare", "none"], "none"),
        (["app.json", "--usage", "none.yaml"], "none.yaml"),
        (["app.json", "--scale", "large"], "large"),
    ],
)
def test_what_cannot_be_used_is_refused(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    assert says in capsys.readouterr().err


def test_it_starts_without_node_and_without_aws_cdk() -> None:
    program = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('aws_cdk', 'constructs', 'jsii', 'cdk_nag'):\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "from hipaa_constructs._commands import cost\n"
        "from tests.cost.stand_in import StandInBook\n"
        "cost.price_book = lambda files: StandInBook()\n"
        "from hipaa_constructs.cli import main\n"
        "main(['cost', 'app.json'])\n"
    )
    paths = [str(Path(cli.__file__).parents[1]), *sys.path]
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": "", "PYTHONPATH": ":".join(paths)},
    )
    assert done.returncode == 0, done.stderr
    assert "Cost: 301,481.00 US dollars a month" in done.stdout
