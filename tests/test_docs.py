from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import anchors, links, load

ROOT = Path(__file__).parent.parent
NODE = os.environ["JSII_NODE"]
CDK = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"


def test_generated_documents_are_up_to_date() -> None:
    for name, text in load(ROOT / "docs" / "generate.py").documents().items():
        assert (ROOT / "docs" / name).read_text() == text, f"docs/{name} is out of date: run `make docs`"


def test_links_in_documents_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        text = document.read_text()
        for target in links(text):
            path, _, anchor = target.partition("#")
            there = document.parent / path if path else document
            assert there.exists(), f"{document.name} links to {target}"
            if anchor:
                assert anchor in anchors(there.read_text()), f"{document.name} links to {target}"
        for target in re.findall(r"`(docs/[\w./-]+)`", text):
            assert (ROOT / target).exists(), f"{document.name} names {target}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See [a](b.md), [c](d.md#e-f) and [g](https://h.example/).", ["b.md", "d.md#e-f"]),
        ("`[a](b.md)`\n\n    [c](d.md)\n\n```text\n[e](f.md)\n```\n\n[`code`](#here)", ["#here"]),
        ("[164.312(a)(1)](c.md) and [x](a_(b).md)", ["c.md", "a_(b).md"]),
    ],
)
def test_links_are_found_outside_of_code(text: str, found: list[str]) -> None:
    assert links(text) == found


def test_anchors_are_those_of_headings() -> None:
    text = "# What `x` is\n\n```sh\n# no heading\n```\n\n## cdk-nag's [pack](a.md): all\n\n## 1. An app\n"
    assert anchors(text) == {"what-x-is", "cdk-nags-pack-all", "1-an-app"}


def test_the_tutorial_runs_as_it_is_written(tmp_path: Path) -> None:
    """Its files are written and its commands run, in its order; what it shows is what they print."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, command in (("cdk", f"{NODE} {CDK}"), ("hipaa-constructs", f"{sys.executable} -m hipaa_constructs.cli")):
        (programs / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (programs / name).chmod(0o755)
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PATH": os.pathsep.join(map(str, [programs, Path(sys.executable).parent, os.environ["PATH"]])),
        # CDK's own schema check, which takes longer than all the rest, has no part in this.
        "CDK_VALIDATION": "false",
    }
    folder = tmp_path / "clinic"
    folder.mkdir()
    in_half_a_year = datetime.date.today() + datetime.timedelta(days=180)
    printed, ran = "", []
    text = (ROOT / "docs" / "tutorial.md").read_text()
    blocks = re.findall(r'^```(\w+)(?: title="([^"\n]+)")?\n(.*?)^```', text, re.DOTALL | re.MULTILINE)
    for language, name, block in blocks:
        if name:
            (folder / name).write_text(re.sub(r"\d{4}-\d\d-\d\d", in_half_a_year.isoformat(), block))
        elif language == "console":
            done = subprocess.run(
                ["sh", "-c", block], cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False
            )
            printed = done.stdout + done.stderr
            ran.append((block.strip(), done.returncode))
        elif language == "text":
            assert [line for line in block.splitlines() if line not in printed] == [], printed
    synth = "cdk synth --quiet"
    assert ran == [
        (synth, 1),
        ("hipaa-constructs explain QueueTlsRequired AWS::SQS::Queue", 0),
        (synth, 0),
        (synth, 1),
        (synth, 0),
        ("hipaa-constructs report cdk.out --output report", 0),
        ("hipaa-constructs verify cdk.out", 0),
    ]
    assert "Lines of the nightly build" in (folder / "report" / "report.html").read_text()


def test_the_examples_of_the_testing_document_pass(tmp_path: Path) -> None:
    imported, fixtures = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "testing.md").read_text(), re.DOTALL)
    (tmp_path / "test_clinic.py").write_text(imported)
    (tmp_path / "my_app.py").write_text(imported)
    (tmp_path / "test_fixtures.py").write_text(fixtures)
    plugin = "hipaa_constructs.pytest_plugin"
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:hipaa_constructs", "-p", plugin, "--snapshot-update"]
    command = [sys.executable, "-m", "pytest", *options, str(tmp_path)]
    # Without CDK's own schema check, which takes longer than all the rest.
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    env["CDK_VALIDATION"] = "false"
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout
    assert "1 snapshot generated" in done.stdout
