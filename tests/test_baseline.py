"""A gentle start: a gate that only reports, and a baseline that only shrinks, by the command and at synth."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from cdk_nag import AwsSolutionsChecks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hipaa_constructs import acknowledge, enforce_hipaa
from hipaa_constructs.cli import main

BASELINE = Path("hipaa-baseline.toml")
TODAY = "2026-11-28"
ON_THAT_DAY = ("--today", TODAY)
TERMS = ("--owner", "storage team", "--until", "2027-03-31")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # So that verify, which takes no day, judges by the same one as the rest.
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795867200")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


def entries() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(BASELINE.read_text("utf-8")).get("known", [])
    return found


# -- the command -----------------------------------------------------------------------------------------------


def write(resources: dict[str, Any], name: str = "t.json") -> None:
    Path(name).write_text(json.dumps({"Resources": resources}))


KEY = {"Type": "AWS::KMS::Key", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
SOUND = {**KEY, "Properties": {"EnableKeyRotation": True}}


def test_what_is_there_is_written_down_and_fails_nothing_then(capsys: pytest.CaptureFixture[str]) -> None:
    write({"Key": KEY})
    assert run("check", "t.json") == 1
    assert run("baseline", "t.json", *ON_THAT_DAY) == 0
    assert "Wrote hipaa-baseline.toml: 1 known, 1 of them added, 0 mended" in capsys.readouterr().out
    (one,) = entries()
    assert (one["rule"], one["path"], one["owner"]) == ("HIPAA.Constructs-KeyRotated", "t.json/Key", "nobody yet")
    assert (str(one["first_seen"]), str(one["until"])) == (TODAY, "2027-05-27")
    assert run("check", "t.json", *ON_THAT_DAY, "--fail-on", "warning") == 0


def test_the_first_takes_an_owner_and_a_day() -> None:
    write({"Key": KEY})
    assert run("baseline", "t.json", *ON_THAT_DAY, *TERMS, "--file", "mine.toml") == 0
    (one,) = tomllib.loads(Path("mine.toml").read_text())["known"]
    assert (one["owner"], str(one["until"])) == ("storage team", "2027-03-31")
    assert run("check", "t.json", *ON_THAT_DAY) == 1
    assert run("check", "t.json", *ON_THAT_DAY, "--baseline", "mine.toml") == 0


def test_an_update_drops_what_is_mended_and_adds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    write({"A": KEY, "B": KEY})
    run("baseline", "t.json", *ON_THAT_DAY, *TERMS)
    write({"A": SOUND, "B": KEY, "C": KEY})
    # The new one is no rename: what it could be a rename of stood for another finding at its own place.
    assert run("baseline", "t.json", "--update", "--today", "2026-12-01") == 0
    assert [one["path"] for one in entries()] == ["t.json/B", "t.json/C"]
    write({"A": SOUND, "B": KEY, "C": KEY, "D": KEY})
    capsys.readouterr()
    assert run("baseline", "t.json", "--update", "--today", "2026-12-01") == 1
    assert "Not in it: HIPAA.Constructs-KeyRotated on t.json/D" in capsys.readouterr().out
    assert [one["path"] for one in entries()] == ["t.json/B", "t.json/C"]
    assert run("check", "t.json", "--today", "2026-12-01") == 1


def test_new_findings_are_added_on_terms_alone() -> None:
    write({"A": KEY})
    run("baseline", "t.json", *ON_THAT_DAY, *TERMS)
    write({"A": KEY, "B": KEY})
    more = ("--owner", "other team", "--until", "2027-02-28", "--today", "2026-12-01")
    assert run("baseline", "t.json", "--update", "--accept-new", *more) == 0
    assert [(one["path"], one["owner"], str(one["first_seen"])) for one in entries()] == [
        ("t.json/A", "storage team", TODAY),
        ("t.json/B", "other team", "2026-12-01"),
    ]


def test_what_is_overdue_stays_open_until_somebody_takes_it_up_anew() -> None:
    write({"A": KEY})
    run("baseline", "t.json", *ON_THAT_DAY, *TERMS)
    late = ("--today", "2027-04-01")
    assert run("check", "t.json", *late) == 1
    assert run("baseline", "t.json", "--update", *late) == 1
    assert len(entries()) == 1
    more = ("--owner", "other team", "--until", "2027-12-31")
    assert run("baseline", "t.json", "--update", "--accept-new", *more, *late) == 0
    (one,) = entries()
    # It is as old as ever.
    assert (str(one["first_seen"]), one["owner"], str(one["until"])) == (TODAY, "other team", "2027-12-31")
    assert run("check", "t.json", *late) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "hipaa-baseline.toml: it is there already, and only shrinks: give --update"),
        (["--accept-new", "--file", "x.toml"], "--accept-new: it goes with --update"),
        (["--update", "--owner", "me"], "--update: it adds nothing: give --accept-new with --owner and --until"),
        (["--update", "--accept-new", "--owner", "me"], "--accept-new: it takes --owner NAME and --until DATE"),
        (["--update", "--accept-new", "--until", "2027-01-01"], "--accept-new: it takes --owner NAME and --until"),
        (["--update", "--accept-new", "--owner", " ", "--until", "2027-01-01"], "--owner: it is empty"),
        (["--update", "--accept-new", "--owner", "me", "--until", "2026-11-27"], "--until: got 2026-11-27, which is"),
        (["--update", "--accept-new", "--owner", "me", "--until", "2027-11-30"], "--until: got 2027-11-30, more than"),
        (["--update", "--file", "missing.toml"], "missing.toml: cannot be read"),
    ],
)
def test_what_would_let_it_grow_unseen_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    write({"A": KEY})
    run("baseline", "t.json", *ON_THAT_DAY, *TERMS)
    before = BASELINE.read_text()
    capsys.readouterr()
    assert run("baseline", "t.json", *ON_THAT_DAY, *arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert BASELINE.read_text() == before


def test_what_is_acknowledged_is_no_debt() -> None:
    write({"A": KEY})
    Path("hipaa-acknowledgements.toml").write_text(
        '[[acknowledgement]]\nrule = "HIPAA.Constructs-KeyRotated"\npath = "t.json/A"\napproved_by = "officer"\n'
        'reason = "The material is rotated by hand each quarter."\nexpires = 2027-06-30\n'
    )
    assert run("baseline", "t.json", *ON_THAT_DAY) == 0
    assert entries() == []


def test_states_of_sarif_tell_new_from_known(capsys: pytest.CaptureFixture[str]) -> None:
    write({"A": KEY})
    run("check", "t.json", "--format", "sarif", *ON_THAT_DAY)
    capsys.readouterr()
    run("baseline", "t.json", *ON_THAT_DAY, *TERMS)
    write({"A": KEY, "B": KEY})
    capsys.readouterr()
    run("check", "t.json", "--format", "sarif", *ON_THAT_DAY)
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    states = {one["locations"][0]["logicalLocations"][0]["name"]: one["baselineState"] for one in results}
    assert states == {"A": "unchanged", "B": "new"}
    assert [one["properties"].get("baseline") for one in results if one["baselineState"] == "unchanged"] == [
        {"first_seen": TODAY, "owner": "storage team", "until": "2027-03-31"}
    ]


UNSOUND = st.sampled_from(
    [
        KEY,
        {"Type": "AWS::KMS::Key"},
        {"Type": "AWS::S3::Bucket"},
        {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "Records"}},
        {"Type": "AWS::SQS::Queue"},
    ]
)
APPS = st.dictionaries(st.sampled_from(["One", "Two", "Three", "Four"]), UNSOUND, min_size=1)


@given(APPS, st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_holds_what_it_was_written_of_and_shrinks_as_it_is_mended(
    resources: dict[str, Any], data: st.DataObject
) -> None:
    BASELINE.unlink(missing_ok=True)
    write(resources)
    assert run("baseline", "t.json", *ON_THAT_DAY) == 0
    assert run("check", "t.json", *ON_THAT_DAY, "--fail-on", "warning") == 0
    # The order in the template is nothing to the baseline.
    write(dict(data.draw(st.permutations(list(resources.items())))))
    written = BASELINE.read_text()
    assert run("baseline", "t.json", "--update", *ON_THAT_DAY) == 0
    assert BASELINE.read_text() == written
    gone = data.draw(st.sampled_from(sorted(resources)))
    before = entries()
    write({name: body for name, body in resources.items() if name != gone} | {"Sound": SOUND})
    assert run("baseline", "t.json", "--update", *ON_THAT_DAY) == 0
    left = [one for one in before if one["path"] != f"t.json/{gone}"]
    assert len(entries()) == len(left) < len(before)
    assert run("check", "t.json", *ON_THAT_DAY, "--fail-on", "warning") == 0
    # It does not come back unseen.
    write(resources)
    assert run("check", "t.json", *ON_THAT_DAY, "--fail-on", "warning") == 1


# -- at synth --------------------------------------------------------------------------------------------------


class Synth:
    """One synth of an app with a bucket of no care at all, which has findings of every pack."""

    def __init__(
        self, *, bucket: str = "Records", more: str = "", mended: bool = False, stage: str = "", day: str = TODAY
    ) -> None:
        self.app = cdk.App(
            outdir=str(Path("cdk.out").absolute()),
            builtin_cloud_formation_validation=False,
            analytics_reporting=False,
            context={
                "hipaa-constructs:today": day,
                "aws:cdk:enable-path-metadata": True,
                "@aws-cdk/core:annotationsInValidationReport": True,
            },
        )
        self.stack = cdk.Stack(cdk.Stage(self.app, stage) if stage else self.app, "Clinic")
        if not mended:
            self.bucket = s3.Bucket(self.stack, bucket)
        if more:
            s3.Bucket(self.stack, more)
        sns.Topic(self.stack, "Topic")

    def passes(self, **options: Any) -> bool:
        enforce_hipaa(self.app, **options)
        try:
            self.app.synth()
        except RuntimeError as error:
            if "ValidationFailed" not in str(error):
                raise
            return False
        return True


def told() -> dict[str, set[str]]:
    """Return the rules that CDK's report of the last synth names, by severity."""
    report = json.loads(Path("cdk.out", "validation-report.json").read_text())
    by_severity: dict[str, set[str]] = {}
    for plugin in report["pluginReports"]:
        for violation in plugin["violations"]:
            by_severity.setdefault(violation["severity"], set()).add(violation["ruleName"])
    return by_severity


def report(*arguments: str) -> dict[str, Any]:
    code = run("report", "cdk.out", "--format", "json", *ON_THAT_DAY, *arguments)
    data: dict[str, Any] = json.loads(Path("report", "report.json").read_text())
    return {**data, "code": code}


# capsys, not capfd: jsii passes on what CDK prints from a thread of its own, and a file that is read and emptied while
# something is written to it loses both.
def test_a_gate_that_only_reports_fails_nothing_and_everything_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert not Synth().passes()
    errors = len(told()["error"])
    assert errors > 3
    capsys.readouterr()
    assert Synth().passes(report_only=True)
    said = capsys.readouterr().err
    assert "error" not in told()
    assert "fatal" not in told()
    assert json.loads(Path("cdk.out", "hipaa-gate.json").read_text())["report_only"] is True
    data = report("--format", "html", "--format", "oscal", "--format", "csv")
    found = data["summary"]["errors"]
    assert f"report only: {found} errors would have failed" in said
    # The evidence is the same as of a gate that enforces, and the commands fail nonetheless.
    assert data["code"] == 1
    assert data["report_only"] is True
    assert data["notes"][-1].startswith("Report only: at this synth the gate judged everything and let nothing fail.")
    assert f"{found} errors would have failed it" in data["notes"][-1]
    page = Path("report", "report.html").read_text()
    assert page.index("The gate reported only, and failed nothing.") < page.index('id="findings"')
    results = json.loads(Path("report", "oscal-assessment-results.json").read_text())["assessment-results"]
    assert ("report-only", "true") in {(one["name"], one["value"]) for one in results["metadata"]["props"]}
    assert run("verify", "cdk.out") == 1
    assert "The gate reported only at this synth, and failed nothing; this does not." in capsys.readouterr().out


def test_nothing_fails_with_all_packs_and_strictness_either() -> None:
    synth = Synth(stage="Prod")
    acknowledge(
        synth.bucket,
        "HIPAA.Constructs-BucketTlsRequired",
        reason="x",
        approved_by="",
        expires="2026-11-01",
    )
    assert synth.passes(report_only=True, strict=True, packs=[AwsSolutionsChecks(synth.app)])
    assert set(told()) <= {"warning", "info"}


def test_a_baseline_lets_an_app_in_and_nothing_get_worse(capsys: pytest.CaptureFixture[str]) -> None:
    Synth().passes(report_only=True)
    assert run("baseline", "cdk.out", *ON_THAT_DAY, *TERMS) == 0
    packs = {one["rule"].partition("-")[0] for one in entries()}
    assert packs == {"HIPAA.Constructs", "HIPAA.Security"}
    capsys.readouterr()
    assert Synth(day="2026-12-08").passes()
    said = capsys.readouterr().err
    assert "HIPAA gate: no errors" in said
    assert f"{len(entries())} known, the oldest for 10 days" in said
    assert f"{len(entries())} of storage team, until 2027-03-31" in said
    # CDK prints its report from a process of its own, whenever that gets to it: the file is there after the synth.
    reported = json.loads(Path("cdk.out", "validation-report.json").read_text())["pluginReports"]
    words = "known since 2026-11-28, to be mended by storage team until 2027-03-31"
    described = [one["description"] for plugin in reported for one in plugin["violations"]]
    assert described
    assert all(words in one for one in described)
    assert run("verify", "cdk.out") == 0
    assert run("check", "cdk.out", "--today", "2026-12-08", "--fail-on", "warning") == 0
    # What is the same elsewhere is known; one more of it is not.
    assert Synth(bucket="Renamed").passes()
    assert run("verify", "cdk.out", "--fail-on", "warning") == 0
    assert not Synth(more="Second").passes()
    assert run("verify", "cdk.out") == 1


def test_known_findings_pass_beside_acknowledged_ones_and_in_a_strict_gate() -> None:
    def synth(**options: Any) -> bool:
        made = Synth()
        for rule in ("HIPAA.Security-S3BucketReplicationEnabled", "HIPAA.Constructs-BucketTlsRequired"):
            acknowledge(
                made.bucket,
                rule,
                reason="The bucket holds thumbnails that are rebuilt from the originals.",
                approved_by="privacy officer",
                expires="2027-06-30",
            )
        return made.passes(**options)

    synth(report_only=True)
    run("baseline", "cdk.out", *ON_THAT_DAY, *TERMS)
    accepted = {"HIPAA.Security-S3BucketReplicationEnabled", "HIPAA.Constructs-BucketTlsRequired"}
    assert not accepted & {one["rule"] for one in entries()}
    assert synth()
    assert synth(strict=True)


def test_a_baseline_under_another_name_is_read_and_a_wrong_one_fails() -> None:
    Synth().passes(report_only=True)
    run("baseline", "cdk.out", *ON_THAT_DAY, *TERMS, "--file", "mine.toml")
    assert not Synth().passes()
    assert Synth().passes(baseline_file="mine.toml")
    Path("mine.toml").write_text("x = 1")
    assert not Synth().passes(baseline_file="mine.toml")


def test_what_is_mended_is_to_be_taken_out_of_it() -> None:
    Synth().passes(report_only=True)
    run("baseline", "cdk.out", *ON_THAT_DAY, *TERMS)
    before = len(entries())
    assert Synth(mended=True).passes()
    assert "HIPAA.Constructs-BaselineUsed" in told()["warning"]
    assert run("baseline", "cdk.out", "--update", *ON_THAT_DAY) == 0
    assert 0 < len(entries()) < before
    assert not any("Records" in one["path"] for one in entries())
    assert Synth(mended=True).passes(strict=True)
    assert not Synth().passes()


def test_past_its_day_it_holds_nothing() -> None:
    Synth().passes(report_only=True)
    run("baseline", "cdk.out", *ON_THAT_DAY, *TERMS)
    assert Synth(day="2027-03-31").passes()
    assert not Synth(day="2027-04-01").passes()
    assert "HIPAA.Constructs-BaselineInForce" in told()["fatal"]
    # However the synth ended, a report of that day says so too.
    assert run("report", "cdk.out", "--format", "json", "--today", "2027-04-01") == 1
    data = json.loads(Path("report", "report.json").read_text())
    assert data["summary"]["known"] == 0
    assert "HIPAA.Constructs-BaselineInForce" in {one["rule_id"] for one in data["findings"]}


def test_stages_are_clean_if_all_is_known() -> None:
    Synth(stage="Prod").passes(report_only=True)
    run("baseline", "cdk.out", *ON_THAT_DAY, *TERMS)
    assert Synth(stage="Prod").passes()
    assert not Synth(stage="Prod", more="Second").passes()
    assert "HIPAA.Constructs-StagesClean" in told()["error"]


def test_a_folder_that_the_gate_never_judged_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    synth = Synth()
    synth.app.synth()
    assert run("baseline", "cdk.out", *ON_THAT_DAY) == 0
    assert "call enforce_hipaa(app, report_only=True), synthesize, and run this again" in " ".join(
        capsys.readouterr().err.split()
    )
    assert {one["rule"].partition("-")[0] for one in entries()} == {"HIPAA.Constructs"}


def test_what_cdk_itself_warns_of_is_written_down_too_and_taken_out_when_it_is_gone() -> None:
    def synth(*, warned: bool) -> None:
        made = Synth()
        if warned:
            cdk.Annotations.of(made.stack).add_warning_v2("clinic:old", "The name is of another age.")
        made.passes(report_only=True)

    synth(warned=True)
    assert "The name is of another age." in {one["message"].partition(" [")[0] for one in report()["findings"]}
    run("baseline", "cdk.out", *ON_THAT_DAY, *TERMS)
    before = entries()
    assert report()["code"] == 0
    synth(warned=False)
    assert "HIPAA.Constructs-BaselineUsed" not in told()["warning"]
    run("baseline", "cdk.out", "--update", *ON_THAT_DAY)
    assert len(entries()) == len(before) - 1


# -- evidence --------------------------------------------------------------------------------------------------


def test_in_evidence_what_is_known_is_open_and_says_whose_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Synth().passes(report_only=True)
    without = report()
    run("baseline", "cdk.out", *ON_THAT_DAY, *TERMS)
    capsys.readouterr()
    data = report("--format", "html", "--format", "oscal", "--format", "junit", "--format", "sarif", "--format", "csv")
    assert data["code"] == 0
    assert f"{len(entries())} known" in capsys.readouterr().out
    # Open, never met: but for the words, it is the evidence of an app without a baseline.
    for key in ("controls", "rules"):
        assert data[key] == without[key]
    assert data["summary"] == {**without["summary"], "known": len(entries())}
    assert {one["baseline"]["owner"] for one in data["findings"]} == {"storage team"}
    assert {one["baseline"] for one in without["findings"]} == {None}

    page = Path("report", "report.html").read_text()
    assert f"{len(entries())} findings of them in the baseline" in page
    assert "Debt: known since 2026-11-28, to be mended by storage team until 2027-03-31" in page
    suites = ElementTree.parse(Path("report", "junit.xml")).getroot()
    assert not suites.findall(".//failure")
    skipped = {one.get("message") for one in suites.findall(".//skipped")}
    assert "Known and open: 1, to be mended by storage team" in skipped
    states = json.loads(Path("report", "findings.sarif").read_text())["runs"][0]["results"]
    assert {one["baselineState"] for one in states} == {"unchanged"}
    (result,) = json.loads(Path("report", "oscal-assessment-results.json").read_text())["assessment-results"]["results"]
    risks = [one for one in result["risks"] if one["status"] == "open"]
    assert len(risks) == len(entries())
    assert {one["deadline"][:10] for one in risks} == {"2027-03-31"}


def test_a_rule_with_a_known_and_a_new_finding_fails_in_junit() -> None:
    Synth().passes(report_only=True)
    run("baseline", "cdk.out", *ON_THAT_DAY, *TERMS)
    Synth(more="Second").passes(report_only=True)
    assert run("report", "cdk.out", "--format", "junit", *ON_THAT_DAY) == 1
    suites = ElementTree.parse(Path("report", "junit.xml")).getroot()
    case = next(one for one in suites.iter("testcase") if one.get("name") == "HIPAA.Constructs-BucketTlsRequired")
    text = case.findtext("failure") or ""
    assert text.count("[known since 2026-11-28") == 1
    assert "Clinic/Second/Resource (test_baseline.py:" in text


def test_a_signed_report_of_known_findings_alone_verifies(capsys: pytest.CaptureFixture[str]) -> None:
    Synth().passes(report_only=True)
    run("baseline", "cdk.out", *ON_THAT_DAY, *TERMS)
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    Path("key.pem").write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    assert run("report", "cdk.out", "--format", "json", "--sign", "key.pem", *ON_THAT_DAY) == 0
    capsys.readouterr()
    assert run("verify", "report") == 0
    assert "The baseline held" in capsys.readouterr().out
