"""One fact, one finding, within a synth and in what is made of it afterwards."""

from __future__ import annotations

import contextlib
import datetime
import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks

from hipaa_constructs import acknowledge, enforce_hipaa
from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.sources import Sources
from hipaa_constructs.compliance import engine
from hipaa_constructs.compliance.assess import assess
from hipaa_constructs.compliance.gate_summary import by_construct
from hipaa_constructs.compliance.output import Summary, as_text
from hipaa_constructs.compliance.rule import Debt, Finding
from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.evidence.model import Evidence
from hipaa_constructs.testing import assert_finding, findings

REASON = "The trail's data events record who asks for its objects."
LOGGED, LOGGING = "HIPAA.Constructs-BucketAccessLogged", "HIPAA.Security-S3BucketLoggingEnabled"
PLACE = "Clinic/B/Resource"
SOON = (datetime.date.today() + datetime.timedelta(days=200)).isoformat()


def synth(app: cdk.App) -> list[dict[str, Any]]:
    with contextlib.suppress(RuntimeError):
        app.synth()
    reports: list[dict[str, Any]] = json.loads(Path(app.outdir, "validation-report.json").read_text())["pluginReports"]
    return reports


def evidence_of(app: cdk.App) -> Evidence:
    return collect(app.outdir, today=datetime.date.today())


def test_a_plain_bucket_has_seven_findings(app: cdk.App, stack: cdk.Stack) -> None:
    s3.Bucket(stack, "B")
    enforce_hipaa(app)
    assert [*map(str, findings(app))] == [
        f"HIPAA.Constructs-{name}: {PLACE}"
        for name in (
            "BucketAccessLogged",
            "BucketEncryptedWithCustomerKey",
            "BucketNotPublic",
            "BucketTlsRequired",
            "BucketVersioned",
            "StoreBackedUp",
        )
    ] + [f"HIPAA.Security-S3BucketReplicationEnabled: {PLACE}"]
    assert len(evidence_of(app).findings) == 7


def test_more_packs_find_nothing_more_of_the_same(app: cdk.App, stack: cdk.Stack) -> None:
    s3.Bucket(stack, "B")
    assert len(findings(app, all_packs=True)) == 7


def test_a_finding_answers_to_all_its_ids(app: cdk.App, stack: cdk.Stack) -> None:
    s3.Bucket(stack, "B")
    enforce_hipaa(app, packs=[AwsSolutionsChecks(app)])
    for rule in (LOGGED, LOGGING, "AwsSolutions-S1"):
        assert_finding(app, rule, "Clinic/B")
    with pytest.raises(AssertionError, match="no finding of"):
        assert_finding(app, "HIPAA.Security-LambdaDLQ")


def test_rules_run_once_for_all_plugins(app: cdk.App, stack: cdk.Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    evaluate = engine.evaluate

    def counted(*arguments: Any) -> Any:
        asked.extend(rule.name for rule in arguments[1])
        return evaluate(*arguments)

    monkeypatch.setattr("hipaa_constructs.compliance.assess.evaluate", counted)
    s3.Bucket(stack, "B")
    enforce_hipaa(app, packs=[NIST80053R5Checks(app), AwsSolutionsChecks(app)])
    synth(app)
    assert len(asked) == len(set(asked)) == len(engine.all_rules())


def by_us(bucket: s3.Bucket, rule: str) -> None:
    acknowledge(bucket, rule, reason=REASON, approved_by="officer", expires=SOON)


def by_cdk(bucket: s3.Bucket, rule: str) -> None:
    pack = rule.split("-", 1)[0]
    cdk.Validations.of(bucket).acknowledge(cdk.Acknowledgment(id=f"{pack}::{rule}", reason=REASON))


def by_file(bucket: s3.Bucket, rule: str) -> None:
    Path("hipaa-acknowledgements.toml").write_text(
        f'[[acknowledgement]]\nrule = "{rule}"\npath = "{bucket.node.path}"\nreason = "{REASON}"\n'
        f'approved_by = "officer"\nexpires = {SOON}\n'
    )


@pytest.mark.parametrize("rule", [LOGGED, LOGGING, "NIST.800.53.R5-S3BucketLoggingEnabled"])
@pytest.mark.parametrize("by", [by_us, by_cdk, by_file])
def test_one_acknowledgement_accepts_both(
    app: cdk.App,
    stack: cdk.Stack,
    by: Callable[[s3.Bucket, str], None],
    rule: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    by(s3.Bucket(stack, "B"), rule)
    enforce_hipaa(app)
    found = [*map(str, findings(app))]
    assert not [one for one in found if "Logg" in one or "Used" in one or "Known" in one]
    given = tmp_path / "hipaa-acknowledgements.toml"
    evidence = collect(app.outdir, today=datetime.date.today(), acknowledgements=given if given.is_file() else None)
    (one,) = evidence.acknowledgements
    assert (one.acknowledgement.rule_id, one.acknowledgement.path) == (rule, "Clinic/B")
    assert [(each.rule_id, each.also) for each in one.findings] == [(LOGGED, (LOGGING,))]
    for counted in (LOGGED, LOGGING):
        assert [str(name) for name in evidence.rules[counted].resources["acknowledged"]] == [PLACE]
    # What CDK's own means accept, nobody approved.
    assert bool(one.problems) is (by is by_cdk)


def checked(app: cdk.App) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "hipaa_constructs.cli", "check", app.outdir, "--format", "json"]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("by", [by_us, by_cdk])
def test_check_of_a_synth_accepts_what_the_synth_accepted(
    app: cdk.App, stack: cdk.Stack, by: Callable[[s3.Bucket, str], None]
) -> None:
    by(s3.Bucket(stack, "B"), LOGGING)
    enforce_hipaa(app)
    synth(app)
    found = {one["rule_id"]: one["also"] for one in checked(app)}
    assert LOGGED not in found
    assert found["HIPAA.Constructs-BucketVersioned"] == ["HIPAA.Security-S3BucketVersioningEnabled"]
    # What cdk-nag alone found is asked for by --pack.
    assert not [rule for rule in found if rule.startswith("HIPAA.Security-") or rule.endswith("Used")]
    # Where files were changed since, what the gate recorded says nothing of them.
    edited(app, "Clinic.template.json", lambda template: template.update(Description="Changed."))
    assert LOGGED in {one["rule_id"] for one in checked(app)}


def test_synth_and_check_agree_on_one_on_the_app(app: cdk.App, stack: cdk.Stack) -> None:
    s3.Bucket(stack, "B")
    cdk.Validations.of(app).acknowledge(cdk.Acknowledgment(id=f"HIPAA.Security::{LOGGING}", reason=REASON))
    enforce_hipaa(app)
    synth(app)
    (one,) = evidence_of(app).acknowledgements
    assert (one.acknowledgement.rule_id, one.acknowledgement.path) == (LOGGING, "")
    assert any("it covers the whole app" in problem for problem in one.problems)
    checked = assess(load([Path(app.outdir)]), today=datetime.date.today(), packs=["HIPAA.Security"])
    assert any("it covers the whole app" in finding.message for finding in checked.open)


def test_an_app_can_be_synthesized_twice(app: cdk.App, stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "B")
    enforce_hipaa(app)
    assert f"{LOGGED}: {PLACE}" in map(str, findings(app))
    by_us(bucket, LOGGED)
    with contextlib.suppress(RuntimeError):
        app.synth(force=True)
    found = {one["ruleName"] for report in synth(app) for one in report["violations"]}
    assert len(found) == 6
    assert LOGGED not in found


def test_what_is_overruled_fails_nothing_and_is_told_with_its_source(
    app: cdk.App, stack: cdk.Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    codebuild.CfnProject(
        stack,
        "Build",
        artifacts=codebuild.CfnProject.ArtifactsProperty(type="CODEPIPELINE"),
        source=codebuild.CfnProject.SourceProperty(type="CODEPIPELINE"),
        environment=codebuild.CfnProject.EnvironmentProperty(type="LINUX_CONTAINER", compute_type="SMALL", image="i"),
        service_role="arn:aws:iam::111122223333:role/Build",
    )
    enforce_hipaa(app)
    rule = "HIPAA.Security-CodeBuildProjectSourceRepoUrl"
    assert not [one for one in findings(app) if one.rule_id == rule]
    assert f"1 of {rule}" in capsys.readouterr().err
    (note,) = evidence_of(app).overruled
    assert (note.rule_id, note.construct_path) == (rule, "Clinic/Build")
    assert "github.com/cdklabs/cdk-nag/issues/1590" in note.fix


# -- what was changed since is refused -------------------------------------------------------------------------


def edited(app: cdk.App, name: str, change: Callable[[Any], object]) -> None:
    file = Path(app.outdir, name)
    data = json.loads(file.read_text())
    change(data)
    file.write_text(json.dumps(data))


def without(rule: str) -> Callable[[Any], object]:
    def drop(report: Any) -> None:
        for plugin in report["pluginReports"]:
            plugin["violations"] = [one for one in plugin["violations"] if one["ruleName"] != rule]

    return drop


def unrecorded(record: Any) -> None:
    pack = record["packs"]["HIPAA.Security"]
    pack["findings"] = [one for one in pack["findings"] if one[0] != LOGGING]


def overruled_by_nobody(report: Any) -> None:
    for plugin in report["pluginReports"]:
        for one in plugin["violations"]:
            one.pop("ruleMetadata", None)


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        (
            "validation-report.json",
            without("HIPAA.Security-S3BucketReplicationEnabled"),
            "does not name HIPAA.Security",
        ),
        ("validation-report.json", without(LOGGED), f"does not report {LOGGED}"),
        ("validation-report.json", overruled_by_nobody, f"does not report {LOGGING}"),
        ("hipaa-gate.json", unrecorded, "was changed after the gate wrote it"),
    ],
)
def test_what_the_gate_did_not_say_is_refused(
    app: cdk.App, stack: cdk.Stack, name: str, change: Callable[[Any], object], says: str
) -> None:
    s3.Bucket(stack, "B")
    enforce_hipaa(app)
    synth(app)
    assert evidence_of(app)
    edited(app, name, change)
    with pytest.raises(UnusableInput, match=says):
        evidence_of(app)


# -- what a person reads ---------------------------------------------------------------------------------------


def test_the_summary_is_by_construct_with_its_line(
    app: cdk.App, stack: cdk.Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    s3.Bucket(stack, "B")
    enforce_hipaa(app)
    # Whatever jsii wraps around the error, what the gate says stands before it.
    with pytest.raises(RuntimeError):
        app.synth()
    said = capsys.readouterr().err
    place, errors = said.partition(f"  {PLACE}  ")[2].splitlines()[:2]
    assert re.fullmatch(r".*test_one_finding\.py:\d+", place)
    assert errors.split() == [
        "error",
        "BucketAccessLogged,",
        "BucketEncryptedWithCustomerKey,",
        "BucketNotPublic,",
        "BucketTlsRequired,",
        "BucketVersioned,",
        "S3BucketReplicationEnabled",
    ]


def found_of(name: str, severity: Any = "error", rule: str = "Sample") -> Finding:
    outcome: Any = "overruled" if severity == "note" else "failed"
    return Finding(rule, severity, outcome, name, "T", "t.json", f"S/{name}", (), f"{name} seen.", "Mend it.")


def test_constructs_with_most_errors_come_first_and_the_rest_is_counted() -> None:
    findings = [found_of(f"C{number:02}", "warning") for number in range(11)] + [found_of("Worst")]
    shown = list(by_construct(findings, Sources(App())))
    assert shown[:2] == ["  S/Worst", "    error     Sample"]
    assert shown[-1] == "  and 2 more constructs"


def test_text_has_the_order_of_the_summary_and_what_is_known_counts_for_nothing() -> None:
    debt = Debt(datetime.date(2026, 1, 1), "Ada", datetime.date(2027, 1, 1))
    found = [
        found_of("A"),
        found_of("B", "warning"),
        replace(found_of("C"), template="z.json"),
        replace(found_of("C", rule="Other"), template="z.json"),
        replace(found_of("D"), template="a.json"),
    ]

    def places(lines: Sequence[str]) -> list[str]:
        return [line.strip() for line in lines if line.strip().startswith("S/")]

    summary = Summary(templates=1, resources=4, rules=1, acknowledged=0)
    text = as_text(found, summary).splitlines()
    assert places(text) == places(list(by_construct(found, Sources(App())))) == ["S/C", "S/A", "S/D", "S/B"]
    known = [replace(one, baseline=debt) if one.construct_path == "S/C" else one for one in found]
    assert places(as_text(known, summary).splitlines()) == ["S/A", "S/D", "S/B", "S/C"]


def test_text_tells_a_fix_thrice_and_alarms_by_rule() -> None:
    summary = Summary(templates=1, resources=5, rules=1, acknowledged=0)
    findings = [
        *(found_of(f"A{number}", "warning") for number in range(4)),
        found_of("Z"),
        *(found_of(f"N{number}", "note", "HIPAA.Security-X") for number in range(2)),
    ]
    folded = as_text(findings, summary)
    assert folded.startswith("S/Z\n")
    assert folded.count("Fix: Mend it.") == 3
    assert "note     HIPAA.Security-X  (2)" in folded
    assert "S/N1" not in folded
    assert "--all" in folded
    assert folded.endswith("1 error, 4 warnings, 0 acknowledged, 2 overruled\n")
    everything = as_text(findings, summary, full=True)
    assert everything.count("Fix: Mend it.") == 7
    assert "S/N1" in everything
    assert "--all" not in everything


def test_text_says_once_what_is_so_of_several_resources_in_the_same_words() -> None:
    same = [replace(found_of(f"A{number:02}"), message="Seen.", line=100 - number, column=1) for number in range(13)]
    elsewhere = replace(same[0], template="b.json", construct_path="S/Else")
    apart = [
        replace(
            same[0],
            construct_path="S/Known",
            baseline=Debt(datetime.date(2026, 1, 1), "Ada", datetime.date(2027, 1, 1)),
        ),
        replace(same[0], construct_path="S/Weaker", severity="warning"),
        replace(same[0], construct_path="S/Mended", fix="Otherwise."),
    ]
    findings = [*same, elsewhere, *apart]
    summary = Summary(1, len(findings), 1, 0)

    everything = as_text(findings, summary, full=True, width=1000)
    assert everything.startswith("S/A00\n")
    named = [f"S/A{number:02} (line {100 - number})" for number in range(12, 0, -1)]
    assert f"Likewise: {', '.join(named)}, S/Else (b.json:100).\n" in everything
    assert everything.count("Likewise: ") == 1
    assert everything.count("Seen.") == 4
    assert "\nS/A01\n" not in everything
    assert as_text([same[0], replace(same[0], line=7)], summary).count("Likewise: S/A00 (line 7).") == 1
    assert everything.endswith("15 errors, 1 warning, 1 known, 0 acknowledged\n")

    folded = as_text(findings, summary, width=1000)
    assert f"Likewise: {', '.join(named[:10])} and 3 more.\n" in folded
    assert "--all" in folded
    assert "--all" not in as_text([*same[:11], *apart[:2]], summary)


def test_what_has_no_place_is_not_said_of_another() -> None:
    nowhere = replace(found_of(""), construct_path="", template="", message="Ended.")
    said = as_text([replace(nowhere) for _ in range(3)], Summary(0, 0, 1, 0))
    assert said.count("Ended.") == 3
    assert "Likewise" not in said


def test_text_names_all_ids_and_what_weighs() -> None:
    undecided = replace(found_of("A"), outcome="unknown", also=("AwsSolutions-S1",))
    said = as_text([undecided, replace(undecided, severity="warning")], Summary(1, 1, 1, 0))
    assert "Also: AwsSolutions-S1" in said
    assert [line.split()[0] for line in said.splitlines() if line.endswith("Sample")] == ["error", "unknown"]


def _role(resource: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": resource}
    names = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "Policies": [{"PolicyDocument": {"Statement": [names, statement | {"Resource": "*"}, statement]}}]
        },
    }


def _as_text(resources: dict[str, Any]) -> tuple[str, list[Finding]]:
    app = App()
    app.add("t.yaml", {"Resources": resources})
    found = [one for one in engine.findings(app) if one.rule_id.endswith(("DataGrantsNameResources", "FilesReadOnly"))]
    return as_text(found, Summary(1, len(resources), 1, 0), width=400), found


def test_what_differs_by_the_name_of_an_inner_part_alone_is_said_once() -> None:
    first, second = _role("arn:aws:s3:::x"), _role("arn:aws:s3:::x")
    del second["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    text, found = _as_text({"First": first, "Second": second})
    assert [one.message for one in found] == [f"Statement {n} allows dynamodb:GetItem on *." for n in (2, 1)]
    assert text.count("allows dynamodb:GetItem on *.") == 1
    assert "Likewise: Second (Statement 1).\n" in text
    assert "inner" not in found[0].as_dict()


def test_tasks_that_differ_by_their_containers_alone_are_said_once() -> None:
    def task(*names: str) -> dict[str, Any]:
        return {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {"ContainerDefinitions": [{"Name": name, "Image": "i"} for name in names]},
        }

    text, _ = _as_text({"One": task("web"), "Two": task("web", "sidecar")})
    assert text.count("ReadonlyRootFilesystem is not true") == 1
    assert "Likewise: Two (for container web, container sidecar).\n" in text


def test_what_differs_by_more_is_said_apart() -> None:
    other = _role("arn:aws:s3:::x")
    other["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][1]["Action"] = "dynamodb:PutItem"
    text, _ = _as_text({"First": _role("arn:aws:s3:::x"), "Other": other})
    assert "Likewise" not in text
    # A name that another word begins with is not that part.
    one, ten = (
        Finding(**_fields("Statement 1 lets in 10."), inner=("Statement 1",)),
        Finding(**_fields("Statement 10.")),
    )
    assert "Likewise" not in as_text([one, ten], Summary(1, 2, 1, 0))


def _fields(message: str) -> dict[str, Any]:
    return {
        "rule_id": "R-1",
        "severity": "error",
        "outcome": "failed",
        "resource_logical_id": message[:12],
        "resource_type": "AWS::S3::Bucket",
        "template": "t.yaml",
        "construct_path": "",
        "controls": (),
        "message": message,
        "fix": "Mend it.",
    }
