"""What the tool for agents says of a cdk.out: the same as the report, and short."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.mcp.server import make_server
from tests.evidence.conftest import TODAY, seal
from tests.mcp.client import Asked, connected, text_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def root(clinic_folder: Path, clean_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(clinic_folder, root / "cdk.out")
    shutil.copytree(clean_folder, root / "clean")
    shutil.copy(clinic_folder.parent / "hipaa-acknowledgements.toml", root)
    return root


@pytest.fixture(scope="module")
def ask(root: Path) -> Iterator[Asked]:
    with connected(make_server(root, today=TODAY)) as asked:
        yield asked


def test_the_summary_says_what_the_report_says(ask: Asked, root: Path) -> None:
    expected = collect(root / "cdk.out", today=TODAY, acknowledgements=root / "hipaa-acknowledgements.toml")
    told = ask.told("summarize_evidence", limit=100)
    assert told["statuses"] == dict(expected.summary.controls)
    assert (told["errors"], told["warnings"]) == (expected.summary.errors, expected.summary.warnings)
    assert [one["id"] for one in told["controls"]] == [
        one.id for one in expected.controls.values() if one.status == "open"
    ]
    assert told["tasks_page"]["total"] == expected.summary.attestations_open > 0
    assert [column["name"] for column in told["columns"]] == ["infrastructure", "live account", "people"]
    schema = next(
        one.output_schema for one in ask.portal.call(ask.client.list_tools).tools if one.name == "summarize_evidence"
    )
    assert schema is not None
    jsonschema.validate(told, schema)


def test_the_summary_is_text_with_open_controls_and_duties(ask: Asked) -> None:
    text = text_of(ask("summarize_evidence", limit=3))
    assert "Open: " in text
    assert "People have to: " in text
    assert "Ask with offset=3 for more." in text
    assert "It is not legal advice" in text
    assert len(text) < 12_000


def test_a_clean_app_has_no_open_control_and_lacks_what_people_attest(clean_folder: Path) -> None:
    with connected(make_server(clean_folder.parent, today=TODAY)) as ask:
        result = ask("summarize_evidence")
        assert "There are no controls of this status." in text_of(result)
        assert "No finding is open." in text_of(result)
        some = ask.told("summarize_evidence", status="not_attested", limit=2)
        assert [one["status"] for one in some["controls"]] == ["not_attested"] * 2
        assert (some["errors"], some["warnings"]) == (0, 0)
        assert ask.told("summarize_evidence", status="all", limit=100)["controls_page"]["shown"] == 69


def test_what_cannot_be_evidence_is_refused_with_what_to_do(ask: Asked, root: Path) -> None:
    (root / "empty").mkdir()
    assert "no cdk.out folder" in ask.refused("summarize_evidence", cdk_out="empty")
    shutil.copytree(root / "clean", root / "touched")
    (template, *_) = (root / "touched").glob("*.template.json")
    template.write_text(template.read_text().replace("true", "false", 1))
    refused = ask.refused("summarize_evidence", cdk_out="touched")
    assert "touched/" in refused
    assert "synthesize again" in refused
    assert str(root) not in refused
    (root / "live.json").write_text("[]")
    assert "live.json" in ask.refused("summarize_evidence", cdk_out="clean", preflight=["live.json"])


def test_the_same_cdk_out_can_be_checked(ask: Asked, root: Path) -> None:
    told = ask.told("check_templates", paths=["cdk.out"], limit=1)
    assert told["errors"] > 0
    assert told["findings"][0]["construct_path"].startswith("Clinic/")


def test_a_nested_template_that_is_a_link_is_not_read(ask: Asked, root: Path) -> None:
    out = root / "linked"
    shutil.copytree(root / "cdk.out", out)
    (nested, *_) = out.glob("*.nested.template.json")
    outside = root.parent / "outside.json"
    shutil.move(nested, outside)
    nested.symlink_to(outside)
    seal(out)
    for tool, arguments in (("check_templates", {"paths": ["linked"]}), ("summarize_evidence", {"cdk_out": "linked"})):
        assert "a link that leads out of the root" in ask.refused(tool, **arguments)


def test_the_summary_needs_no_other_extra(root: Path) -> None:
    absent = ("jinja2", "trestle", "xlsxwriter", "junitparser", "aws_cdk", "jsii", "boto3")
    code = (
        f"import sys, datetime; from pathlib import Path; sys.modules.update(dict.fromkeys({absent!r}))\n"
        "from hipaa_constructs.mcp import evidences, server\n"
        f"day = datetime.date({TODAY.year}, {TODAY.month}, {TODAY.day})\n"
        "question = evidences.EvidenceQuestion(day, 'cdk.out', 'open', [], 0, 1)\n"
        f"print(evidences.evidence(Path({str(root)!r}), question).model_dump_json())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["controls_page"]["total"] > 0
