"""What acknowledgements cover, how they are read, and what they are held to."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance import acknowledge as in_code
from hipaa_constructs.compliance.controls import controls, nag_rules
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.governance.acknowledgement import Acknowledgement, bare, from_metadata
from hipaa_constructs.compliance.governance.acknowledgements import govern, read_file
from hipaa_constructs.compliance.governance.rules import RULES
from hipaa_constructs.compliance.governance.scanners import CONTEXT_KEY, merged, scanner_metadata, scanner_rules
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
    return [one.rule_id.removeprefix("HIPAA.Constructs-Acknowledgement") for one in governed.governance]


def test_a_sound_acknowledgement_covers_its_finding_and_raises_none() -> None:
    sound = acknowledgement()
    governed = govern([finding()], [sound], today=TODAY)
    assert (governed.open, governed.governance) == ([], [])
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
    assert all(one.severity == "warning" for one in govern([finding()], [ending], today=TODAY).governance)


def test_without_end_or_approver_it_is_reported() -> None:
    assert complaints(acknowledgement(expires=None, approved_by=" ")) == ["InForce", "Approved"]


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
    (complaint,) = govern(found, [acknowledgement(rule_id="AwsSolutions-IAM5")], today=TODAY).governance
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
    (complaint,) = govern([finding()], [acknowledgement(rule_id=rule_id)], today=TODAY).governance
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
    (complaint,) = govern([finding()], [one], today=TODAY).governance
    assert "a.toml, entry 2, on Clinic/X" in complaint.message
    assert complaint.construct_path == ""


def test_governance_rules_name_controls_of_the_catalogue() -> None:
    for rule in RULES:
        assert rule.controls
        assert set(rule.controls) <= set(controls())


# -- the file --------------------------------------------------------------------------------------------------

ENTRY = """
[[acknowledgement]]
rule = "HIPAA.Security::HIPAA.Security-S3BucketLoggingEnabled"
path = "/Clinic/*/Logs"
reason = "The bucket receives the logs of all others."
approved_by = "privacy officer"
expires = 2027-06-30
ticket = "SEC-1"
compensating_control = "data events of the trail"
"""


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(ENTRY + ENTRY.replace("2027-06-30", '"2027-07-01"'))
    first, second = read_file(file)
    assert first == Acknowledgement(
        rule_id="HIPAA.Security-S3BucketLoggingEnabled",
        reason="The bucket receives the logs of all others.",
        approved_by="privacy officer",
        expires=datetime.date(2027, 6, 30),
        ticket="SEC-1",
        compensating_control="data events of the trail",
        path="Clinic/*/Logs",
        origin="file",
        source=f"{file}, entry 1",
    )
    assert second.expires == datetime.date(2027, 7, 1)


def test_an_empty_file_acknowledges_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("# none yet\n")
    assert list(read_file(tmp_path / "a.toml")) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[[acknowledgement]\n", "a.toml:1:"),
        ("x = 1", "the key 'x' is unknown"),
        ("acknowledgement = 3", "list of tables"),
        (ENTRY.replace("reason", "reasons"), "entry 1, 'reasons': the key is unknown; allowed are rule, path, reason"),
        (ENTRY.replace('ticket = "SEC-1"', "ticket = 1"), "entry 1, ticket: got 1; it takes text"),
        (ENTRY.replace("2027-06-30", '"soon"'), "entry 1, expires: got 'soon'; it takes a date"),
        (ENTRY.replace("expires = 2027-06-30\n", ""), "entry 1, expires: it is missing"),
        (ENTRY.replace("2027-06-30", "7"), "entry 1, expires: got 7"),
        (ENTRY.replace('rule = "HIPAA.Security::HIPAA.Security-S3BucketLoggingEnabled"\n', ""), "rule: it is missing"),
        (ENTRY.replace("/Clinic/*/Logs", " "), "path: it is empty"),
        (ENTRY + ENTRY.replace("approved_by", "approver"), "entry 2, 'approver'"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(content)
    with pytest.raises(UnusableInput) as refused:
        read_file(file)
    assert said in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_an_unreadable_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(UnusableInput, match=r"a\.toml"):
        read_file(tmp_path / "a.toml")


@pytest.mark.parametrize("data", [None, "x", {}, {"rule_ids": 3}, {"rule_ids": [3]}])
def test_metadata_of_another_form_is_passed_over(data: Any) -> None:
    assert list(from_metadata(data, "Clinic")) == []


# -- in code ---------------------------------------------------------------------------------------------------


def synthesized(app: cdk.App) -> dict[str, Any]:
    folder = Path(app.synth().directory)
    (resource,) = json.loads((folder / "Clinic.template.json").read_text())["Resources"].values()
    metadata: dict[str, Any] = resource.get("Metadata", {})
    metadata.pop("aws:cdk:path", None)
    return metadata


def accept(construct: Any, rule_id: str = "HIPAA.Security-S3BucketLoggingEnabled") -> None:
    in_code.acknowledge(construct, rule_id, reason="Data events say it.", approved_by="x", expires="2027-06-30")


@pytest.mark.parametrize("of", ["bucket", "resource", "stack"])
def test_scanners_find_it_on_the_resource(app: cdk.App, stack: cdk.Stack, of: str) -> None:
    bucket = s3.CfnBucket(stack, "Resource") if of == "stack" else s3.Bucket(stack, "Records")
    accept({"bucket": bucket, "resource": bucket.node.default_child, "stack": stack}[of])
    assert synthesized(app) == {
        "checkov": {"skip": [{"id": "CKV_AWS_18", "comment": "Data events say it."}]},
        "cfn_nag": {"rules_to_suppress": [{"id": "W35", "reason": "Data events say it."}]},
        "guard": {"SuppressedRules": ["S3_BUCKET_LOGGING_ENABLED"]},
    }


def test_blocks_that_stand_there_are_kept(app: cdk.App, stack: cdk.Stack) -> None:
    bucket = s3.CfnBucket(stack, "Records")
    bucket.add_metadata("guard", {"SuppressedRules": ["MINE"]})
    accept(bucket)
    accept(bucket)
    accept(bucket, "HIPAA.Security-S3BucketVersioningEnabled")
    metadata = synthesized(app)
    assert metadata["guard"]["SuppressedRules"] == ["MINE", "S3_BUCKET_LOGGING_ENABLED", "S3_BUCKET_VERSIONING_ENABLED"]
    assert [entry["id"] for entry in metadata["checkov"]["skip"]] == ["CKV_AWS_18", "CKV_AWS_21"]


def test_scanners_blocks_can_be_left_out() -> None:
    app = cdk.App(builtin_cloud_formation_validation=False, context={CONTEXT_KEY: False})
    accept(s3.Bucket(cdk.Stack(app, "Clinic"), "Records"))
    assert synthesized(app) == {}


def test_a_rule_that_no_scanner_has_leaves_no_block(app: cdk.App, stack: cdk.Stack) -> None:
    accept(s3.Bucket(stack, "Records"), "HIPAA.Constructs-Other")
    assert synthesized(app) == {}


@pytest.mark.parametrize("stage", [False, True])
def test_apps_and_stages_take_none(app: cdk.App, stage: bool) -> None:
    with pytest.raises(ValueError, match="within a stack"):
        accept(cdk.Stage(app, "Prod") if stage else app)


def test_scanners_are_told_what_no_rule_here_asks(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    in_code.explain_to_scanners(key, reason="A condition.", source="docs.aws.amazon.com/kms", checkov=["CKV_AWS_33"])
    resource = key.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    comment = "A condition. Source: docs.aws.amazon.com/kms"
    assert resource.get_metadata("checkov") == {"skip": [{"id": "CKV_AWS_33", "comment": comment}]}
    assert resource.get_metadata("cfn_nag") is None
    assert [entry for entry in key.node.metadata if "acknowledgement" in entry.type] == []


def test_scanners_may_be_left_alone() -> None:
    stack = cdk.Stack(cdk.App(context={CONTEXT_KEY: False}), "Clinic")
    key = kms.Key(stack, "Key")
    in_code.explain_to_scanners(key, reason="A condition.", source="docs.aws.amazon.com/kms", checkov=["CKV_AWS_33"])
    resource = key.node.default_child
    assert isinstance(resource, cdk.CfnResource)
    assert resource.get_metadata("checkov") is None


def test_every_mapped_rule_exists() -> None:
    # Of another pack, which the library's own constructs acknowledge.
    others = {"AwsSolutions-EC23", "AwsSolutions-IAM5[Resource::*]"}
    assert set(scanner_rules()) <= {*nag_rules(), *(rule.id for rule in all_rules()), *others}
    for entry in scanner_rules().values():
        assert set(entry) <= {"checkov", "cfn_nag", "guard"}
        assert all(ids for ids in entry.values())


def test_scanner_metadata_takes_qualified_ids_and_no_single_findings() -> None:
    assert scanner_metadata("HIPAA.Constructs::HIPAA.Constructs-KeyRotated", "r")["guard"]["SuppressedRules"]
    assert scanner_metadata("HIPAA.Security-IAMNoInlinePolicy[X]", "r") == {}


def test_a_block_of_another_form_is_replaced() -> None:
    assert merged("text", {"SuppressedRules": ["A"]}) == {"SuppressedRules": ["A"]}
    assert merged({"SuppressedRules": 3, "x": 1}, {"SuppressedRules": ["A"]}) == {"SuppressedRules": ["A"], "x": 1}
