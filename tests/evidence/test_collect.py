from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_sns as sns

from hipaa_constructs import enforce_hipaa
from hipaa_constructs._regions import left_out
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.evidence.model import Evidence, PackRun
from tests.evidence.conftest import TODAY, new_app, seal, synthesize


def outcome(evidence: Evidence, rule_id: str, place: str) -> str:
    found = [
        outcome
        for outcome, names in evidence.rules[rule_id].resources.items()
        if place in [str(name) for name in names]
    ]
    assert len(found) == 1, found
    return found[0]


def test_each_outcome_of_a_nag_rule(clinic: Evidence) -> None:
    records = "Clinic/Records/Resource"
    assert outcome(clinic, "HIPAA.Security-S3DefaultEncryptionKMS", records) == "failed"
    assert outcome(clinic, "HIPAA.Security-S3BucketVersioningEnabled", records) == "acknowledged"
    assert outcome(clinic, "HIPAA.Security-S3BucketPublicReadProhibited", records) == "failed"
    assert outcome(clinic, "HIPAA.Security-S3BucketLevelPublicAccessProhibited", records) == "passed"


def test_what_another_pack_found_counts_as_failed_whoever_tells_it(clinic: Evidence) -> None:
    (told,) = [
        one
        for one in clinic.findings
        if one.rule_id == "HIPAA.Constructs-BucketNotPublic" and one.construct_path == "Clinic/Records/Resource"
    ]
    assert told.also == (
        "HIPAA.Security-S3BucketPublicReadProhibited",
        "HIPAA.Security-S3BucketPublicWriteProhibited",
    )
    assert not {one.rule_id for one in clinic.findings} & {*told.also}
    for rule in told.also:
        assert outcome(clinic, rule, told.construct_path) == "failed"


def test_what_nag_could_not_judge_and_our_rule_could_is_overruled(clinic: Evidence) -> None:
    (ssh,) = [one for one in clinic.overruled if one.rule_id == "HIPAA.Security-EC2RestrictedSSH"]
    assert (ssh.severity, ssh.outcome, ssh.construct_path) == ("note", "overruled", "Clinic/Ingress")
    assert outcome(clinic, "HIPAA.Constructs-SecurityGroupNotOpen", "Clinic/Ingress") == "passed"
    named = clinic.rules["HIPAA.Security-EC2RestrictedSSH"].resources
    assert "Clinic/Ingress" not in [str(name) for found in named.values() for name in found]


def test_an_unqualified_acknowledgement_silences_nag_and_counts_as_unknown(clinic: Evidence) -> None:
    rule = "HIPAA.Security-S3BucketLoggingEnabled"
    assert outcome(clinic, rule, "Clinic/Records/Resource") == "unknown"
    assert outcome(clinic, rule, "Clinic/Nested/Scans/Resource") == "failed"
    one = next(one for one in clinic.acknowledgements if one.acknowledgement.rule_id == rule)
    assert any("nobody approved it" in problem for problem in one.problems)


def test_raw_resources_are_not_inspected_by_nag_and_are_by_our_rules(clinic: Evidence) -> None:
    nag = clinic.rules["HIPAA.Security-S3DefaultEncryptionKMS"]
    assert "Clinic/Raw" not in [str(name) for names in nag.resources.values() for name in names]
    assert outcome(clinic, "HIPAA.Constructs-BucketEncryptedWithCustomerKey", "Clinic/Raw") == "failed"
    assert any("Clinic/Raw" in note for note in clinic.notes)


def test_an_acknowledgement_on_the_app_is_found_and_judged(clinic: Evidence) -> None:
    (one,) = [one for one in clinic.acknowledgements if not one.acknowledgement.path]
    assert one.acknowledgement.rule_id == "HIPAA.Security-S3BucketSSLRequestsOnly"
    assert any("it covers the whole app" in problem for problem in one.problems)


def test_an_acknowledgement_that_ended_leaves_the_finding_open(clinic_folder: Path) -> None:
    later = collect(clinic_folder, today=datetime.date(2026, 12, 2))
    rule = "HIPAA.Security-S3BucketReplicationEnabled"
    assert outcome(later, rule, "Clinic/Records/Resource") == "failed"
    assert rule in [
        finding.rule_id for finding in later.findings if finding.construct_path == "Clinic/Records/Resource"
    ]
    assert [one.status for one in later.acknowledgements if one.acknowledgement.rule_id == rule] == ["expired"]


def test_an_acknowledgement_about_to_end_is_marked(clinic: Evidence) -> None:
    rule = "HIPAA.Security-S3BucketReplicationEnabled"
    assert [one.status for one in clinic.acknowledgements if one.acknowledgement.rule_id == rule] == ["ending"]


def test_a_reviewed_file_that_is_not_at_hand_is_read_from_the_report(clinic_folder: Path, clinic: Evidence) -> None:
    rule = "HIPAA.Security-DynamoDBAutoScalingEnabled"
    without = collect(clinic_folder, today=TODAY)
    (told,) = [one.acknowledgement for one in without.acknowledgements if one.acknowledgement.rule_id == rule]
    (filed,) = [one.acknowledgement for one in clinic.acknowledgements if one.acknowledgement.rule_id == rule]
    assert (told.reason, told.approved_by, told.expires, told.ticket) == (
        filed.reason,
        filed.approved_by,
        filed.expires,
        filed.ticket,
    )
    assert (told.origin, filed.origin) == ("code", "file")
    assert outcome(without, rule, "Clinic/Table/Resource") == "acknowledged"


def test_an_entry_of_the_file_that_matches_nothing_is_open(clinic: Evidence) -> None:
    assert any(
        finding.rule_id == "HIPAA.Constructs-AcknowledgementUsed" and "Clinic/Renamed" in finding.message
        for finding in clinic.findings
    )


def test_what_no_rule_touches_is_never_shown_as_passed(clinic: Evidence, clean: Evidence) -> None:
    for evidence in (clinic, clean):
        for control in evidence.controls.values():
            if not control.rules:
                assert control.infrastructure.status == "none"
            if control.infrastructure.status in ("passed", "excepted"):
                assert control.checks.total > 0
    assert clean.controls["164.308(a)(5)(i)"].infrastructure.status == "none"
    assert "AWS's audit report" in clean.controls["164.310(a)(1)"].reason


def test_nothing_is_met_by_templates_alone(clean: Evidence) -> None:
    assert clean.summary.checks.failed == 0
    assert set(clean.summary.controls) == {"not_attested"}
    assert clean.controls["164.312(e)(2)(ii)"].infrastructure.status == "passed"


def test_a_pack_that_found_nothing_ran_all_the_same(plain_folder: Path) -> None:
    report = json.loads((plain_folder / "validation-report.json").read_text())
    assert report["pluginReports"] == []
    evidence = collect(plain_folder, today=TODAY)
    assert [(pack.name, pack.ran) for pack in evidence.packs] == [("HIPAA.Constructs", True), ("HIPAA.Security", True)]
    assert evidence.rules["HIPAA.Security-CloudWatchLogGroupEncrypted"].counts.passed == 1
    assert evidence.notes == []


def test_without_the_pack_nothing_that_it_checks_is_passed(plain_folder: Path, copy_of: Callable[[Path], Path]) -> None:
    folder = copy_of(plain_folder)
    tree = json.loads((folder / "tree.json").read_text())
    del tree["tree"]["children"]["HipaaGate"]
    (folder / "tree.json").write_text(json.dumps(tree))
    (folder / "hipaa-gate.json").unlink()
    evidence = collect(folder, today=TODAY)
    assert not any(pack.ran for pack in evidence.packs)
    assert any("did not check these templates" in note for note in evidence.notes)
    assert any("nothing was enforced" in note for note in evidence.notes)
    for control in evidence.controls.values():
        if any(evidence.rules[rule].origin == "cdk-nag" for rule in control.rules):
            assert control.infrastructure.status not in ("passed", "excepted")


def test_a_pack_that_broke_did_not_run(plain_folder: Path, copy_of: Callable[[Path], Path]) -> None:
    folder = copy_of(plain_folder)
    report = json.loads((folder / "validation-report.json").read_text())
    report["pluginReports"] = [
        {
            "pluginName": "HIPAA.Security",
            "pluginVersion": "3.0.2",
            "conclusion": "failure",
            "metadata": {"error": "Validation plugin 'HIPAA.Security' failed: out of memory"},
            "violations": [],
        }
    ]
    (folder / "validation-report.json").write_text(json.dumps(report))
    evidence = collect(folder, today=TODAY)
    assert not evidence.rules["HIPAA.Security-CloudWatchLogGroupEncrypted"].ran
    assert any("out of memory" in note for note in evidence.notes)


def test_versions_templates_and_packs(clinic: Evidence, clinic_folder: Path) -> None:
    assert clinic.versions.cdk_nag == "3.0.2"
    assert clinic.versions.aws_cdk_lib.startswith("2.")
    assert clinic.versions.assembly_schema
    assert [template.name for template in clinic.templates if template.stack_path == "Prod/Inner"]
    assert {template.account for template in clinic.templates} == {"111122223333", ""}
    gate = next(pack for pack in clinic.packs if pack.name == "HIPAA.Constructs")
    assert isinstance(gate, PackRun)
    assert gate.violations > 0


def test_findings_of_nag_know_their_template(clinic: Evidence) -> None:
    nested = [one for one in clinic.findings if one.construct_path == "Clinic/Nested/Scans/Resource"]
    assert {one.template for one in nested if one.rule_id.startswith("HIPAA.Security-")} == {
        one.template for one in nested if one.rule_id.startswith("HIPAA.Constructs-")
    }


def test_the_same_input_and_day_give_the_same_evidence(clinic_folder: Path) -> None:
    assert collect(clinic_folder, today=TODAY) == collect(clinic_folder, today=TODAY)


def test_a_tree_in_several_files_is_read(
    clinic: Evidence, clinic_folder: Path, copy_of: Callable[[Path], Path]
) -> None:
    folder = copy_of(clinic_folder)
    tree = json.loads((folder / "tree.json").read_text())
    branch = tree["tree"]["children"]["Clinic"]
    tree["tree"]["children"]["Clinic"] = {
        "id": "Clinic",
        "path": "Clinic",
        "fileName": "trees-1.json",
        "treeId": "t0",
    }
    (folder / "tree.json").write_text(json.dumps(tree))
    (folder / "trees-1.json").write_text(json.dumps({"version": "forest-0.1", "forest": {"t0": branch}}))
    seal(folder)
    apart = collect(folder, today=TODAY, acknowledgements=clinic_folder.parent / "hipaa-acknowledgements.toml")
    assert apart.rules == clinic.rules
    assert apart.versions == clinic.versions


def test_an_app_without_a_tree_says_so(clinic_folder: Path, copy_of: Callable[[Path], Path]) -> None:
    folder = copy_of(clinic_folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["artifacts"]["Tree"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    seal(folder)
    assert any("without its construct tree" in note for note in collect(folder, today=TODAY).notes)


def test_what_a_region_lacks_is_a_note(tmp_path: Path) -> None:
    name, regions = next((name, regions) for name, regions in read("regions.json")["types"].items() if regions)
    app = new_app(tmp_path / "cdk.out")
    region = sorted(regions)[0]
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region=region))
    sns.Topic(stack, "Topic")
    assert left_out(stack, name, instead="Watch it by hand.")
    enforce_hipaa(app)
    synthesize(app)
    (note,) = (one for one in collect(tmp_path / "cdk.out", today=TODAY).notes if one.startswith("Left out"))
    assert note.startswith(f"Left out, since {region} has none: {name}. Watch it by hand. Source: ")
    assert note.endswith("(Clinic)")
