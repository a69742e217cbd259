"""The plan: what proves a step, what is late and what is next, for an empty account and for one that is done."""

from __future__ import annotations

import datetime
import json
import shlex
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import icalendar
import pytest

from hipaa_constructs import cli
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.controls import controls, read
from hipaa_constructs.compliance.rule import Debt
from hipaa_constructs.evidence.attestation_kinds import kinds
from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.evidence.matrix import OWN
from hipaa_constructs.evidence.model import Evidence
from hipaa_constructs.evidence.plan_file import read_plan
from hipaa_constructs.evidence.plan_steps import catalogue, weeks
from hipaa_constructs.evidence.starters import starters
from hipaa_constructs.evidence.timeline import Step, Timeline, before_synth, timeline_of
from hipaa_constructs.evidence.timeline_documents import timeline_as_html, timeline_as_ics
from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.landing_zone.parsing import parse_config
from tests.evidence.conftest import TODAY
from tests.evidence.test_columns import answers, everything

START = datetime.date(2026, 11, 2)
AT = datetime.datetime(2026, 11, 22, 9, tzinfo=datetime.UTC)


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main([str(argument) for argument in arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


def step_of(timeline: Timeline, name: str) -> Step:
    (found,) = (step for step in timeline.steps if step.id == name)
    return found


def said(step: Step) -> list[str]:
    return [one.says for one in step.proof]


def plan_of(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "hipaa-plan.toml"
    file.write_text(text)
    return file


def judged(tmp_path: Path, evidence: Evidence, text: str = "start = 2026-11-02\n") -> Timeline:
    return timeline_of(replace(evidence, plan=read_plan(plan_of(tmp_path, text))))


@pytest.fixture
def attested(clean_folder: Path, tmp_path: Path) -> Evidence:
    """The clean app, with all that people say and a live account in which all is well."""
    file = tmp_path / "hipaa-attestations.toml"
    file.write_text(everything())
    return collect(clean_folder, today=TODAY, attestations=file, preflight=[answers(tmp_path)])


# -- the catalogue -----------------------------------------------------------------------------------------------


def test_steps_name_what_exists_and_build_on_earlier_ones() -> None:
    rules = {rule.id for rule in every_rule()}
    phases = [phase["id"] for phase in catalogue()["phases"]]
    seen: list[str] = []
    for step in catalogue()["steps"]:
        proof = step["proof"]
        assert set(proof) <= {"rules", "controls", "preflight", "attestations", "findings", "resources"}
        assert any(proof.values()), step["id"]
        assert {f"{OWN}{name}" for name in proof.get("rules", ())} <= rules
        assert set(proof.get("controls", ())) <= set(controls())
        assert set(proof.get("resources", ())) <= set(read("regions.json")["types"])
        assert set(proof.get("preflight", ())) <= set(read("preflight.json"))
        assert set(proof.get("attestations", ())) <= set(kinds())
        assert set(step["after"]) <= set(seen), step["id"]
        seen.append(step["id"])
    assert len(seen) == len(set(seen))
    # Two weeks a phase, one after the other.
    order = [(phases.index(step["phase"]), step["week"]) for step in catalogue()["steps"]]
    assert order == sorted(order)
    assert {(phase, week) for phase, week in order} == {(week // 2, week + 1) for week in range(8)}


def test_nothing_that_people_or_the_account_show_is_left_out() -> None:
    steps = catalogue()["steps"]
    shown = [name for step in steps for name in step["proof"].get("attestations", ())]
    assert sorted(shown) == sorted(kinds())
    asked = {name for step in steps for name in step["proof"].get("preflight", ())}
    assert asked >= {name for name, one in read("preflight.json").items() if one["controls"]}


def test_each_step_says_how_its_proof_comes_about() -> None:
    """What the account answers is written to a file that plan is given, and what people say goes into a table."""
    timeline = before_synth(today=TODAY, attestations=None, preflight=(), plan=None)
    before = {"Bootstrapped", "BackupOptIn"}
    for entry, step in zip(catalogue()["steps"], timeline.steps, strict=True):
        asked = set(entry["proof"].get("preflight", ()))
        assert not asked - before or "hipaa-constructs preflight --output preflight.json" in step.how, step.id
        assert not asked & before or any("--before-deployment --output before.json" in one for one in step.how)
        assert not asked or any("plan --preflight" in one for one in step.how), step.id
        for name in entry["proof"].get("attestations", ()):
            assert f"[{name}]" in step.how[-1], step.id
        if "rules" in entry["proof"] or "controls" in entry["proof"]:
            assert any(one in ("cdk synth", "hipaa-constructs check cdk.out") for one in step.how), step.id


def test_planning_names_what_it_costs() -> None:
    named = {step["id"] for step in catalogue()["steps"] for words in step["how"] if "hipaa-constructs cost" in words}
    assert {"risks", "costs"} <= named


def test_commands_of_the_steps_are_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a step says to run names commands, arguments and options that there are."""
    group: Any = cli._group()
    for step in catalogue()["steps"]:
        for words in step["how"]:
            # A command stands alone, or at the end of a sentence that says what it is for.
            _, found, rest = words.rpartition("hipaa-constructs ")
            if not found:
                continue
            name, *arguments = shlex.split(rest.removesuffix("."))
            command = group.get_command(click.Context(group), name)
            assert command is not None, words
            command.make_context(name, arguments, resilient_parsing=False)


def test_the_rules_that_count_under_a_step_are_some(attested: Evidence) -> None:
    for step in catalogue()["steps"]:
        cited = set(step["proof"].get("controls", ()))
        assert not cited or any(cited.intersection(rule.counted) for rule in attested.rules.values()), step["id"]


# -- steps -------------------------------------------------------------------------------------------------------


def test_an_empty_account_begins_with_the_first_week() -> None:
    timeline = before_synth(today=TODAY, attestations=None, preflight=(), plan=None)
    assert {step.status for step in timeline.steps} == {"open"}
    assert {step.week for step in timeline.steps if step.next} == {1}
    assert said(step_of(timeline, "services")) == ["Nothing was synthesized yet."]
    assert timeline.overdue == 0
    assert {duty.due for duty in timeline.duties} == {None}


def test_a_step_is_done_when_all_of_its_proof_holds(tmp_path: Path, attested: Evidence) -> None:
    timeline = judged(tmp_path, attested)
    agreement = step_of(timeline, "agreement")
    assert agreement.status == "done"
    assert [one.by for one in agreement.proof] == ["preflight", "attestation"]
    assert not agreement.next
    # What does not apply needs no date.
    assert "Documents of a group health plan: does not apply, decided by Dana Cole." in said(
        step_of(timeline, "associates")
    )
    stores = step_of(timeline, "stores")
    assert stores.status == "done"
    assert said(stores)[0].startswith("Of ")
    # The rule says nothing of costs.
    assert [step.id for step in timeline.steps if not step.controls] == ["costs"]


def test_what_templates_have_to_hold_is_asked_of_them(tmp_path: Path, attested: Evidence) -> None:
    costs = step_of(before_synth(today=TODAY, attestations=None, preflight=(), plan=None), "costs")
    assert said(costs) == ["Nothing was synthesized yet."]
    costs = step_of(judged(tmp_path, attested), "costs")
    assert costs.status == "open"
    assert said(costs) == ["The templates hold no AWS::Budgets::Budget and no AWS::CE::AnomalySubscription."]


@pytest.mark.parametrize(
    ("region", "types", "holds", "says"),
    [
        ("us-east-1", ("Budgets::Budget",), False, "The templates hold no AWS::CE::AnomalySubscription."),
        (
            "us-east-1",
            ("Budgets::Budget", "CE::AnomalySubscription"),
            True,
            "The templates hold AWS::Budgets::Budget and AWS::CE::AnomalySubscription.",
        ),
        (
            "eu-north-1",
            ("CE::AnomalySubscription",),
            True,
            "The templates hold AWS::CE::AnomalySubscription. No Region of theirs has AWS::Budgets::Budget.",
        ),
        ("us-gov-west-1", (), True, "No Region of theirs has AWS::Budgets::Budget or AWS::CE::AnomalySubscription."),
    ],
)
def test_a_type_that_no_region_has_is_not_missed(
    tmp_path: Path, clean: Evidence, region: str, types: tuple[str, ...], holds: bool, says: str
) -> None:
    app = App()
    app.add("Costs", {"Resources": {f"R{one[:2]}": {"Type": f"AWS::{one}"} for one in types}}, region=region)
    templates = [replace(one, region=region) for one in clean.templates]
    (proof,) = step_of(judged(tmp_path, replace(clean, app=app, templates=templates)), "costs").proof
    assert (proof.by, proof.holds, proof.says) == ("check", holds, says)


def test_templates_without_anything_to_check_prove_nothing(tmp_path: Path, attested: Evidence) -> None:
    network = step_of(judged(tmp_path, attested), "network")
    assert network.status == "open"
    assert said(network) == ["The templates hold nothing to check."]


def test_findings_and_rules_that_did_not_run_leave_it_open(tmp_path: Path, clinic: Evidence) -> None:
    timeline = judged(tmp_path, clinic)
    assert "on templates are open." in said(step_of(timeline, "stores"))[0]
    assert said(step_of(timeline, "exceptions")) == [f"{len(clinic.findings)} findings open."]
    silent = {name: replace(rule, ran=False) for name, rule in clinic.rules.items()}
    timeline = judged(tmp_path, replace(clinic, rules=silent, findings=()))
    assert "did not run" in said(step_of(timeline, "stores"))[0]
    assert said(step_of(timeline, "exceptions")) == ["Some rules did not run."]


def test_one_account_of_several_that_fails_leaves_it_open(tmp_path: Path, clean_folder: Path) -> None:
    files = [answers(tmp_path), answers(tmp_path, "444455556666", RootMfa="failed")]
    timeline = timeline_of(collect(clean_folder, today=TODAY, preflight=files))
    step = step_of(timeline, "accounts")
    assert step.status == "open"
    assert "The root user has no MFA (account 444455556666, 2026-11-21)." in said(step)


def test_what_is_overdue_opens_its_step_again(tmp_path: Path, clean_folder: Path) -> None:
    file = tmp_path / "hipaa-attestations.toml"
    file.write_text('[contacts]\ndate = 2026-01-05\nowner = "Dana Cole"\nevidence = "wiki"\n')
    plan = plan_of(tmp_path, "start = 2026-01-05\n")
    timeline = timeline_of(collect(clean_folder, today=TODAY, attestations=file, plan=plan))
    assert step_of(timeline, "officials").status == "overdue"
    assert "overdue since 2026-07-04" in said(step_of(timeline, "officials"))[0]
    (duty,) = (duty for duty in timeline.duties if duty.id == "contacts")
    assert (duty.status, duty.owner, duty.period) == ("overdue", "Dana Cole", "every half year")


def test_days_come_from_the_file_or_from_the_week(tmp_path: Path, clean: Evidence) -> None:
    text = 'start = 2026-11-02\n[risks]\nowner = "Ann Lee"\ndue = 2026-11-21\n'
    timeline = judged(tmp_path, clean, text)
    risks = step_of(timeline, "risks")
    assert (risks.owner, risks.due, risks.status) == ("Ann Lee", datetime.date(2026, 11, 21), "overdue")
    # The last day of the third week is the day of the report, which still counts.
    assert (step_of(timeline, "accounts").due, step_of(timeline, "accounts").status) == (TODAY, "open")
    assert step_of(timeline, "policies").status == "overdue"
    (duty,) = (duty for duty in timeline.duties if duty.id == "risk_analysis")
    assert (duty.owner, duty.due, duty.status) == ("Ann Lee", risks.due, "overdue")


def test_a_step_waits_for_what_it_builds_on(tmp_path: Path, attested: Evidence) -> None:
    silent = {name: replace(rule, ran=False) for name, rule in attested.rules.items()}
    timeline = judged(tmp_path, replace(attested, rules=silent))
    undone = [step for step in timeline.steps if step.status != "done"]
    waiting = [step for step in undone if any(step_of(timeline, name).status != "done" for name in step.after)]
    assert waiting
    assert not any(step.next for step in waiting)
    assert any(step.next for step in undone)


def test_ends_of_exceptions_and_of_the_baseline_are_told(tmp_path: Path, clinic: Evidence) -> None:
    debt = Debt(TODAY, "storage team", datetime.date(2027, 3, 31))
    known = [replace(finding, baseline=debt) for finding in clinic.findings[:2]]
    timeline = judged(tmp_path, replace(clinic, findings=known))
    ends = {(str(end.day), end.title, end.owner) for end in timeline.ends}
    assert ("2027-03-31", "2 known findings to be mended", "storage team") in ends
    assert any("BucketVersioned on Clinic/Records" in title and who == "Dana Cole" for _, title, who in ends)
    assert [end.day for end in timeline.ends] == sorted(end.day for end in timeline.ends)


def test_every_duty_has_its_citation_and_what_does_not_apply_is_none(tmp_path: Path, attested: Evidence) -> None:
    duties = judged(tmp_path, attested).duties
    assert all(duty.controls for duty in duties)
    names = {duty.id.partition(":")[0] for duty in duties}
    assert "plan_documents" not in names
    assert {"training", "phishing_simulation", "penetration_test", "internal_audit", "risk_analysis"} <= names
    assert {"policies", "restore_test", "access_management", "patching"} <= names


# -- the file ----------------------------------------------------------------------------------------------------


def test_the_starter_is_a_plan_with_every_step(tmp_path: Path) -> None:
    text = starters(START)["hipaa-plan.toml"]
    assert set(tomllib.loads(text)) == {"start", *weeks()}
    plan = read_plan(plan_of(tmp_path, text))
    assert plan.start == START
    assert plan.due["agreement"] == datetime.date(2026, 11, 8)
    assert plan.due["evaluation"] == datetime.date(2026, 12, 27)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "start: it is missing; it takes a date"),
        ('start = "soon"', "start: got 'soon'; it takes a date"),
        ("start = 2026-11-02T08:00:00", "start: got datetime"),
        ("start = 9999-12-01", "start: got 9999-12-01; it takes a date before the year 9000"),
        ("start = 2026-11-02\n[risk]\n", "[risk] is unknown; allowed are start and agreement, "),
        ("start = 2026-11-02\n[risk]\n", "did you mean risks?"),
        ("start = 2026-11-02\nrisks = 3", "risks: it takes a table; write it as [risks]"),
        (
            "start = 2026-11-02\n[risks]\nowners = 'x'",
            "the key is unknown; allowed are owner, due; did you mean",
        ),
        ("start = 2026-11-02\n[risks]\nowner = 3", "[risks], owner: got 3; it takes text"),
        ("start = 2026-11-02\n[risks]\ndue = 'soon'", "[risks], due: got 'soon'; it takes a date without quotes"),
    ],
)
def test_wrong_plans_are_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UnusableInput) as error:
        read_plan(plan_of(tmp_path, text))
    assert says in str(error.value)


# -- documents ---------------------------------------------------------------------------------------------------


def events_of(timeline: Timeline) -> dict[str, icalendar.Event]:
    calendar = icalendar.Calendar.from_ical(timeline_as_ics(timeline, AT))
    events = [one for one in calendar.walk("VEVENT") if isinstance(one, icalendar.Event)]
    assert len({str(event["uid"]) for event in events}) == len(events)
    return {str(event["uid"]).partition("@")[0]: event for event in events}


def test_the_calendar_has_what_is_open_and_what_recurs(tmp_path: Path, attested: Evidence) -> None:
    timeline = judged(tmp_path, attested)
    events = events_of(timeline)
    assert {name for name in events if name.startswith("step-")} == {
        f"step-{step.id}" for step in timeline.steps if step.status != "done"
    }
    duty = events["duty-patching"]
    assert duty["dtstart"].dt == datetime.date(2026, 12, 1)
    assert duty["rrule"] == {"FREQ": ["DAILY"], "INTERVAL": [30]}
    assert "45 CFR 164.308(a)(5)(ii)(B)" in duty["description"]
    assert timeline_as_ics(timeline, AT) == timeline_as_ics(timeline, AT)


def test_names_in_a_calendar_stay_names(tmp_path: Path, clean: Evidence) -> None:
    text = 'start = 2026-11-02\n[risks]\nowner = "Ann\\nBEGIN:VEVENT\\u202e; Lee"\n'
    events = events_of(judged(tmp_path, clean, text))
    assert "Ann\nBEGIN:VEVENT\\u202e; Lee" in str(events["step-risks"]["summary"])


def test_the_page_stands_alone_and_shows_texts_as_texts(tmp_path: Path, clean: Evidence) -> None:
    text = 'start = 2026-11-02\n[risks]\nowner = "<script>alert(1)</script>"\n'
    page = timeline_as_html(judged(tmp_path, clean, text))
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<strong>Next</strong>") >= 1


# -- the command -------------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIPAA_CONSTRUCTS_TODAY", TODAY.isoformat())
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795338000")
    return tmp_path


def test_a_newcomer_gets_a_plan_and_then_days(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan") == 0
    text = capsys.readouterr().out
    assert "`hipaa-constructs init` writes hipaa-plan.toml" in " ".join(text.split())
    assert "Next: Sign in to the console, open AWS Artifact" in text
    assert run("plan", "--format", "ics") == 2
    assert "hipaa-plan.toml: there is none, so nothing has a day" in capsys.readouterr().err
    assert run("init", "--start", "2026-11-02") == 0
    capsys.readouterr()
    assert run("plan") == 1
    text = capsys.readouterr().out
    assert text.startswith("Week 3 from 2026-11-02: 0 of 26 steps done, ")
    assert "  overdue  Security official and contacts are named (by 2026-11-08, nobody yet)" in text
    assert run("plan", "--today", "2026-10-30") == 0
    assert capsys.readouterr().out.startswith("From 2026-11-02: 0 of 26 steps done.")


def test_a_newcomer_gets_a_landing_zone_too(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("init", "--landing-zone", "111122223333") == 0
    assert "Wrote app.py" in capsys.readouterr().out
    config = read_config_of(json.loads(Path("cdk.json").read_text()))
    assert (config.account, config.primary_region, config.recovery_region) == ("111122223333", "us-east-1", "us-west-2")
    app = (Path(__file__).parent.parent.parent / "app.py").read_text()
    assert Path("app.py").read_text().partition("import")[2] == app.partition("import")[2]
    Path("cdk.json").write_text("{}")
    assert run("init", "--landing-zone", "444455556666") == 0
    assert Path("cdk.json").read_text() == "{}"


@pytest.mark.parametrize("account", ["", "1234", "11112222333x", "١١١١٢٢٢٢٣٣٣٣"])
def test_what_is_no_account_is_refused(here: Path, capsys: pytest.CaptureFixture[str], account: str) -> None:
    assert run("init", "--landing-zone", account) == 2
    assert "it takes the twelve digits of an AWS account" in capsys.readouterr().err
    assert not list(here.iterdir())


def read_config_of(settings: dict[str, Any]) -> LandingZoneConfig:
    assert settings["app"] == "python app.py"
    return parse_config(settings["context"]["landing-zone"], source="cdk.json")


def test_it_reads_what_lies_beside_the_app(here: Path, clean_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("hipaa-attestations.toml").write_text(everything())
    Path("hipaa-plan.toml").write_text("start = 2026-11-16\n")
    arguments = ("plan", clean_folder, "--preflight", answers(here), "--format", "json")
    assert run(*arguments) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["date"], data["start"], data["overdue"]) == ("2026-11-22", "2026-11-16", 0)
    assert [step["id"] for step in data["steps"]] == list(weeks())
    assert run(*arguments[:-1], "html", "--output", "plan.html") == 0
    assert "<title>HIPAA plan, 2026-11-22</title>" in Path("plan.html").read_text()
    assert run("report", clean_folder, "--format", "json", "--preflight", answers(here)) == 0
    assert json.loads(Path("report", "report.json").read_text())["plan"] == data


def test_what_cannot_be_read_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", "absent.out") == 2
    assert "this is no cdk.out folder" in capsys.readouterr().err
    assert run("plan", "--plan", "absent.toml") == 2
    assert "absent.toml: cannot be read" in capsys.readouterr().err
