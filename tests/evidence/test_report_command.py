from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from hipaa_constructs._commands import report
from hipaa_constructs.cli import main
from hipaa_constructs.evidence.documents import FORMATS
from hipaa_constructs.evidence.preflight_results import read_file
from hipaa_constructs.preflight.report import Report, Result, as_json
from tests.cost.stand_in import StandInBook

# 2026-11-22T09:00:00Z
MADE = 1795338000
MACHINE = [form for form in FORMATS if form != "html"]


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as exit_:
        main([str(argument) for argument in arguments])
    assert isinstance(exit_.value.code, int)
    return exit_.value.code


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIPAA_CONSTRUCTS_TODAY", "2026-11-22")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(MADE))


def options(*formats: str) -> list[str]:
    return [part for form in formats for part in ("--format", form)]


def test_a_clean_app_exits_with_0(clean_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("report", clean_folder, *options("json")) == 0
    said = capsys.readouterr().out
    assert "69 controls: " in said
    assert "0 open findings" in said
    assert "attestations are overdue or missing" in said
    assert Path("report", "report.json").is_file()


def test_findings_exit_with_1_unless_allowed(clinic_folder: Path) -> None:
    assert run("report", clinic_folder, *options("json")) == 1
    assert run("report", clinic_folder, *options("json"), "--allow-findings") == 0


def test_all_documents_are_written_and_no_other(clean_folder: Path) -> None:
    assert run("report", clean_folder, "--output", "out", *options(*MACHINE)) == 0
    assert {file.name for file in Path("out").iterdir()} == {name for form in MACHINE for name, _, _ in FORMATS[form]}


def test_the_same_input_and_day_give_the_same_bytes(clinic_folder: Path) -> None:
    for folder in ("one", "two"):
        assert run("report", clinic_folder, "--output", folder, *options(*MACHINE)) == 1
    for file in Path("one").iterdir():
        assert file.read_bytes() == Path("two", file.name).read_bytes(), file.name


def test_another_day_is_another_report(clinic_folder: Path) -> None:
    run("report", clinic_folder, "--output", "one", *options("json"))
    run("report", clinic_folder, "--output", "two", *options("json"), "--today", "2026-12-02")
    one, two = (json.loads(Path(folder, "report.json").read_text()) for folder in ("one", "two"))
    assert (one["date"], two["date"]) == ("2026-11-22", "2026-12-02")
    assert two["summary"]["findings"] > one["summary"]["findings"]


def test_compare_with_what_it_replaces(clinic_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("report", clinic_folder, *options("json"))
    arguments = ("report", clinic_folder, *options("json"), "--allow-findings", "--compare", "report/report.json")
    assert run(*arguments) == 0
    assert "no regression" in capsys.readouterr().out
    assert run(*arguments, "--today", "2026-12-02") == 1
    assert "Lapsed acknowledgements (1)" in capsys.readouterr().out
    changes = json.loads(Path("report", "changes.json").read_text())
    assert changes["regressed"] is True
    assert len(changes["lapsed_acknowledgements"]) == 1


def test_files_beside_the_app_are_read(clinic_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("hipaa-attestations.toml").write_text('[training]\ndate = 2026-03-01\nowner = "D"\nevidence = "E"\n')
    Path("hipaa-acknowledgements.toml").write_text("")
    run("report", clinic_folder, *options("json"))
    report = json.loads(Path("report", "report.json").read_text())
    assert [one["status"] for one in report["attestations"] if one["id"] == "training"] == ["current"]
    assert "33 of 34 attestations" in capsys.readouterr().out


def test_files_that_were_changed_since_the_synth_are_gone_by_and_noted(
    clinic_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def exceptions(*files: object) -> tuple[int, str]:
        run("report", clinic_folder, *options("json"), *files)
        report = json.loads(Path("report", "report.json").read_text())
        assert [note for note in report["notes"] if "synth" in note or "gate read" in note] == [
            line.removeprefix("Note: ") for line in capsys.readouterr().out.splitlines() if "the gate" in line
        ]
        by_file = [one for one in report["acknowledgements"] if one["path"] == "Clinic/Table/Resource"]
        return len(by_file), "\n".join(report["notes"])

    read = clinic_folder.parent / "hipaa-acknowledgements.toml"
    count, notes = exceptions("--acknowledgements", read)
    assert count == 1
    assert "the gate read" not in notes
    count, notes = exceptions()
    assert count == 1
    assert "The file of acknowledgements that the gate read at the synth was not given to this report." in notes
    Path("hipaa-acknowledgements.toml").write_text("")
    count, notes = exceptions()
    assert count == 0
    assert "hipaa-acknowledgements.toml, was changed since the gate read it: this report goes by what it says" in notes
    Path("hipaa-baseline.toml").write_text("")
    _, notes = exceptions()
    assert "The file of known findings, hipaa-baseline.toml, was not there at the synth" in notes


def preflight(account: str, **changed: str) -> None:
    result = {
        "id": "HIPAA.Preflight-RootMfa",
        "title": "The root user has MFA",
        "outcome": "failed",
        "message": "It has none.",
        "fix": "Add it.",
    }
    report = {"schema_version": "1.0", "account": account, "checked_at": "2026-11-21T08:00:00Z"}
    Path("preflight.json").write_text(json.dumps({**report, "results": [{**result, "controls": [], **changed}]}))


def test_preflight_is_taken_in(clean_folder: Path) -> None:
    preflight("111122223333")
    assert run("report", clean_folder, *options("json"), "--preflight", "preflight.json") == 1
    report = json.loads(Path("report", "report.json").read_text())
    assert report["preflight"] == [
        {
            "id": "HIPAA.Preflight-RootMfa",
            "account": "111122223333",
            "checked_at": "2026-11-21T08:00:00Z",
            "title": "The root user has MFA",
            "says": "The root user has no MFA",
            "outcome": "failed",
            "message": "It has none. Add it.",
            # The catalogue says what a question is about; the file named nothing.
            "controls": ["164.312(d)", "164.312(a)(1)"],
        }
    ]
    assert report["notes"] == ["Preflight asked the account 111122223333 at 2026-11-21T08:00:00Z."]


def test_a_finding_of_the_live_account_opens_its_entries_everywhere(
    clean_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    preflight("111122223333")
    assert run("report", clean_folder, *options("json", "oscal", "csv"), "--preflight", "preflight.json") == 1
    assert "1 finding in the live account" in capsys.readouterr().out
    report = json.loads(Path("report", "report.json").read_text())
    control = next(one for one in report["controls"] if one["id"] == "164.312(d)")
    assert (control["status"], control["live"]["status"]) == ("open", "failed")
    assert control["reason"] == "The root user has no MFA."
    (result,) = json.loads(Path("report", "oscal-assessment-results.json").read_text())["assessment-results"]["results"]
    finding = next(one for one in result["findings"] if one["target"]["target-id"] == "hipaa-164.312.d_obj")
    assert finding["target"]["status"] == {"state": "not-satisfied", "reason": "fail"}
    titles = {one["uuid"]: one["title"] for one in result["observations"]}
    assert "The root user has no MFA" in [titles[one["observation-uuid"]] for one in finding["related-observations"]]
    assert run("report", clean_folder, *options("json"), "--preflight", "preflight.json", "--allow-findings") == 0


def test_what_the_account_answers_well_opens_nothing(clean_folder: Path) -> None:
    preflight("111122223333", outcome="passed")
    assert run("report", clean_folder, *options("json"), "--preflight", "preflight.json") == 0
    report = json.loads(Path("report", "report.json").read_text())
    control = next(one for one in report["controls"] if one["id"] == "164.312(d)")
    assert control["live"]["status"] == "passed"
    assert control["status"] == "not_attested"


def test_a_report_says_when_and_from_what_it_was_made(
    clean_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "77")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    monkeypatch.setenv("GITHUB_REPOSITORY", "clinic/infra")
    monkeypatch.setenv("GITHUB_ACTOR", "dana")
    run("report", clean_folder, *options("json", "html", "oscal"), "--today", "2026-11-01")
    made = json.loads(Path("report", "report.json").read_text())["made"]
    assert made["at"] == "2026-11-22T09:00:00Z"
    assert (made["by"], made["run"]) == ("dana", "https://github.example/clinic/infra/actions/runs/77/attempts/1")
    said = "This report was made on 2026-11-22 and is judged by 2026-11-01, 21 days earlier"
    assert said in capsys.readouterr().out
    assert said in Path("report", "report.html").read_text()
    metadata = json.loads(Path("report", "oscal-assessment-results.json").read_text())["assessment-results"]["metadata"]
    assert metadata["last-modified"] == "2026-11-22T09:00:00+00:00"
    assert {one["name"]: one["value"] for one in metadata["props"]}["judged-by-another-day"] == "yes"
    assert said in metadata["remarks"]


def test_a_day_in_the_past_revives_no_exception(clinic_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # One of the clinic's ends on 2026-12-01; this is made on 2026-12-10.
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(MADE + 18 * 24 * 3600))
    for folder, day in (("now", "2026-12-10"), ("back", "2026-11-22")):
        run("report", clinic_folder, "--output", folder, *options("json"), "--today", day)
    now, back = (json.loads(Path(folder, "report.json").read_text()) for folder in ("now", "back"))
    assert back["date"] == "2026-11-22"
    assert back["findings"] == now["findings"]
    assert "expired" in {one["status"] for one in back["acknowledgements"]}


def test_a_time_that_is_none(
    clean_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "noon")
    assert run("report", clean_folder, *options("json")) == 2
    assert "SOURCE_DATE_EPOCH: got 'noon'; it takes seconds since 1970" in capsys.readouterr().err


def test_preflight_of_another_account_is_noted(clean_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    preflight("999999999999")
    run("report", clean_folder, *options("json"), "--preflight", "preflight.json")
    assert "None of these templates is for that account." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("checked_at", "said"),
    [
        ("2026-10-01T08:00:00Z", "That is 52 days before this report."),
        ("2026-12-24T08:00:00Z", "That is after this report."),
        ("lately", "That is no time, so nobody knows how old its answers are."),
    ],
)
def test_preflight_of_another_day_is_noted(
    checked_at: str, said: str, clean_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    preflight("111122223333")
    file = Path("preflight.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), "checked_at": checked_at}))
    run("report", clean_folder, *options("json"), "--preflight", file)
    assert said in capsys.readouterr().out


def test_a_preflight_that_is_none(clean_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    preflight("111122223333", outcome="fine")
    assert run("report", clean_folder, *options("json"), "--preflight", "preflight.json") == 2
    assert "preflight.json: it is no result of preflight: results.0.outcome" in capsys.readouterr().err
    Path("preflight.json").write_text("[]")
    assert run("report", clean_folder, *options("json"), "--preflight", "preflight.json") == 2


def test_what_preflight_writes_is_what_is_read(tmp_path: Path) -> None:
    result = Result("root-mfa", "Root has MFA", "error", "passed", "It has.", "Add it.", ("164.312(d)",), ())
    (tmp_path / "p.json").write_text(as_json(Report("111122223333", ("us-east-1",), "2026-11-21T08:00:00Z", (result,))))
    (read,) = read_file(tmp_path / "p.json").evidence()
    assert (read.id, read.outcome, read.message, read.controls) == ("root-mfa", "passed", "It has.", ("164.312(d)",))
    assert read.says == "Root has MFA"


def test_an_output_that_cannot_be_written(clean_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("report").write_text("")
    assert run("report", clean_folder, *options("json")) == 2
    assert "report" in capsys.readouterr().err


def test_names_cannot_command_the_terminal(clinic_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("report", clinic_folder, "--output", "old", *options("json"))
    old = json.loads(Path("old", "report.json").read_text())
    Path("old", "report.json").write_text(json.dumps({**old, "findings": []}))
    run("report", clinic_folder, *options("json"), "--compare", "old/report.json")
    said = capsys.readouterr().out
    assert "Bell\\x07" in said
    assert "\x07" not in said


def test_init_writes_starters_and_keeps_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    Path("hipaa-attestations.toml").write_text("# mine\n")
    assert run("init") == 0
    said = capsys.readouterr().out
    assert "Kept hipaa-attestations.toml" in said
    assert "Wrote hipaa-acknowledgements.toml" in said
    assert Path("hipaa-attestations.toml").read_text() == "# mine\n"
    assert run("init", "elsewhere") == 0
    assert len(list(Path("elsewhere").iterdir())) == 4


def test_the_starters_are_accepted_as_they_are(clean_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "price_book", StandInBook)
    run("init")
    assert run("report", clean_folder, *options("json", "html")) == 0
    written = json.loads(Path("report", "report.json").read_text())
    schema = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "report.schema.json").read_text())
    jsonschema.validate(written, schema)
    assert written["cost"]["scale"] == "startup"
    assert float(written["cost"]["total"]["usd"]) > 0
    page = Path("report", "report.html").read_text()
    assert 'id="cost"' in page
    assert "Nothing was estimated" not in page


def test_init_where_nothing_can_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    Path("taken").write_text("")
    assert run("init", "taken/below") == 2
    assert "taken" in capsys.readouterr().err
