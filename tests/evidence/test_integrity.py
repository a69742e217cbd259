"""A cdk.out that cannot be judged is refused, by the name of the file and what is wrong with it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs.cli import main
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance import gate_record
from hipaa_constructs.evidence.collect import collect
from tests.evidence.conftest import TODAY, rewrite_record, seal

Copy = Callable[[Path], Path]


def edit(file: Path, change: Callable[[Any], object]) -> None:
    data = json.loads(file.read_text())
    change(data)
    file.write_text(json.dumps(data))


def refused(folder: Path, match: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnusableInput, match=match):
        collect(folder, today=TODAY)
    with pytest.raises(SystemExit) as exit_:
        main(["report", str(folder), "--output", str(folder / "report"), "--format", "json"])
    assert exit_.value.code == 2
    assert not (folder / "report").exists()
    said = capsys.readouterr().err
    assert said.startswith("hipaa-constructs: ")
    assert "Traceback" not in said


def test_a_folder_that_is_no_assembly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(tmp_path, "no cdk.out folder", capsys)


def test_no_validation_report(clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copy_of(clinic_folder)
    (folder / "validation-report.json").unlink()
    refused(folder, r"validation-report\.json: there is none.*enforce_hipaa", capsys)


def test_a_report_in_the_old_form(clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copy_of(clinic_folder)
    (folder / "validation-report.json").rename(folder / "policy-validation-report.json")
    refused(folder, r"older aws-cdk-lib: synthesize with 2\.271", capsys)


@pytest.mark.parametrize("name", ["validation-report.json", "manifest.json", "tree.json", "Clinic.template.json"])
def test_a_truncated_file(name: str, clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copy_of(clinic_folder)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    refused(folder, name.replace(".", r"\."), capsys)


@pytest.mark.parametrize(
    "pattern", ["tree.json", "Clinic.template.json", "*.nested.template.json", "assembly-Prod/*.template.json"]
)
def test_a_missing_file(pattern: str, clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copy_of(clinic_folder)
    (file,) = folder.glob(pattern)
    file.unlink()
    refused(folder, file.name.replace(".", r"\."), capsys)


def test_a_missing_nested_template_that_nothing_names(
    clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(clinic_folder)
    (nested,) = folder.glob("*.nested.template.json")
    nested.unlink()

    def forget(template: Any) -> None:
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::CloudFormation::Stack":
                resource["Metadata"].pop("aws:asset:path")

    edit(folder / "Clinic.template.json", forget)
    refused(folder, "the template of the nested stack Clinic/Nested.* is missing", capsys)


def test_a_template_that_was_changed_after_the_gate(
    clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(clinic_folder)

    def mend(template: Any) -> None:
        bucket = next(one for one in template["Resources"].values() if one["Type"] == "AWS::S3::Bucket")
        bucket["Properties"] = {"VersioningConfiguration": {"Status": "Enabled"}}

    edit(folder / "Clinic.template.json", mend)
    refused(folder, "it reports HIPAA.Constructs-BucketVersioned on Clinic/Records/Resource, against", capsys)


def test_a_report_that_an_earlier_synth_left(
    clinic_folder: Path, plain_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(clinic_folder)
    (folder / "validation-report.json").write_bytes((plain_folder / "validation-report.json").read_bytes())
    refused(folder, "it does not report HIPAA.Constructs-", capsys)


def test_a_report_about_constructs_that_are_gone(
    clinic_folder: Path, plain_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(plain_folder)
    (folder / "validation-report.json").write_bytes((clinic_folder / "validation-report.json").read_bytes())
    edit(folder / "validation-report.json", lambda report: report["pluginReports"].pop())
    refused(folder, "HIPAA.Security-.* on Clinic/.* was accepted, against what the gate recorded", capsys)
    edit(folder / "validation-report.json", unaccepted)
    refused(folder, "it names HIPAA.Security-.* on Clinic/.*, against what the gate recorded", capsys)
    # What was made before there was a record, or by another gate.
    edit(folder / "tree.json", lambda tree: tree["tree"]["children"].pop("HipaaGate"))
    (folder / "hipaa-gate.json").unlink()
    refused(folder, "it names Clinic/.*, which these templates do not hold", capsys)


def test_another_version_of_this_package(
    clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(clinic_folder)

    def age(report: Any) -> None:
        next(p for p in report["pluginReports"] if p["pluginName"] == "HIPAA.Constructs")["pluginVersion"] = "0.0.1"

    edit(folder / "validation-report.json", age)
    refused(folder, r"hipaa-constructs 0\.0\.1 checked it and this is", capsys)


def test_another_version_of_this_package_that_found_nothing(
    plain_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(plain_folder)
    text = (folder / "tree.json").read_text()
    (folder / "tree.json").write_text(text.replace("HIPAA.Constructs@", "HIPAA.Constructs@9.9."))
    refused(folder, r"hipaa-constructs 9\.9\.\S+ checked it", capsys)


def test_another_major_version_of_cdk_nag(
    clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(clinic_folder)

    def age(report: Any) -> None:
        next(p for p in report["pluginReports"] if p["pluginName"] == "HIPAA.Security")["pluginVersion"] = "4.1.0"

    edit(folder / "validation-report.json", age)
    refused(folder, r"cdk-nag 4\.1\.0 checked it", capsys)


def test_aws_cdk_lib_below_the_floor(clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copy_of(clinic_folder)
    edit(folder / "tree.json", lambda tree: tree["tree"]["constructInfo"].update(version="2.257.0"))
    refused(folder, r"aws-cdk-lib 2\.257\.0 made it", capsys)


@pytest.mark.parametrize(
    "change",
    [
        lambda report: report.pop("pluginReports"),
        lambda report: report.update(pluginReports="none"),
        lambda report: report["pluginReports"][0].pop("violations"),
        lambda report: report["pluginReports"][0].update(violations=[{"ruleName": "X"}]),
        lambda report: report["pluginReports"][0].update(violations=["X"]),
        lambda report: report["pluginReports"].append("X"),
    ],
)
def test_a_report_of_an_unknown_form(
    change: Callable[[Any], object], clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(clinic_folder)
    edit(folder / "validation-report.json", change)
    refused(folder, r"validation-report\.json: it is", capsys)


def test_another_patch_of_cdk_nag_is_noted(clinic_folder: Path, copy_of: Copy) -> None:
    folder = copy_of(clinic_folder)

    def age(report: Any) -> None:
        next(p for p in report["pluginReports"] if p["pluginName"] == "HIPAA.Security")["pluginVersion"] = "3.1.4"

    edit(folder / "validation-report.json", age)
    assert any("cdk-nag was 3.1.4" in note for note in collect(folder, today=TODAY).notes)


def no_finding(report: Any) -> None:
    report["pluginReports"] = []


def fewer_of_nag(report: Any) -> None:
    next(one for one in report["pluginReports"] if one["pluginName"] == "HIPAA.Security")["violations"].pop()


def unaccepted(report: Any) -> None:
    for plugin in report["pluginReports"]:
        plugin["violations"] += plugin.pop("suppressedViolations", [])
        for one in plugin["violations"]:
            one.pop("acknowledgedId", None)


@pytest.mark.parametrize(
    ("file", "change", "match"),
    [
        ("validation-report.json", no_finding, "does not report HIPAA"),
        ("validation-report.json", fewer_of_nag, "it does not name HIPAA.Security-.*, against what the gate recorded"),
        ("manifest.json", lambda manifest: manifest["artifacts"].pop("Status"), "it reports .* on Status/"),
        ("manifest.json", lambda manifest: manifest["artifacts"].update(Status=None), "it reports .* on Status/"),
        ("manifest.json", lambda manifest: manifest.update(missing=[]), r"manifest\.json: it was changed"),
        ("tree.json", lambda tree: tree.update(version="tree-0.2"), r"tree\.json: it was changed"),
        ("Clinic.assets.json", lambda assets: assets.update(files={}), r"Clinic\.assets\.json: it was changed"),
        ("Status.template.json", lambda body: body.update(Description="x"), r"Status\.template\.json: it was changed"),
        ("hipaa-gate.json", lambda record: record.update(schema="9"), r"hipaa-gate\.json: it is of schema '9'"),
        ("hipaa-gate.json", lambda record: record.pop("sha256"), r"hipaa-gate\.json: it is no record of the gate"),
        ("hipaa-gate.json", lambda record: record.pop("packs"), r"hipaa-gate\.json: it was changed after the gate"),
        ("hipaa-gate.json", lambda record: record.update(today="2024-01-01"), r"hipaa-gate\.json: it was changed"),
        ("hipaa-gate.json", lambda record: record.update(report_only=True), r"hipaa-gate\.json: it was changed"),
        ("hipaa-gate.json", lambda record: record["above"].append(["R", "", "x"]), r"hipaa-gate\.json: it was changed"),
    ],
)
def test_a_file_that_was_touched_after_the_gate(
    file: str,
    change: Callable[[Any], object],
    match: str,
    clinic_folder: Path,
    copy_of: Copy,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = copy_of(clinic_folder)
    edit(folder / file, change)
    refused(folder, match, capsys)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda record: record["stacks"].append("Ward"), r"manifest\.json: it is not what .* by Ward"),
        (lambda record: record.pop("packs"), r"hipaa-gate\.json: it is no record of the gate"),
        (lambda record: record.update(files=[]), r"hipaa-gate\.json: it is no record of the gate"),
        (lambda record: record.update(accepted=[["R"]]), r"hipaa-gate\.json: it is no record of the gate"),
        (lambda record: record.update(beside=[1]), r"hipaa-gate\.json: it is no record of the gate"),
    ],
)
def test_a_record_that_was_rewritten_with_its_digest(
    change: Callable[[Any], object],
    match: str,
    clinic_folder: Path,
    copy_of: Copy,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = copy_of(clinic_folder)
    rewrite_record(folder, change)
    refused(folder, match, capsys)


@pytest.mark.parametrize("at_the_finding", [True, False])
def test_an_open_finding_that_the_report_says_was_accepted(
    at_the_finding: bool, clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    def accept(report: Any) -> None:
        for plugin in report["pluginReports"]:
            for violation in plugin["violations"]:
                place = violation["violatingConstructs"][0].get("constructPath")
                plugin.setdefault("suppressedViolations", []).append(
                    {
                        **violation,
                        "acknowledgedId": f"{plugin['pluginName']}::{violation['ruleName']}",
                        "acknowledgedAt": place if at_the_finding else "",
                        "reason": "It holds identifiers alone. [Approved by Dana Cole until 2027-06-30.]",
                    }
                )
            plugin.update(violations=[], conclusion="success")

    folder = copy_of(clinic_folder)
    edit(folder / "validation-report.json", accept)
    refused(folder, "was accepted, against what the gate recorded", capsys)


def test_the_order_in_which_files_were_copied_says_nothing(clinic_folder: Path, copy_of: Copy) -> None:
    folder = copy_of(clinic_folder)
    for name in ("hipaa-gate.json", "validation-report.json"):
        os.utime(folder / name, (0, 0))
    copied, original = collect(folder, today=TODAY), collect(clinic_folder, today=TODAY)
    assert copied.summary == original.summary
    assert any(one.acknowledgement.path == "" for one in copied.acknowledgements)


def test_an_emptied_report_of_acknowledged_findings(
    clean_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(clean_folder)
    edit(folder / "validation-report.json", no_finding)
    refused(folder, "it does not name HIPAA.Security-.*, against what the gate recorded", capsys)


def test_a_template_that_the_gate_never_saw(
    clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(clinic_folder)
    (folder / "Ward.template.json").write_text("{}")
    refused(folder, r"Ward\.template\.json: the gate has not judged it", capsys)


def test_a_removed_file_that_no_rule_reads(
    clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(clinic_folder)
    (folder / "trees-9.json").write_text("{}")
    seal(folder)
    (folder / "trees-9.json").unlink()
    refused(folder, r"trees-9\.json: the gate judged it, and it is gone", capsys)


def test_a_removed_record(plain_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copy_of(plain_folder)
    (folder / "hipaa-gate.json").unlink()
    refused(folder, r"hipaa-gate\.json: the gate ran at this synth, and its record is gone", capsys)


def test_a_template_that_is_not_its_asset(
    plain_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(plain_folder)
    edit(folder / "Clinic.template.json", lambda body: body.update(Description="x"))
    seal(folder)
    refused(folder, r"Clinic\.template\.json: it is not the template that Clinic\.assets\.json names", capsys)


def test_the_record_is_the_same_for_the_same_synth_and_names_what_was_found(plain_folder: Path) -> None:
    record = gate_record.read(plain_folder)
    assert record is not None
    assert record.today == TODAY.isoformat()
    assert record.stacks == ("Clinic",)
    assert set(record.versions) == {"aws-cdk-lib", "cdk-nag", "hipaa-constructs"}
    assert {"Clinic.template.json", "manifest.json", "tree.json"} <= set(record.files)
    assert set(record.packs) == {"HIPAA.Security", "HIPAA.Constructs"}
    text = (plain_folder / gate_record.FILE).read_text()
    assert str(plain_folder) not in text
    gate_record.write(plain_folder, record)
    assert (plain_folder / gate_record.FILE).read_text() == text


@pytest.mark.parametrize("manifest", ["[]", '"x"', "null", '{"artifacts": [1]}', '{"artifacts": {"A": 1}}'])
def test_a_manifest_of_no_form(
    manifest: str, clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(clinic_folder)
    (folder / "manifest.json").write_text(manifest)
    refused(folder, r"manifest\.json: (this is no cloud assembly|the cloud assembly holds no stack)", capsys)


@pytest.mark.parametrize("name", ["manifest.json", "validation-report.json", "hipaa-gate.json", "tree.json"])
@pytest.mark.parametrize("inside", [True, False])
def test_a_link_in_place_of_a_file_is_neither_read_nor_shown(
    name: str, inside: bool, clinic_folder: Path, copy_of: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(clinic_folder)
    target = (folder if inside else tmp_path) / "TARGET"
    (folder / name).rename(target)
    (folder / name).symlink_to(target)
    refused(folder, r"it is a link or no regular file|which lies outside of cdk\.out", capsys)


@pytest.mark.parametrize("name", ["manifest.json", "validation-report.json", "hipaa-gate.json", "tree.json"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(
    name: str, clinic_folder: Path, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(clinic_folder)
    (folder / name).unlink()
    os.mkfifo(folder / name)
    refused(folder, "it is a link or no regular file|it holds no manifest", capsys)


@pytest.mark.parametrize("value", [[], [1], "x", 1, {"a": 1}, None])
@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("tree.json", ("tree", "children", "Clinic", "children")),
        ("tree.json", ("tree", "children")),
        ("tree.json", ("tree", "constructInfo")),
        ("manifest.json", ("artifacts", "Tree", "properties")),
        ("manifest.json", ("artifacts", "Clinic", "properties")),
        ("manifest.json", ("artifacts", "Clinic", "environment")),
        ("Clinic.assets.json", ("files",)),
        ("Clinic.template.json", ("Resources",)),
        ("hipaa-gate.json", ("packs", "HIPAA.Security")),
        ("hipaa-gate.json", ("stacks",)),
        ("hipaa-gate.json", ("today",)),
    ],
)
def test_a_value_of_another_kind_is_refused_in_a_sentence(
    file: str,
    place: tuple[str, ...],
    value: Any,
    clinic_folder: Path,
    copy_of: Copy,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = copy_of(clinic_folder)
    data = json.loads((folder / file).read_text())
    within = data
    for key in place[:-1]:
        within = within[key]
    within[place[-1]] = value
    (folder / file).write_text(json.dumps(data))
    refused(folder, ": ", capsys)
