"""The function behind the hook, invoked with requests as AWS documents them."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import botocore.session
import pytest

from hipaa_constructs.compliance.acknowledgements.acknowledgement import METADATA_KEY
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.hook import handler, judge
from hipaa_constructs.hook.handler import handle
from tests.hook.requests import URL, Time, laid_down, of_change_set, of_resource, of_stack, request, template

KEY = "AWS::KMS::Key"
ROTATED = "HIPAA.Constructs-KeyRotated"
YAML = """
Parameters:
  Rotate: {Type: String, Default: "true", AllowedValues: ["true", "false"]}
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: %s
      KeyPolicy:
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
            Action: kms:DescribeKey
            Resource: "*"
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
"""


def named(answer: Any, status: str = "FAILED") -> list[str]:
    return [one["annotationName"] for one in answer["annotations"] if one["status"] == status]


def test_a_clean_stack_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = laid_down(monkeypatch, template(YAML % "true"))
    asked = of_stack()
    assert handle(asked, Time()) == {
        "hookStatus": "SUCCESS",
        "message": "HIPAA rules: nothing was found.",
        "clientRequestToken": asked["clientRequestToken"],
        "annotations": [],
    }
    assert bucket.asked == [URL]


@pytest.mark.parametrize("asked", [of_stack(), of_stack(point="UPDATE_PRE_PROVISION"), of_change_set()])
def test_an_error_is_told_with_rule_reason_and_fix(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down(monkeypatch, template(YAML % "false", changedResources=[{"logicalResourceId": "Key"}]))
    answer = handle(asked, Time())
    assert (answer["hookStatus"], answer["errorCode"]) == ("FAILED", "NonCompliant")
    assert answer["message"] == f"HIPAA rules: 1 error. {ROTATED} (Intake/Key)."
    assert answer["annotations"] == [
        {
            "annotationName": ROTATED,
            "status": "FAILED",
            "statusMessage": "Intake/Key: EnableKeyRotation is not true, so the key does not rotate.",
            "remediationMessage": "Set EnableKeyRotation: true. KmsRotatedKey of hipaa_constructs does it.",
            "remediationLink": "https://www.ecfr.gov/current/title-45/section-164.312",
            "severityLevel": "HIGH",
        }
    ]


def test_json_is_read_as_yaml_is(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down(monkeypatch, template(json.dumps({"Resources": {"Key": {"Type": KEY}}})))
    assert ROTATED in named(handle(of_stack(), Time()))


def test_what_a_parameter_decides_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down(monkeypatch, template(YAML % "!Ref Rotate"))
    answer = handle(of_stack(), Time())
    assert answer["hookStatus"] == "SUCCESS"
    assert answer["message"] == "HIPAA rules: 1 warning."
    (one,) = answer["annotations"]
    assert (one["annotationName"], one["severityLevel"]) == (ROTATED, "MEDIUM")
    assert "when Rotate is false" in one["statusMessage"]


def test_what_only_deployment_can_tell_did_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down(monkeypatch, template(YAML % "!ImportValue Rotation"))
    answer = handle(of_stack(), Time())
    assert answer["hookStatus"] == "SUCCESS"
    (one,) = answer["annotations"]
    assert (one["annotationName"], one["status"], one["severityLevel"]) == (ROTATED, "SKIPPED", "LOW")


def accepted(**more: str) -> bytes:
    said = {"rule_ids": [ROTATED], "reason": "Its material is imported, which AWS does not rotate.", **more}
    key = {"Type": KEY, "Properties": {}, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    return template(json.dumps({"Resources": {"Key": {**key, "Metadata": {METADATA_KEY: [said]}}}}))


def test_what_the_template_accepts_is_told_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down(monkeypatch, accepted(approved_by="security@clinic.example", expires="2999-01-31"))
    answer = handle(of_stack(), Time())
    assert answer["hookStatus"] == "SUCCESS"
    (one,) = [one for one in answer["annotations"] if one["annotationName"] == ROTATED]
    assert (one["status"], one["severityLevel"]) == ("SKIPPED", "INFORMATIONAL")
    assert "accepted by security@clinic.example until 2999-01-31. Its material is imported" in one["statusMessage"]


def test_what_is_accepted_no_more_is_an_error_again(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down(monkeypatch, accepted(approved_by="security@clinic.example", expires="2026-01-31"))
    answer = handle(of_stack(), Time())
    assert answer["errorCode"] == "NonCompliant"
    assert {ROTATED, "HIPAA.Constructs-AcknowledgementInForce"} <= set(named(answer))


def test_acknowledgements_of_rules_that_are_not_asked_are_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {
        "rule_ids": ["HIPAA.Constructs-StoreBackedUp", "HIPAA.Security-S3BucketReplicationEnabled"],
        "reason": "It holds no more than a day, and is filled again each night.",
        "approved_by": "security@clinic.example",
        "expires": "2026-12-31",
    }
    table = {"Type": "AWS::SSM::Parameter", "Properties": {}, "Metadata": {METADATA_KEY: [said]}}
    laid_down(monkeypatch, template(json.dumps({"Resources": {"Day": table}})))
    assert not [name for name in named(handle(of_stack(), Time())) if "AcknowledgementUsed" in name]


def test_cloud_control_asks_of_a_resource_alone() -> None:
    answer = handle(of_resource(KEY, {"EnableKeyRotation": False}), Time())
    assert answer["errorCode"] == "NonCompliant"
    assert ROTATED in named(answer)
    # Nothing that a later request may bring is asked for.
    bucket = handle(of_resource("AWS::S3::Bucket", {"BucketName": "records"}), Time())
    asked = {rule.id for rule in all_rules() if rule.needs == "resource"}
    assert "HIPAA.Constructs-BucketEncryptedWithCustomerKey" in named(bucket)
    assert set(named(bucket)) <= asked


def test_a_stack_is_asked_what_its_template_can_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "records"}}
    laid_down(monkeypatch, template(json.dumps({"Resources": {"Records": bucket}})))
    found = set(named(handle(of_stack(), Time())))
    assert "HIPAA.Constructs-BucketTlsRequired" in found
    assert "HIPAA.Constructs-StoreBackedUp" not in found


def test_the_stack_is_judged_where_it_is_deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def judged(text: str, **where: Any) -> Any:
        seen.append(where)
        return judge.judge_template(text, **where)

    monkeypatch.setattr(handler, "judge_template", judged)
    laid_down(monkeypatch, template(YAML % "true"))
    handle(of_stack(), Time())
    (where,) = seen
    assert (where["stack_name"], where["account"], where["region"]) == ("Intake", "111122223333", "us-east-1")


def test_fields_are_read_as_the_page_spells_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down(monkeypatch, template(YAML % "false"))
    asked = of_stack()
    asked["clientRequesttoken"], asked["stackID"] = asked.pop("clientRequestToken"), asked.pop("stackId")
    answer = handle(asked, Time())
    assert answer["clientRequestToken"] == asked["clientRequesttoken"]
    assert "Intake/Key" in answer["message"]


def test_a_deletion_goes_on_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = laid_down(monkeypatch, b"")
    assert handle(of_stack(point="DELETE_PRE_PROVISION"), Time())["hookStatus"] == "SUCCESS"
    assert not bucket.asked


def test_a_template_that_nobody_can_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down(monkeypatch, template("Resources: [\n"))
    answer = handle(of_stack(), Time())
    assert (answer["hookStatus"], answer["errorCode"]) == ("FAILED", "NonCompliant")
    assert answer["message"].startswith("The template cannot be read: Intake:2:1: not valid YAML")


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        (of_stack(), 403, "S3 answered with 403"),
        (request({"targetName": "STACK", "payload": "https://example.org/"}), 200, "no HTTPS URL of Amazon S3"),
        (request({"targetName": "STACK"}), 200, "names neither a template nor a resource"),
        ({"requestData": "?"}, 200, "names neither a template nor a resource"),
        (None, 200, "names neither a template nor a resource"),
        ([], 200, "names neither a template nor a resource"),
    ],
)
def test_a_failure_of_its_own_says_that_it_is_one(
    asked: Any, status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_down(monkeypatch, b"", status=status)
    answer = handle(asked, Time())
    assert (answer["hookStatus"], answer["errorCode"]) == ("FAILED", "InternalFailure")
    assert answer["message"].startswith("The hook itself failed, which says nothing about the template: ")
    assert said in answer["message"]
    assert "docs/runbook.md" in answer["message"]


def test_what_nobody_thought_of_is_a_failure_of_its_own_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(handler, "judge_template", breaks)
    laid_down(monkeypatch, template("{}"))
    answer = handle(of_stack(), Time())
    assert answer["errorCode"] == "InternalFailure"
    assert "RuntimeError: a fault" in answer["message"]


def test_it_answers_before_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: Any, **__: Any) -> None:
        while True:
            try:
                time.sleep(10)
            except Exception:  # as the engine goes on where a rule trips
                continue

    monkeypatch.setattr(handler, "judge_template", endless)
    laid_down(monkeypatch, template("{}"))
    answer = handle(of_stack(), Time(1_050))
    assert answer["errorCode"] == "InternalFailure"
    assert "it ran out of time" in answer["message"]


def test_another_thread_is_answered_too(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down(monkeypatch, template(YAML % "true"))
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(handle(of_stack(), Time())))
    thread.start()
    thread.join()
    assert answers[0]["hookStatus"] == "SUCCESS"


def test_much_is_counted_and_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    keys = {f"{'Key' * 80}{number}": {"Type": KEY, "Properties": {}, **kept} for number in range(150)}
    laid_down(monkeypatch, template(json.dumps({"Resources": keys})))
    answer = handle(of_stack(), Time())
    assert len(answer["annotations"]) == 100
    assert "HIPAA rules: 150 errors. " in answer["message"]
    assert len(answer["message"]) <= 1024
    assert answer["annotations"][0]["severityLevel"] == "HIGH"


def test_answers_are_as_the_api_gives_them(monkeypatch: pytest.MonkeyPatch) -> None:
    model = botocore.session.get_session().get_service_model("cloudformation").shape_for("Annotation")
    laid_down(monkeypatch, template(json.dumps({"Resources": {"Records": {"Type": "AWS::S3::Bucket"}}})))
    for one in handle(of_stack(), Time())["annotations"]:
        assert {name[0].upper() + name[1:] for name in one} == set(model.members)
        for name, value in one.items():
            shape = model.members[name[0].upper() + name[1:]]
            assert shape.metadata.get("min", 0) <= len(value) <= shape.metadata.get("max", 100_000)
            assert value in (getattr(shape, "enum", None) or [value])


def test_what_is_kept_is_the_answer_and_not_the_way_to_the_template(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    laid_down(monkeypatch, template(YAML % "false"))
    handle(of_stack(), Time())
    printed = capsys.readouterr().out
    kept = json.loads(printed)
    assert kept["answer"]["errorCode"] == "NonCompliant"
    assert kept["findings"][0]["annotationName"] == ROTATED
    assert "X-Amz-Signature" not in printed
