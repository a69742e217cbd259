"""The helpers for a user's own tests: what they return, what they say, and that they leave the app as it is."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import inspect
from pathlib import Path

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template
from constructs import IValidation

from hipaa_constructs import KmsRotatedKey, acknowledge, enforce_hipaa
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.gate_plugin import GatePlugin
from hipaa_constructs.testing import Finding, assert_finding, assert_no_findings, findings, normalize, template_of

LOGGED, REPLICATED = "HIPAA.Constructs-BucketAccessLogged", "HIPAA.Security-S3BucketReplicationEnabled"


def paths(app: cdk.App) -> list[str]:
    return [node.node.path for node in app.node.find_all()]


def test_they_go_before_and_after_reading_a_template(app: cdk.App, stack: cdk.Stack) -> None:
    s3.Bucket(stack, "B")
    Template.from_stack(stack)
    tree = paths(app)
    written = {file: file.read_bytes() for file in Path(app.outdir).iterdir() if file.is_file()}
    first = findings(app)
    assert_finding(app, LOGGED, "Clinic/B")
    # As CDK prints it.
    assert_finding(app, f"HIPAA.Constructs::{LOGGED}", "Clinic/B")
    with pytest.raises(AssertionError, match=r"no finding of HIPAA\.Constructs::HIPAA\.Constructs-KeyRotated"):
        assert_finding(app, "HIPAA.Constructs::HIPAA.Constructs-KeyRotated", "Clinic/B")
    with pytest.raises(AssertionError):
        assert_no_findings(app, all_packs=True)
    assert paths(app) == tree
    assert {file: file.read_bytes() for file in Path(app.outdir).iterdir() if file.is_file()} == written
    # Nor is a gate left behind, which would fail these.
    Template.from_stack(stack).resource_count_is("AWS::S3::Bucket", 1)
    assert template_of(stack)
    assert findings(app) == first
    assert len(first) == 7


def test_before_a_synth_the_same_is_found(app: cdk.App, stack: cdk.Stack) -> None:
    s3.Bucket(stack, "B")
    assert len(findings(app)) == 7
    Template.from_stack(stack).resource_count_is("AWS::S3::Bucket", 1)


@pytest.mark.parametrize("synthesized", [True, False])
def test_the_gate_of_an_app_finds_what_the_helpers_find(synthesized: bool) -> None:
    def found(*, enforced: bool) -> list[Finding]:
        app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
        stack = cdk.Stack(app, "Clinic")
        s3.Bucket(stack, "B")
        if enforced:
            enforce_hipaa(app)
        if synthesized:
            with contextlib.suppress(RuntimeError):
                app.synth()
        return [dataclasses.replace(one, source=None) for one in findings(app)]

    assert found(enforced=True) == found(enforced=False) != []


def test_a_finding_is_an_object_that_does_not_change(app: cdk.App, stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "B")
    found = {one.rule_id: one for one in findings(app)}
    logged, replicated = found[LOGGED], found[REPLICATED]
    line = inspect.getsourcelines(test_a_finding_is_an_object_that_does_not_change)[1] + 1
    for one in (logged, replicated):
        assert one.resource_logical_id == stack.get_logical_id(bucket.node.default_child)  # type: ignore[arg-type]
        assert (one.resource_type, one.template) == ("AWS::S3::Bucket", "Clinic.template.json")
        assert one.construct_path == "Clinic/B/Resource"
        assert (one.severity, one.outcome) == ("error", "failed")
        assert one.source is not None
        assert one.source.endswith(f"test_testing.py:{line}")
    assert logged.also == ("HIPAA.Security-S3BucketLoggingEnabled",)
    assert logged.controls == ("164.312(b)",)
    assert logged.message.startswith("LoggingConfiguration is not set")
    assert logged.fix.startswith("s3.Bucket(server_access_logs_bucket=")
    assert str(logged) == f"{LOGGED}: Clinic/B/Resource"
    with pytest.raises(dataclasses.FrozenInstanceError):
        logged.severity = "warning"  # type: ignore[misc]


def test_a_failure_says_what_was_seen_where_and_what_to_do(app: cdk.App, stack: cdk.Stack) -> None:
    s3.Bucket(stack, "B")
    sqs.CfnQueue(stack, "Q", kms_master_key_id="alias/aws/sqs")
    with pytest.raises(AssertionError) as failure:
        assert_no_findings(app)
    said = str(failure.value)
    assert said.startswith(f"unacknowledged findings: {len(findings(app))}\n")
    for part in (
        LOGGED,
        "Also: HIPAA.Security-S3BucketLoggingEnabled",
        "LoggingConfiguration is not set",
        "Fix: s3.Bucket(server_access_logs_bucket=",
        REPLICATED,
        "test_testing.py:",
    ):
        assert part in said
    # What two packs found of one construct stands together.
    assert said.count("\nClinic/B/Resource\n") == said.count("\nClinic/Q\n") == 1
    assert said.count("Fix:") == len(findings(app))


def test_what_is_not_found_is_said_with_what_is(app: cdk.App, stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Books")
    for rule_id, path in ((LOGGED, ""), (LOGGED, "/Clinic"), (REPLICATED, "Clinic/Books"), (LOGGED, "/Clinic/Books/")):
        assert_finding(app, rule_id, path)
    for rule_id, path in ((LOGGED, "Clinic/Book"), ("HIPAA.Constructs-KeyRotated", ""), (LOGGED, "Other")):
        with pytest.raises(AssertionError) as failure:
            assert_finding(app, rule_id, path)
        assert str(failure.value).startswith(f"no finding of {rule_id} on {path or 'anything'}; found were:\n")
        assert "Fix: s3.Bucket(" in str(failure.value)


def test_a_template_of_a_stage_is_found_where_the_stage_writes(app: cdk.App) -> None:
    stage = cdk.Stage(cdk.Stage(app, "Prod"), "East")
    s3.Bucket(cdk.Stack(stage, "Clinic"), "Books")
    nested = cdk.NestedStack(cdk.Stack(stage, "Wards"), "Ward")
    sqs.Queue(nested, "Orders")
    for stack, kind in ((stage.node.find_child("Clinic"), "AWS::S3::Bucket"), (nested, "AWS::SQS::Queue")):
        assert isinstance(stack, cdk.Stack)
        assert kind in {one["Type"] for one in template_of(stack)["Resources"].values()}
    assert_finding(app, LOGGED, "Prod/East/Clinic/Books")


def test_what_is_no_stack_or_template_is_refused(app: cdk.App) -> None:
    with pytest.raises(ValueError, match=r"template_of\(stack=…\): got an? App; it takes"):
        template_of(app)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"normalize\(template=…\): got None"):
        normalize(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule_id", "meant"),
    [
        ("HIPAA.Constructs-BucketAccesLogged", LOGGED),
        ("BucketAccessLogged", LOGGED),
        ("HIPAA.Security-S3BucketReplicationEnable", REPLICATED),
    ],
)
def test_an_id_that_no_rule_has_is_refused_with_the_nearest(
    app: cdk.App, stack: cdk.Stack, rule_id: str, meant: str
) -> None:
    s3.Bucket(stack, "B")
    with pytest.raises(ValueError, match=r"rule_id: got .*; there is no rule of this id; nearest are ") as failure:
        assert_finding(app, rule_id)
    assert meant in str(failure.value)
    # Packs of others have ids that nobody here knows.
    with pytest.raises(AssertionError, match="no finding of Hospital-BucketNamed on anything"):
        assert_finding(app, "Hospital-BucketNamed")


def test_a_clean_app_says_that_nothing_was_found(app: cdk.App, stack: cdk.Stack) -> None:
    KmsRotatedKey(stack, "Key")
    assert_no_findings(app)
    with pytest.raises(AssertionError, match="nothing was found"):
        assert_finding(app, LOGGED)


def test_what_was_acknowledged_is_no_finding_and_a_bad_acknowledgement_is_one(app: cdk.App, stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "B")
    acknowledge(
        bucket,
        "HIPAA.Security-S3BucketLoggingEnabled",
        reason="The trail's data events record who asks for its objects.",
        approved_by="officer",
        expires=datetime.date.today() + datetime.timedelta(days=90),
    )
    cdk.Validations.of(app).acknowledge(cdk.Acknowledgment(id="HIPAA.Constructs::HIPAA.Constructs-X", reason="Why?"))
    found = {one.rule_id for one in findings(app)}
    assert LOGGED not in found
    assert len(found) > 6
    assert any(rule.startswith("HIPAA.Constructs-Acknowledgement") for rule in found)


def test_more_packs_are_refused_where_the_app_has_chosen(app: cdk.App) -> None:
    enforce_hipaa(app)
    with pytest.raises(ValueError, match=r"all_packs: got True; .* Pass packs to enforce_hipaa"):
        findings(app, all_packs=True)


@jsii.implements(IValidation)
class Wrong:
    def validate(self) -> list[str]:
        return ["It is wrong."]


@pytest.mark.parametrize("enforced", [True, False])
def test_an_app_that_cannot_be_synthesized_is_not_clean(app: cdk.App, stack: cdk.Stack, enforced: bool) -> None:
    KmsRotatedKey(stack, "Key").node.add_validation(Wrong())
    if enforced:
        enforce_hipaa(app)
    with pytest.raises(RuntimeError, match="It is wrong"):
        assert_no_findings(app)


@pytest.mark.parametrize("enforced", [True, False])
def test_an_app_that_cannot_be_judged_is_not_clean(app: cdk.App, stack: cdk.Stack, enforced: bool) -> None:
    stack.template_options.transforms = ["Nothing is in this stack."]
    if enforced:
        enforce_hipaa(app)
    with pytest.raises((RuntimeError, UnusableInput), match=r"Validation failed|has no Resources"):
        assert_no_findings(app)


def test_an_app_whose_gate_was_skipped_is_not_clean(app: cdk.App, stack: cdk.Stack) -> None:
    KmsRotatedKey(stack, "Key")
    enforce_hipaa(app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GatePlugin, "validate", lambda *_: cdk.PolicyValidationPluginReport(success=True, violations=[]))
        app.synth()
    with pytest.raises(RuntimeError, match="did not run"):
        assert_no_findings(app)
