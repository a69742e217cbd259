"""The pipeline that synth, check and report share."""

from __future__ import annotations

import datetime
from typing import Any

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.assess import assess
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.nag import as_finding

TODAY = datetime.date(2026, 11, 22)
ROTATED, READABLE = "HIPAA.Constructs-KeyRotated", "HIPAA.Constructs-TemplateReadable"


def app(**sections: Any) -> App:
    made = App()
    key = {"Type": "AWS::KMS::Key", "Metadata": {"aws:cdk:path": "Clinic/Key/Resource"}}
    made.add("Clinic.template.json", {"Resources": {"Key": key}, **sections}, stack_path="Clinic")
    return made


def accepted(rule_id: str, path: str = "Clinic/Key") -> Acknowledgement:
    until = TODAY + datetime.timedelta(days=90)
    return Acknowledgement(rule_id, "Rotated by hand each quarter.", "officer", until, None, None, path, "code")


def test_every_rule_answers_and_what_failed_is_open() -> None:
    assessment = assess(app(), today=TODAY)
    assert {result.rule.id for result, _ in assessment.answers} <= {rule.id for rule in all_rules()}
    assert ROTATED in {found.rule_id for found in assessment.open}
    assert assessment.open == assessment.own


def test_versions_are_judged_by_the_day_of_the_synth() -> None:
    def found(today: str, synthesized: datetime.date | None = None) -> bool:
        made = App()
        function = {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "nodejs22.x"}}
        made.add("t.json", {"Resources": {"Function": function}})
        assessment = assess(made, today=datetime.date.fromisoformat(today), synthesized=synthesized)
        return "HIPAA.Constructs-RuntimeSupported" in {one.rule_id for one in assessment.own}

    assert not found("2027-04-30")
    assert found("2027-05-01")
    assert not found("2027-05-01", synthesized=datetime.date(2027, 4, 30))


def test_what_is_unread_is_among_the_findings() -> None:
    assessment = assess(app(Transform="Macro"), today=TODAY)
    assert [found.rule_id for found in assessment.unread] == [READABLE]
    assert assessment.own[0] is assessment.unread[0]


def test_what_is_acknowledged_is_open_no_more() -> None:
    one = accepted(ROTATED)
    assessment = assess(app(), today=TODAY, acknowledgements=[one])
    assert ROTATED not in {found.rule_id for found in assessment.open}
    assert ROTATED in {found.rule_id for found in assessment.own}
    assert [by for _, by in assessment.governed.acknowledged] == [one]
    assert assessment.acknowledgements == [one]


def test_findings_of_other_packs_are_judged_too() -> None:
    other = as_finding(
        "AwsSolutions-X1", severity="error", message="It is not.", resource=None, construct_path="Clinic/Key/Resource"
    )
    assert other in assess(app(), today=TODAY, others=[other]).open
    one = accepted("AwsSolutions-X1")
    assessment = assess(app(), today=TODAY, others=[other], acknowledgements=[one])
    assert (other, one) in assessment.governed.acknowledged


def test_breadth_is_that_of_the_apps_stacks() -> None:
    broad = accepted(ROTATED, "Clinic")
    complaints = {found.rule_id for found in assess(app(), today=TODAY, acknowledgements=[broad]).governed.problems}
    assert complaints == {"HIPAA.Constructs-AcknowledgementNarrow"}


def test_a_pack_that_ran_and_found_nothing_leaves_its_acknowledgements_unused() -> None:
    one = accepted("HIPAA.Security-S3BucketLoggingEnabled")
    assert not assess(app(), today=TODAY, acknowledgements=[one]).governed.problems
    assessment = assess(app(), today=TODAY, acknowledgements=[one], packs=["HIPAA.Security"])
    assert [found.rule_id for found in assessment.governed.problems] == ["HIPAA.Constructs-AcknowledgementUsed"]


def test_progress_names_each_rule() -> None:
    steps: list[tuple[str, int, int]] = []
    assess(app(), today=TODAY, step=lambda *step: steps.append(step))
    assert len(steps) == len(all_rules())
    assert steps[0] == (f"Checking {all_rules()[0].name}", 0, len(all_rules()))
