from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs.storage.access_log_bucket import AccessLogBucket
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import template_of
from tests.storage.plans import RecordingPlan
from tests.storage.policies import allowed, denied_by, literal

SERVICE = "logging.s3.amazonaws.com"
TLS = {"aws:SecureTransport": True, "s3:TlsVersion": 1.2}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    for name in ("Records", "Images"):
        EncryptedBucket(stack, name, backup_plan=RecordingPlan())
    return template_of(stack)


def only(template: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = (
        resource
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind and name.startswith("AccessLogBucket")
    )
    return found


def source_arn(template: dict[str, Any], prefix: str) -> str:
    return next(
        f"<{name}.Arn>"
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::S3::Bucket" and name.startswith(prefix)
    )


@pytest.fixture
def policy(template: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = literal(only(template, "AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"])
    return document


@pytest.fixture
def log(template: dict[str, Any]) -> str:
    return f"{source_arn(template, 'AccessLogBucket')}/Clinic/Records/2026-01-01-00-00-00-AB"


def delivery(template: dict[str, Any]) -> dict[str, Any]:
    return {
        **TLS,
        "aws:SourceAccount": "111122223333",
        "aws:SourceArn": source_arn(template, "Records"),
        "aws:PrincipalServiceNamesList": [SERVICE, "logging.us-east-1.s3.amazonaws.com"],
    }


def test_is_one_for_the_stack(stack: cdk.Stack) -> None:
    first = AccessLogBucket.of(Construct(stack, "A"))
    assert AccessLogBucket.of(Construct(stack, "B")) is first
    assert AccessLogBucket.of(stack) is first


def test_is_another_in_another_stack(app: cdk.App, stack: cdk.Stack) -> None:
    assert AccessLogBucket.of(cdk.Stack(app, "Other")) is not AccessLogBucket.of(stack)


def test_is_locked_down(template: dict[str, Any]) -> None:
    resource = only(template, "AWS::S3::Bucket")
    properties = resource["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert only(template, "AWS::S3::BucketPolicy")["DeletionPolicy"] == "Retain"
    assert "AccessControl" not in properties


def test_uses_the_encryption_that_log_delivery_supports(template: dict[str, Any]) -> None:
    (rule,) = only(template, "AWS::S3::Bucket")["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert "ObjectLockEnabled" not in only(template, "AWS::S3::Bucket")["Properties"]


def test_keeps_logs_seven_years_in_colder_storage(template: dict[str, Any]) -> None:
    keep, clean = only(template, "AWS::S3::Bucket")["Properties"]["LifecycleConfiguration"]["Rules"]
    assert keep["ExpirationInDays"] == 2557
    assert [(t["StorageClass"], t["TransitionInDays"]) for t in keep["Transitions"]] == [
        ("STANDARD_IA", 30),
        ("GLACIER_IR", 90),
    ]
    assert keep["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert clean["ExpiredObjectDeleteMarker"] is True


def test_every_source_has_its_own_prefix(template: dict[str, Any]) -> None:
    prefixes = {
        resource["Properties"]["LoggingConfiguration"]["LogFilePrefix"]
        for resource in template["Resources"].values()
        if "LoggingConfiguration" in resource["Properties"]
    }
    assert prefixes == {"Clinic/Records/", "Clinic/Images/"}


@pytest.mark.parametrize("source", ["Records", "Images"])
def test_log_delivery_may_write_for_its_sources(
    template: dict[str, Any], policy: dict[str, Any], log: str, source: str
) -> None:
    context = {**delivery(template), "aws:SourceArn": source_arn(template, source)}
    assert allowed(policy, SERVICE, "s3:PutObject", log, context)


@pytest.mark.parametrize(
    "change",
    [
        {"aws:SourceAccount": "444455556666"},
        {"aws:SourceArn": "arn:aws:s3:::somebody-elses"},
        {"aws:SecureTransport": False},
        {"aws:PrincipalServiceNamesList": ["config.amazonaws.com"]},
    ],
    ids=["account", "source", "http", "service"],
)
def test_nobody_else_may(template: dict[str, Any], policy: dict[str, Any], log: str, change: dict[str, Any]) -> None:
    assert not allowed(policy, SERVICE, "s3:PutObject", log, {**delivery(template), **change})


def test_nobody_may_delete_or_overwrite_a_log(policy: dict[str, Any], log: str) -> None:
    for action in ("s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert denied_by(policy, action, log, TLS) == {"DenyDeletion"}
    assert denied_by(policy, "s3:PutObject", log, TLS) == {"DenyOtherWriters"}
    assert denied_by(policy, "s3:GetObject", log, TLS) == set()


def test_the_policy_of_a_full_stack_stays_within_20_kilobytes(stack: cdk.Stack) -> None:
    logs = AccessLogBucket.of(stack)
    for number in range(150):
        logs.collect_from(s3.Bucket(stack, f"B{number}"))
    document = only(template_of(stack), "AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"]
    # A bucket's ARN has 13 characters and a name of at most 63.
    text = str(literal(document))
    longest = len(text) + 150 * (13 + 63)
    assert longest < 20 * 1024
    assert len(document["Statement"]) == 5


def test_refuses_a_bucket_of_another_stack(app: cdk.App, stack: cdk.Stack) -> None:
    stranger = s3.Bucket(cdk.Stack(app, "Other"), "Bucket")
    with pytest.raises(ValueError, match=r"source: got 'Other/Bucket'; .*of its own stack"):
        AccessLogBucket.of(stack).collect_from(stranger)


def test_refuses_a_stranger_under_its_id(stack: cdk.Stack) -> None:
    Construct(stack, "AccessLogBucket")
    with pytest.raises(ValueError, match="the construct id 'AccessLogBucket' in Clinic: got a Construct"):
        AccessLogBucket.of(stack)
