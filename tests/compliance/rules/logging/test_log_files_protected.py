from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

LOGS_HERE = {
    "Records": {
        "Type": "AWS::S3::Bucket",
        "Properties": {"LoggingConfiguration": {"DestinationBucketName": {"Ref": "Subject"}}},
    }
}
SERVICES_ONLY = {"ForAllValues:StringNotEquals": {"aws:PrincipalServiceNamesList": ["logging.s3.amazonaws.com"]}}


def _bucket(**properties: Any) -> dict[str, Any]:
    return one("AWS::S3::Bucket", **properties) | LOGS_HERE


def _locked(mode: str, **changes: Any) -> dict[str, Any]:
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": mode, "Days": 2557}}}
    return _bucket(**{"ObjectLockEnabled": True, "ObjectLockConfiguration": lock, **changes})


def _policy(*denials: dict[str, Any]) -> dict[str, Any]:
    statements = [
        {"Effect": "Deny", "Principal": "*", "Resource": {"Fn::Sub": "${Subject.Arn}/*"}, **denial}
        for denial in denials
    ]
    properties = {"Bucket": {"Ref": "Subject"}, "PolicyDocument": {"Statement": statements}}
    return {"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": properties}}


DELETION = {"Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"]}
WRITING = {"Action": "s3:PutObject", "Condition": SERVICES_ONLY}
BYPASS = {"Action": "s3:BypassGovernanceRetention"}
UNREADABLE = {
    "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Subject"}, "PolicyDocument": GIVEN}}
}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_bucket() | _policy(DELETION, WRITING), "passed"),
        (_bucket() | _policy(DELETION), "failed"),
        (_bucket() | _policy(WRITING), "failed"),
        (_bucket() | _policy({"Action": "s3:DeleteObject"}, WRITING), "failed"),
        (_bucket() | _policy({**DELETION, "Principal": {"AWS": "111122223333"}}, WRITING), "failed"),
        (_bucket() | _policy({**DELETION, "Condition": {"Null": {"aws:SourceVpc": "false"}}}, WRITING), "failed"),
        (_bucket(), "failed"),
        (_bucket() | UNREADABLE, "unknown"),
        (_locked("COMPLIANCE"), "passed"),
        (_locked("GOVERNANCE"), "failed"),
        (_locked("GOVERNANCE") | _policy(BYPASS, WRITING), "passed"),
        (_locked("GOVERNANCE") | _policy(BYPASS), "failed"),
        (_bucket(ObjectLockEnabled=GIVEN), "failed"),
        (_locked("GOVERNANCE", ObjectLockEnabled=GIVEN), "unknown"),
        (one("AWS::S3::Bucket", AccessControl="LogDeliveryWrite"), "failed"),
        (one("AWS::S3::Bucket", AccessControl="LogDeliveryWrite") | _policy(DELETION, WRITING), "passed"),
        (one("AWS::S3::Bucket", AccessControl="Private"), "not_applicable"),
        (one("AWS::S3::Bucket"), "not_applicable"),
        (one("AWS::S3::BucketPolicy"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("log_files_protected", resources) == expected


def _written_by(service: str, *denials: dict[str, Any]) -> dict[str, Any]:
    policy = _policy(*denials)
    policy["Policy"]["Properties"]["PolicyDocument"]["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "s3:PutObject",
            "Resource": {"Fn::Sub": "${Subject.Arn}/*"},
        }
    )
    return one("AWS::S3::Bucket") | policy


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_written_by("macie.amazonaws.com", DELETION, WRITING), "passed"),
        (_written_by("macie.amazonaws.com", WRITING), "failed"),
        (_written_by("cloudtrail.amazonaws.com"), "failed"),
        (_written_by("ses.amazonaws.com"), "not_applicable"),
        (one("AWS::S3::Bucket") | UNREADABLE, "not_applicable"),
    ],
)
def test_a_bucket_that_a_service_writes_its_records_into(resources: dict[str, Any], expected: str) -> None:
    assert judged("log_files_protected", resources) == expected


@pytest.mark.parametrize(("cors", "beside"), [(["PUT"], True), (["GET"], False)])
def test_who_puts_data_beside_log_files_may_put_log_files(cors: list[str], beside: bool) -> None:
    trail = {"Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": {"S3BucketName": {"Ref": "Subject"}}}}
    shared = one("AWS::S3::Bucket", CorsConfiguration={"CorsRules": [{"AllowedMethods": cors}]})
    found = verdict("log_files_protected", shared | trail)
    assert found is not None
    assert ("beside what people or programs of the app put there" in found.message) is beside
    assert len(found.seen) == 1


def test_machines_that_put_records_there_may_put_log_files_too() -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    puts = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": {"Fn::Sub": "${Subject.Arn}/*"}}
    role = {
        "AssumeRolePolicyDocument": {"Statement": [trust]},
        "Policies": [{"PolicyName": "Own", "PolicyDocument": {"Statement": [puts]}}],
    }
    found = verdict("log_files_protected", _bucket() | {"Role": {"Type": "AWS::IAM::Role", "Properties": role}})
    assert found is not None
    assert "beside what people or programs of the app put there" in found.message


@pytest.mark.parametrize("given", [False, True])
def test_a_role_whose_program_is_not_given_the_bucket_leaves_it_out(given: bool) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    puts = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": {"Fn::Sub": "${Subject.Arn}/*"}}
    role = {
        "AssumeRolePolicyDocument": {"Statement": [trust]},
        "Policies": [{"PolicyName": "Own", "PolicyDocument": {"Statement": [puts]}}],
    }
    function: dict[str, Any] = {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}
    if given:
        function["Environment"] = {"Variables": {"BUCKET": {"Ref": "Subject"}}}
    resources = _bucket() | {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
    }
    found = verdict("log_files_protected", resources)
    assert found is not None
    assert ("Role may put objects beside them" in found.message) is not given
    assert to_do("log_files_protected", resources).startswith("The policies of the role leave out") is not given
