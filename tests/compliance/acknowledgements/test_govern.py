"""What acknowledgements cover, and what they are held to."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import pytest

from hipaa_constructs.compliance.acknowledge import qualify
from hipaa_constructs.compliance.acknowledgements.acknowledgement import (
    Acknowledgement,
    bare,
    from_metadata,
    with_source,
)
from hipaa_constructs.compliance.acknowledgements.govern import govern
from hipaa_constructs.compliance.acknowledgements.rules import RULES
from hipaa_constructs.compliance.controls import controls
from hipaa_constructs.compliance.rule import Finding

TODAY = datetime.date(2026, 11, 22)
RULE = "HIPAA.Constructs-KeyRotated"


def finding(rule_id: str = RULE, path: str = "Clinic/Key/Resource", **changes: Any) -> Finding:
    fields: dict[str, Any] = {
        "rule_id": rule_id,
        "severity": "error",
        "outcome": "failed",
        "resource_logical_id": "Key",
        "resource_type": "AWS::KMS::Key",
        "template": "Clinic.template.json",
        "construct_path": path,
        "controls": (),
        "message": "The key does not rotate.",
        "fix": "",
    }
    return Finding(**{**fields, **changes})


def acknowledgement(**changes: Any) -> Acknowledgement:
    fields: dict[str, Any] = {
        "rule_id": RULE,
        "reason": "The material is rotated by hand each quarter.",
        "approved_by": "privacy officer",
        "expires": TODAY + datetime.timedelta(days=90),
        "ticket": None,
        "compensating_control": None,
        "path": "Clinic/Key",
        "origin": "code",
    }
    return Acknowledgement(**{**fields, **changes})


def complaints(*acknowledgements: Acknowledgement, found: Sequence[Finding] | None = None, **options: Any) -> list[str]:
    governed = govern([finding()] if found is None else found, acknowledgements, today=TODAY, **options)
    return [one.rule_id.removeprefix("HIPAA.Constructs-Acknowledgement") for one in governed.problems]


def test_a_sound_acknowledgement_covers_its_finding_and_raises_none() -> None:
    sound = acknowledgement()
    governed = govern([finding()], [sound], today=TODAY)
    assert (governed.open, governed.problems) == ([], [])
    assert governed.acknowledged == [(finding(), sound)]


@pytest.mark.parametrize(
    ("path", "place", "covered"),
    [
        ("Clinic/Key", "Clinic/Key", True),
        ("Clinic/Key", "Clinic/Key/Resource", True),
        ("Clinic/Key", "Clinic/Key2/Resource", False),
        ("Clinic/*", "Clinic/Key/Resource", False),
        ("", "Clinic/Key/Resource", True),
    ],
)
def test_in_code_the_construct_and_all_below(path: str, place: str, covered: bool) -> None:
    assert acknowledgement(path=path).covers(finding(path=place)) is covered


@pytest.mark.parametrize(
    ("pattern", "place", "covered"),
    [
        ("Clinic/Key", "Clinic/Key/Resource", True),
        ("Clinic/Key/", "Clinic/Key/Resource", True),
        ("Clinic/*/Resource", "Clinic/A/Key/Resource", True),
        ("Clinic/Ke?", "Clinic/Key/Resource", True),
        ("Clinic/K[e]y", "Clinic/Key", False),
        ("Clinic/K[e]y", "Clinic/K[e]y", True),
        ("clinic/key", "Clinic/Key", False),
        ("Key", "Clinic/Key", False),
    ],
)
def test_in_a_file_patterns(pattern: str, place: str, covered: bool) -> None:
    assert acknowledgement(path=pattern, origin="file").covers(finding(path=place)) is covered


def test_without_construct_path_template_and_logical_id_name_the_place() -> None:
    assert acknowledgement(path="app.yaml/Key", origin="file").covers(finding(path="", template="app.yaml"))


@pytest.mark.parametrize(
    ("acknowledged", "found", "covered"),
    [
        ("HIPAA.Security::HIPAA.Security-X", "HIPAA.Security-X", True),
        ("HIPAA.Security-X", "HIPAA.Security-X", True),
        ("AwsSolutions-IAM5[Resource::*]", "AwsSolutions-IAM5[Resource::*]", True),
        ("AwsSolutions-IAM5[Resource::*]", "AwsSolutions-IAM5[Action::s3:*]", False),
        # As CDK has it: the rule's id alone does not stand for all its findings.
        ("AwsSolutions-IAM5", "AwsSolutions-IAM5[Resource::*]", False),
    ],
)
def test_rule_ids(acknowledged: str, found: str, covered: bool) -> None:
    assert acknowledgement(rule_id=acknowledged).covers(finding(found)) is covered


def test_what_a_limitation_cites_is_told_apart_from_what_it_states() -> None:
    reason = with_source("RDS has no such setting. Source: the console.", "docs.aws.amazon.com/rds.html")
    limitation = acknowledgement(reason=reason, origin="library")
    assert limitation.stated == "RDS has no such setting. Source: the console."
    assert limitation.cited == "docs.aws.amazon.com/rds.html"
    # People may write what they like.
    accepted = acknowledgement(reason=reason)
    assert (accepted.stated, accepted.cited) == (reason, "")


def test_a_pack_stays_where_the_id_does_not_repeat_it() -> None:
    assert bare("CloudFormation-Validate::W1020") == "CloudFormation-Validate::W1020"


def test_expired_it_covers_no_more() -> None:
    late = acknowledgement(expires=TODAY - datetime.timedelta(days=1))
    governed = govern([finding()], [late], today=TODAY)
    assert governed.open == [finding()]
    assert complaints(late) == ["InForce"]


def test_one_in_force_covers_beside_one_expired() -> None:
    late = acknowledgement(expires=TODAY - datetime.timedelta(days=1))
    assert not govern([finding()], [late, acknowledgement()], today=TODAY).open


@pytest.mark.parametrize(("days", "complaint"), [(0, ["Renewed"]), (30, ["Renewed"]), (31, [])])
def test_before_it_ends_it_warns(days: int, complaint: list[str]) -> None:
    ending = acknowledgement(expires=TODAY + datetime.timedelta(days=days))
    assert complaints(ending) == complaint
    assert all(one.severity == "warning" for one in govern([finding()], [ending], today=TODAY).problems)


def test_without_end_or_approver_it_is_reported() -> None:
    assert complaints(acknowledgement(expires=None, approved_by=" ")) == ["InForce", "Approved"]
    assert complaints(acknowledgement(approved_by="TODO")) == ["Approved"]
    assert complaints(acknowledgement(approved_by="<name>")) == ["Approved"]
    assert complaints(acknowledgement(approved_by="X. Okafor")) == []


@pytest.mark.parametrize(
    ("reason", "thin"),
    [
        ("", True),
        ("false positive", True),
        ("N/A", True),
        ("This is a false positive.", True),
        ("Risk accepted, see ticket", True),
        ("too short", True),
        ("Will be fixed later, TODO", True),
        ("A false positive: the bucket receives the logs of all others.", False),
        ("The material is rotated by hand each quarter.", False),
    ],
)
def test_thin_reasons(reason: str, thin: bool) -> None:
    assert complaints(acknowledgement(reason=reason)) == (["Reasoned"] if thin else [])


@pytest.mark.parametrize("path", ["", "Clinic", "Prod", "Prod/Data"])
def test_code_broader_than_a_construct(path: str) -> None:
    found = [finding(), finding(path="Prod/Data/Key/Resource")]
    assert "Narrow" in complaints(acknowledgement(path=path), found=found, stacks={"Clinic", "Prod/Data"})


@pytest.mark.parametrize(
    ("pattern", "broad"),
    [
        ("*", True),
        ("Clinic/*", True),
        ("Clinic", True),
        ("*/Resource", True),
        ("Clinic/*/Key*", False),
        ("*/Key", False),
    ],
)
def test_patterns_broader_than_a_construct(pattern: str, broad: bool) -> None:
    one = acknowledgement(path=pattern, origin="file", source="a.toml, entry 1")
    assert ("Narrow" in complaints(one, stacks={"Clinic"})) is broad


def test_what_a_macro_hides_may_be_acknowledged_for_its_stack() -> None:
    rule_id = "HIPAA.Constructs-TemplateReadable"
    assert not complaints(acknowledgement(rule_id=rule_id, path="Clinic"), found=[finding(rule_id, "Clinic")])


def test_matching_nothing_it_is_reported() -> None:
    assert complaints(acknowledgement(path="Clinic/Other")) == ["Used"]


def test_rules_of_packs_that_did_not_run_are_not_called_unused() -> None:
    foreign = acknowledgement(rule_id="AwsSolutions-S1")
    assert complaints(foreign) == []
    assert complaints(foreign, packs=["AwsSolutions"]) == ["Used"]
    assert complaints(foreign, found=[finding("AwsSolutions-S2")]) == ["Used"]


def test_an_id_without_its_detail_is_answered_with_the_detail() -> None:
    found = [finding("AwsSolutions-IAM5[Resource::*]")]
    (complaint,) = govern(found, [acknowledgement(rule_id="AwsSolutions-IAM5")], today=TODAY).problems
    assert "write AwsSolutions-IAM5[Resource::*]" in complaint.message


@pytest.mark.parametrize(
    ("rule_id", "near"),
    [
        ("HIPAA.Constructs-KeyRotatd", RULE),
        ("HIPAA.Security-S3BucketLogingEnabled", "HIPAA.Security-S3BucketLoggingEnabled"),
        ("KeyRotated", RULE),
        ("HIPAA.Constructs-Nonsense", ""),
    ],
)
def test_unknown_rules_are_reported_with_the_nearest(rule_id: str, near: str) -> None:
    (complaint,) = govern([finding()], [acknowledgement(rule_id=rule_id)], today=TODAY).problems
    assert complaint.rule_id == "HIPAA.Constructs-AcknowledgementKnown"
    assert near in complaint.message


@pytest.mark.parametrize(
    "rule_id",
    ["HIPAA.Security-RDSLoggingEnabled[LogExport::upgrade]", "NIST.800.53.R5-X", "CloudFormation-Validate::E1"],
)
def test_other_packs_are_known_by_their_name(rule_id: str) -> None:
    assert "Known" not in complaints(acknowledgement(rule_id=rule_id))


def test_the_library_answers_for_its_own() -> None:
    one = acknowledgement(origin="library", expires=None, reason="AWS.", path="Clinic/Other")
    assert complaints(one) == []


def test_a_complaint_names_the_entry_of_a_file() -> None:
    one = acknowledgement(origin="file", source="a.toml, entry 2", path="Clinic/X")
    (complaint,) = govern([finding()], [one], today=TODAY).problems
    assert "a.toml, entry 2, on Clinic/X" in complaint.message
    assert complaint.construct_path == ""


def test_governance_rules_name_controls_of_the_catalogue() -> None:
    for rule in RULES:
        assert rule.controls
        assert set(rule.controls) <= set(controls())


# -- the file --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [None, "x", {}, {"rule_ids": 3}, {"rule_ids": [3]}])
def test_metadata_of_another_form_is_passed_over(data: Any) -> None:
    assert list(from_metadata(data, "Clinic")) == []


# -- in code ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "said"), [(366, []), (367, ["Short"])])
def test_one_that_is_longer_than_a_year_is_told(days: int, said: list[str]) -> None:
    assert complaints(acknowledgement(expires=TODAY + datetime.timedelta(days=days))) == said


@pytest.mark.parametrize("detail", ["", "[Key]", "[Resource::*]", "[Action::kms:*]"])
@pytest.mark.parametrize("pack", ["HIPAA.Constructs", "HIPAA.Security"])
def test_the_id_that_cdk_prints_is_the_id(pack: str, detail: str) -> None:
    name = f"{pack}-KeyRotated{detail}"
    printed = f"{pack}::{name}"
    one = acknowledgement(rule_id=bare(printed))
    assert one.covers(finding(name))
    assert qualify(printed) == qualify(name) == printed
    (read,) = from_metadata({"rule_ids": [printed]}, "Clinic/Key")
    assert read.rule_id == name
