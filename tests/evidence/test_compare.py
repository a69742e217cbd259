from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.evidence.collect import collect
from hipaa_constructs.evidence.compare import Changes, compare
from hipaa_constructs.evidence.json_report import as_json
from hipaa_constructs.evidence.model import Column, Evidence, ResourceName, RuntimeCheck
from tests.evidence.conftest import TODAY


@pytest.fixture
def against(tmp_path: Path) -> Callable[[Evidence, Evidence], Changes]:
    def changes(old: Evidence, new: Evidence) -> Changes:
        file = tmp_path / "report.json"
        file.write_text(as_json(old))
        return compare(file, new)

    return changes


Against = Callable[[Evidence, Evidence], Changes]


def test_nothing_changed(clinic: Evidence, against: Against) -> None:
    changes = against(clinic, clinic)
    assert not changes.regressed
    assert changes.as_text() == "Since 2026-11-22: no regression"


def test_a_new_finding_is_a_regression_and_a_resolved_one_is_not(clinic: Evidence, against: Against) -> None:
    fewer = dataclasses.replace(clinic, findings=clinic.findings[1:])
    gone = clinic.findings[0]
    worse = against(fewer, clinic)
    assert worse.regressed
    assert worse.new_findings == [f"{gone.rule_id} on {gone.construct_path}: {gone.message}"]
    better = against(clinic, fewer)
    assert not better.regressed
    assert better.resolved_findings == [f"{gone.rule_id} on {gone.construct_path}"]


def test_what_was_several_findings_and_is_one_is_neither_new_nor_resolved(tmp_path: Path, clinic: Evidence) -> None:
    """Before 2.1, cdk-nag's and ours about the same fact each had an entry of its own."""
    report = json.loads(as_json(clinic))
    apart = []
    for finding in report["findings"]:
        also = finding.pop("also")
        apart += [finding, *({**finding, "rule_id": rule} for rule in also)]
    assert len(apart) > len(report["findings"])
    del report["overruled"]
    earlier = tmp_path / "report.json"
    earlier.write_text(json.dumps({**report, "schema_version": "2.0", "findings": apart}))
    changes = compare(earlier, clinic)
    assert not changes.regressed
    assert not changes.resolved_findings


def test_other_words_make_no_new_finding(clinic: Evidence, against: Against) -> None:
    said = [dataclasses.replace(finding, message=finding.message + " In other words.") for finding in clinic.findings]
    assert not against(clinic, dataclasses.replace(clinic, findings=said)).regressed


def test_an_acknowledgement_that_ended_has_lapsed(clinic: Evidence, clinic_folder: Path, against: Against) -> None:
    reviewed = clinic_folder.parent / "hipaa-acknowledgements.toml"
    later = collect(clinic_folder, today=datetime.date(2026, 12, 2), acknowledgements=reviewed)
    changes = against(clinic, later)
    (lapsed,) = changes.lapsed_acknowledgements
    assert lapsed.startswith("HIPAA.Security-S3BucketReplicationEnabled on Clinic/Records, which ended on 2026-12-01")
    assert changes.regressed


def test_an_acknowledgement_whose_finding_is_gone_has_not_lapsed(clinic: Evidence, against: Against) -> None:
    assert not against(clinic, dataclasses.replace(clinic, acknowledgements=[])).lapsed_acknowledgements


def test_a_pack_that_no_longer_runs_loses_coverage(
    plain_folder: Path, copy_of: Callable[[Path], Path], against: Against
) -> None:
    folder = copy_of(plain_folder)
    tree = json.loads((folder / "tree.json").read_text())
    del tree["tree"]["children"]["HipaaGate"]
    (folder / "tree.json").write_text(json.dumps(tree))
    (folder / "hipaa-gate.json").unlink()
    changes = against(collect(plain_folder, today=TODAY), collect(folder, today=TODAY))
    assert changes.regressed
    assert any("§164.312(a)(2)(iv)" in lost for lost in changes.lost_coverage)


def change_control(evidence: Evidence, citation: str, **changed: Any) -> Evidence:
    control = dataclasses.replace(evidence.controls[citation], **changed)
    return dataclasses.replace(evidence, controls={**evidence.controls, citation: control})


def test_an_alarm_that_is_gone_loses_coverage(clinic: Evidence, against: Against) -> None:
    check = RuntimeCheck("alarm", "RootAccountUsage", ("164.312(b)",), [ResourceName("t.json", "Alarm")])
    before = change_control(clinic, "164.312(b)", runtime=[check])
    after = change_control(clinic, "164.312(b)", runtime=[dataclasses.replace(check, deployed=())])
    assert against(before, after).lost_coverage == ["§164.312(b) Audit controls: no longer covered by RootAccountUsage"]
    assert not against(after, before).regressed


def test_a_control_with_nothing_left_to_inspect_loses_coverage(clinic: Evidence, against: Against) -> None:
    empty = Column("decides", "nothing_to_check", "The templates hold nothing.")
    after = change_control(clinic, "164.312(b)", infrastructure=empty)
    assert against(clinic, after).lost_coverage == ["§164.312(b) Audit controls: The templates hold nothing."]


def with_trail(evidence: Evidence, number: int) -> Evidence:
    rule = evidence.rules["HIPAA.Constructs-TrailValidated"]
    trails = [ResourceName("t.json", f"Trail{index}") for index in range(number)]
    changed = dataclasses.replace(rule, resources={**rule.resources, "passed": trails})
    return dataclasses.replace(evidence, rules={**evidence.rules, rule.id: changed})


def test_a_trail_that_is_gone_loses_coverage_though_other_rules_remain(clinic: Evidence, against: Against) -> None:
    changes = against(with_trail(clinic, 1), with_trail(clinic, 0))
    assert any("no longer covered by HIPAA.Constructs-TrailValidated" in lost for lost in changes.lost_coverage)
    assert not against(with_trail(clinic, 2), with_trail(clinic, 1)).regressed


def test_an_attestation_that_fell_due_is_told(clinic: Evidence, against: Against) -> None:
    current = dataclasses.replace(clinic.attestations[1], status="current")
    before = dataclasses.replace(clinic, attestations=[current])
    after = dataclasses.replace(clinic, attestations=[dataclasses.replace(current, status="overdue")])
    changes = against(before, after)
    assert changes.lapsed_attestations == [f"{current.title}: overdue"]
    assert not changes.regressed


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("{", "line|1:"),
        ("[]", "it is no report.json"),
        ("{}", "it is no report.json"),
        ('{"schema_version": "0.9"}', r"its schema is 0\.9 and this one's is"),
        ('{"schema_version": "1.0", "findings": []}', "before 2.0 an entry passed by its checks on templates alone"),
        ('{"schema_version": "2.0", "findings": []}', "the report is incomplete"),
    ],
)
def test_an_earlier_report_that_cannot_be_used(tmp_path: Path, clinic: Evidence, content: str, match: str) -> None:
    file = tmp_path / "report.json"
    file.write_text(content)
    with pytest.raises(UnusableInput, match=match):
        compare(file, clinic)


def test_an_earlier_report_that_is_not_there(tmp_path: Path, clinic: Evidence) -> None:
    with pytest.raises(UnusableInput, match="cannot be read"):
        compare(tmp_path / "none.json", clinic)
