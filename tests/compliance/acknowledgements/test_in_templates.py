"""What was acknowledged, read from a template that comes without its cloud assembly."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance.acknowledge import acknowledge, acknowledge_limitation
from hipaa_constructs.compliance.acknowledgements.acknowledgement import METADATA_KEY
from hipaa_constructs.compliance.acknowledgements.in_code import acknowledged_in_code
from hipaa_constructs.compliance.assess import Assessment, assess

RULE = "HIPAA.Constructs-KeyRotated"
REASON = "Its key material is imported, and AWS rotates none of that."
SAID = {"rule_ids": [RULE], "reason": REASON, "approved_by": "security@clinic.example", "expires": "2027-06-30"}


def assessed(folder: Path, metadata: Any) -> Assessment:
    key = {"Type": "AWS::KMS::Key", "Properties": {}, "Metadata": {METADATA_KEY: metadata}}
    file = folder / "keys.json"
    file.write_text(json.dumps({"Resources": {"Key": key}}))
    return assess(assembly.load([file]), today=datetime.date(2026, 11, 28))


def rules(assessment: Assessment) -> set[str]:
    return {finding.rule_id for finding in assessment.open}


def test_a_template_accepts_by_its_metadata(tmp_path: Path) -> None:
    assert RULE in rules(assessed(tmp_path, []))
    assert RULE not in rules(assessed(tmp_path, [SAID]))
    assert RULE not in rules(assessed(tmp_path, SAID))


def test_it_is_governed_as_any_other(tmp_path: Path) -> None:
    late = assessed(tmp_path, [{**SAID, "expires": "2026-01-31", "approved_by": ""}])
    assert {RULE, "HIPAA.Constructs-AcknowledgementInForce", "HIPAA.Constructs-AcknowledgementApproved"} <= rules(late)


def test_what_is_no_acknowledgement_accepts_nothing(tmp_path: Path) -> None:
    for metadata in ("KeyRotated", [None, 7], {"rule_ids": RULE}, {"Fn::If": ["A", "B", "C"]}):
        assert RULE in rules(assessed(tmp_path, metadata))


def test_what_code_acknowledged_stands_in_the_template_too(app: cdk.App, stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    acknowledge(key, RULE, reason=REASON, approved_by="security@clinic.example", expires="2027-06-30", ticket="SEC-7")
    acknowledge_limitation(key, "HIPAA.Constructs-KeyPolicyNotPublic", reason="It is so.", source="docs.aws.amazon.com")
    folder = Path(app.synth().directory)
    alone = acknowledged_in_code(assembly.load([folder / "Clinic.template.json"]))
    whole = acknowledged_in_code(assembly.load([folder]))
    # The assembly says it of the construct, the template of its resource; nothing is told twice.
    assert [one.path for one in whole] == ["Clinic/Key", "Clinic/Key"]
    assert [(one.rule_id, one.reason, one.expires, one.ticket, one.origin) for one in alone] == [
        (one.rule_id, one.reason, one.expires, one.ticket, one.origin) for one in whole
    ]


class Records(Construct):
    """A construct of others, with no resource of its own."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        kms.Key(self, "First")
        kms.Key(Construct(self, "Deeper"), "Second")


def test_what_lies_below_the_construct_is_accepted_from_the_template_alone(tmp_path: Path) -> None:
    # As the CLI has it.
    app = cdk.App(outdir=str(tmp_path), context={"aws:cdk:enable-path-metadata": True})
    stack = cdk.Stack(app, "Clinic")
    acknowledge(
        Records(stack, "Records"), RULE, reason=REASON, approved_by="security@clinic.example", expires="2027-06-30"
    )
    kms.Key(stack, "Other")
    folder = Path(app.synth().directory)
    alone = assess(assembly.load([folder / "Clinic.template.json"]), today=datetime.date(2026, 11, 28))
    assert [one.construct_path for one in alone.open if one.rule_id == RULE] == ["Clinic/Other/Resource"]
    accepted = [one.construct_path for one, _ in alone.governed.acknowledged if one.rule_id == RULE]
    assert accepted == ["Clinic/Records/First/Resource", "Clinic/Records/Deeper/Second/Resource"]
    assert [one.path for one in alone.acknowledgements] == ["Clinic/Records"]


@pytest.mark.parametrize("named", ["", "Elsewhere", "keys", "/", 7, ["Clinic"]])
def test_an_entry_names_its_resource_or_what_is_above_it(tmp_path: Path, named: Any) -> None:
    """Whoever writes into one resource's metadata accepts nothing of others."""
    other = {"Type": "AWS::KMS::Key", "Metadata": {"aws:cdk:path": "Clinic/Other/Resource"}}
    key = {"Type": "AWS::KMS::Key", "Metadata": {METADATA_KEY: {**SAID, "path": named}, "aws:cdk:path": "Mine/Key"}}
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"Resources": {"Key": key, "Other": other}}))
    told = assess(assembly.load([file]), today=datetime.date(2026, 11, 28))
    assert [one.resource_logical_id for one in told.open if one.rule_id == RULE] == ["Other"]
