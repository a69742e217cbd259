"""Trails: under the key, with insights, and with a bucket that nobody else writes to."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from hipaa_constructs import BackupPlan
from hipaa_constructs.defaults.secure_defaults import secure_defaults
from hipaa_constructs.testing import findings
from tests.defaults.support import Synthesized, lint_errors, new_stack, synthesized
from tests.storage.plans import RecordingPlan

_TRAIL, _BUCKET = "AWS::CloudTrail::Trail", "AWS::S3::Bucket"
_MENDED = {
    "AuditBucketLocked",
    "LogFilesProtected",
    "ServiceAccessScoped",
    "StoreEncryptedWithCustomerKey",
    "TrailShowsUnusualActivity",
}


def _trail(stack: cdk.Stack, **arguments: Any) -> None:
    group = logs.LogGroup(stack, "Events")
    cloudtrail.Trail(stack, "Trail", send_to_cloud_watch_logs=True, cloud_watch_log_group=group, **arguments)


def _of(made: Synthesized) -> dict[str, Any]:
    (trail,) = made.of(_TRAIL)
    return dict(trail)


def test_a_new_trail_has_key_insights_and_a_locked_bucket() -> None:
    made = synthesized(_trail, new_stores=True, backup_plan=RecordingPlan())
    trail = _of(made)
    assert made.changed("S/Trail") == {"trail_name", "encryption_key", "bucket", "insight_types"}
    assert [one["InsightType"] for one in trail["InsightSelectors"]] == ["ApiCallRateInsight", "ApiErrorRateInsight"]
    buckets = [one for one in made.of(_BUCKET) if one.get("ObjectLockEnabled")]
    assert len(buckets) == 1
    named = json.dumps([made.of("AWS::KMS::Key"), made.of("AWS::S3::BucketPolicy")])
    assert named.count(f":trail/{trail['TrailName']}") > 2
    assert lint_errors(made) == []


def test_the_trail_waits_for_the_policy_of_its_bucket() -> None:
    made = synthesized(_trail, new_stores=True, backup_plan=RecordingPlan())
    (resource,) = [one for one in made.resources.values() if one["Type"] == _TRAIL]
    policies = {name for name, one in made.resources.items() if one["Type"] == "AWS::S3::BucketPolicy"}
    assert policies & set(resource["DependsOn"])


def test_without_a_plan_the_bucket_is_cdks() -> None:
    made = synthesized(_trail, new_stores=True)
    assert made.changed("S/Trail") == {"trail_name", "encryption_key", "insight_types"}


def test_a_trail_that_runs_keeps_bucket_and_name_and_who_reads_its_files() -> None:
    assert synthesized(_trail, backup_plan=RecordingPlan()).changed("S/Trail") == {"insight_types"}


def test_a_new_trail_with_a_name_keeps_it() -> None:
    made = synthesized(lambda stack: _trail(stack, trail_name="all"), new_stores=True, backup_plan=RecordingPlan())
    assert made.changed("S/Trail") == {"encryption_key", "bucket", "insight_types"}
    assert ":trail/all" in json.dumps(made.of("AWS::KMS::Key"))


@pytest.mark.parametrize("prefix", [{"s3_key_prefix": "trails"}, {"is_organization_trail": True, "org_id": "o-a1b2c3"}])
def test_files_that_go_elsewhere_keep_their_bucket(prefix: dict[str, Any]) -> None:
    made = synthesized(lambda stack: _trail(stack, **prefix), new_stores=True, backup_plan=RecordingPlan())
    assert "bucket" not in made.changed("S/Trail")


def test_what_the_app_says_of_a_trail_stays() -> None:
    def define(stack: cdk.Stack) -> None:
        _trail(
            stack,
            bucket=s3.Bucket(stack, "Own"),
            encryption_key=kms.Key(stack, "OwnKey"),
            trail_name="own",
            insight_types=[cloudtrail.InsightType.API_ERROR_RATE],
        )

    made = synthesized(define, new_stores=True, backup_plan=RecordingPlan())
    assert made.changed("S/Trail") == set()
    assert _of(made) == _of(synthesized(define, secure=False))


def test_one_of_data_events_alone_has_no_insights() -> None:
    def define(stack: cdk.Stack) -> None:
        trail = cloudtrail.Trail(stack, "Trail", management_events=cloudtrail.ReadWriteType.NONE)
        trail.log_all_s3_data_events(include_management_events=False)

    assert "insight_types" not in synthesized(define, new_stores=True).changed("S/Trail")


def test_the_rules_are_content_and_no_other_finds_more() -> None:
    def found(secure: bool) -> set[str]:
        stack = new_stack()
        app = stack.node.root
        assert isinstance(app, cdk.App)
        plan = BackupPlan.daily_7_year(stack, "Given")
        if secure:
            secure_defaults(stack, new_stores=True, backup_plan=plan)
        _trail(stack)
        return {one.rule_id.removeprefix("HIPAA.Constructs-") for one in findings(app)}

    before, after = found(secure=False), found(secure=True)
    assert before - after >= _MENDED
    assert after - before == set()
