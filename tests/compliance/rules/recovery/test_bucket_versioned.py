from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.recovery.made_again import MADE_AGAIN, STORED
from tests.compliance.rules.support import GIVEN, judged, one, rule, to_do, verdict

TRAIL = {"Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": {"S3BucketName": {"Ref": "Subject"}}}}


def _expiring(rule: Any) -> dict[str, Any]:
    versioned = {"VersioningConfiguration": {"Status": "Enabled"}}
    return one("AWS::S3::Bucket", **versioned, LifecycleConfiguration={"Rules": [rule]})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::S3::Bucket", VersioningConfiguration={"Status": "Enabled"}), "passed"),
        (one("AWS::S3::Bucket", VersioningConfiguration={"Status": "Suspended"}), "failed"),
        (one("AWS::S3::Bucket"), "failed"),
        (one("AWS::S3::Bucket", ObjectLockEnabled=True), "passed"),
        (one("AWS::S3::Bucket", ObjectLockEnabled=True, VersioningConfiguration={"Status": "Suspended"}), "failed"),
        (one("AWS::S3::Bucket", ObjectLockEnabled=GIVEN), "failed"),
        (_expiring({"NoncurrentVersionExpiration": {"NoncurrentDays": 30}}), "passed"),
        (_expiring({"NoncurrentVersionExpiration": {"NoncurrentDays": 1}}), "failed"),
        (_expiring({"NoncurrentVersionExpirationInDays": "1"}), "failed"),
        (_expiring({"NoncurrentVersionExpirationInDays": 1, "Status": "Disabled"}), "passed"),
        (_expiring({"NoncurrentVersionExpirationInDays": GIVEN}), "unknown"),
        (_expiring(GIVEN), "unknown"),
        (_expiring({"NoncurrentVersionExpirationInDays": 1}) | TRAIL, "passed"),
        (one("AWS::S3::Bucket", VersioningConfiguration={"Status": GIVEN}), "unknown"),
        (one("AWS::S3Express::DirectoryBucket"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("bucket_versioned", resources) == expected


def test_a_web_site_weighs_less() -> None:
    found = verdict("bucket_versioned", one("AWS::S3::Bucket", WebsiteConfiguration={"IndexDocument": "index.html"}))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")


def _pipeline(path: str) -> dict[str, Any]:
    store = {"Type": "S3", "Location": {"Ref": "Subject"}}
    properties = {"ArtifactStore": store} if path == "one" else {"ArtifactStores": [{"ArtifactStore": store}]}
    return {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}}


@pytest.mark.parametrize("stores", ["one", "several"])
def test_what_a_pipeline_makes_again_weighs_less(stores: str) -> None:
    found = verdict("bucket_versioned", one("AWS::S3::Bucket") | _pipeline(stores))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")


@pytest.mark.parametrize(
    ("days", "limits", "severity"),
    [
        (7, {}, "warning"),
        (14, {}, "warning"),
        (15, {}, None),
        (30, {"Id": "EmptyCache"}, "warning"),
        (31, {"Id": "EmptyCache"}, None),
        (7, {"Prefix": ""}, "warning"),
        (7, {"Prefix": "a"}, None),
    ],
)
def test_what_expires_soon_weighs_less(days: int, limits: dict[str, str], severity: str | None) -> None:
    lifecycle = {"Rules": [{"Status": "Enabled", "ExpirationInDays": days, **limits}]}
    found = verdict("bucket_versioned", one("AWS::S3::Bucket", LifecycleConfiguration=lifecycle))
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", severity)


def test_records_weigh_as_ever_however_soon_they_expire() -> None:
    lifecycle = {"Rules": [{"Status": "Enabled", "ExpirationInDays": 7}]}
    bucket = one("AWS::S3::Bucket", BucketName="clinic-patient-records", LifecycleConfiguration=lifecycle)
    found = verdict("bucket_versioned", bucket)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", None)


@pytest.mark.parametrize("resources", MADE_AGAIN)
def test_what_the_app_can_make_anew_weighs_less(resources: dict[str, Any]) -> None:
    found = verdict("bucket_versioned", resources)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", "warning")


@pytest.mark.parametrize("resources", STORED)
def test_what_holds_more_than_that_stays_an_error(resources: dict[str, Any]) -> None:
    found = verdict("bucket_versioned", resources)
    assert found is not None
    assert (found.outcome, found.severity) == ("failed", None)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([{"Status": "Enabled", "ExpirationInDays": 3}], True),
        ([{"Status": "Enabled", "ExpirationDate": "2030-01-01T00:00:00Z"}], True),
        ([{"Status": "Disabled", "ExpirationInDays": 3}], False),
        ([{"Status": "Enabled", "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 3}]}], False),
        (
            [{"Status": "Enabled", "ExpirationInDays": 3, "NoncurrentVersionExpiration": {"NoncurrentDays": 30}}],
            False,
        ),
    ],
)
def test_the_fix_lets_noncurrent_versions_expire_where_current_ones_do(rules: list[Any], expected: bool) -> None:
    said = to_do("bucket_versioned", one("AWS::S3::Bucket", LifecycleConfiguration={"Rules": rules}))
    assert ("expire current versions alone" in said) is expected


@pytest.mark.parametrize(
    ("logical_id", "more", "severity"),
    [
        ("FrontendAssets", {}, "warning"),
        ("WebsiteBucket", {}, "warning"),
        ("Files", {"BucketName": "clinic-openapi"}, "warning"),
        ("Files", {}, None),
        ("FrontendUploads", {}, None),
        ("WebAppData", {}, None),
        ("FrontendAssets", {"BucketName": "clinic-records"}, None),
        ("FrontendAssets", {"NotificationConfiguration": {"EventBridgeConfiguration": {}}}, None),
        ("FrontendAssets", {"CorsConfiguration": {"CorsRules": [{"AllowedMethods": ["POST"]}]}}, None),
    ],
)
def test_a_name_is_a_hint_of_what_is_built_again(logical_id: str, more: dict[str, Any], severity: str | None) -> None:
    app = App()
    app.add("t.json", {"Resources": {logical_id: {"Type": "AWS::S3::Bucket", "Properties": more}}})
    (result,) = evaluate(app, [rule("bucket_versioned")])
    assert (result.verdict.outcome, result.verdict.severity) == ("failed", severity)
    assert ("By its name" in result.verdict.message) == (severity is not None)


def test_a_name_says_nothing_of_a_bucket_that_a_function_fills() -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    puts = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": {"Fn::Sub": "${FrontendAssets.Arn}/*"}}
    policies = [{"PolicyName": "own", "PolicyDocument": {"Statement": [puts]}}]
    role = {"AssumeRolePolicyDocument": {"Statement": [trust]}, "Policies": policies}
    app = App()
    resources = {
        "FrontendAssets": {"Type": "AWS::S3::Bucket"},
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Code": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    app.add("t.json", {"Resources": resources})
    (result,) = evaluate(app, [rule("bucket_versioned")])
    assert result.verdict.severity is None
