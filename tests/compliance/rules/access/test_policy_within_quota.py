from __future__ import annotations

import json
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

RULE = "policy_within_quota"


def document(characters: int, *, resource: Any = "*") -> dict[str, Any]:
    """Return a policy of this many characters without white space."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource, "Sid": ""}
    whole = {"Version": "2012-10-17", "Statement": [statement]}
    statement["Sid"] = "x" * (characters - len(json.dumps(whole, separators=(",", ":"))))
    return whole


@pytest.mark.parametrize(
    ("kind", "name", "quota"),
    [
        ("AWS::IAM::ManagedPolicy", "PolicyDocument", 6144),
        ("AWS::IAM::Policy", "PolicyDocument", 10_240),
        ("AWS::IAM::RolePolicy", "PolicyDocument", 10_240),
        ("AWS::IAM::GroupPolicy", "PolicyDocument", 5120),
        ("AWS::IAM::UserPolicy", "PolicyDocument", 2048),
        ("AWS::KMS::Key", "KeyPolicy", 32_768),
        ("AWS::KMS::ReplicaKey", "KeyPolicy", 32_768),
        ("AWS::S3::BucketPolicy", "PolicyDocument", 20_480),
        ("AWS::SSO::PermissionSet", "InlinePolicy", 32_768),
        ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", 20_480),
        ("AWS::CloudTrail::ResourcePolicy", "ResourcePolicy", 8192),
        ("AWS::EC2::VPCEndpoint", "PolicyDocument", 20_480),
        ("AWS::ECR::Repository", "RepositoryPolicyText", 10_240),
        ("AWS::EFS::FileSystem", "FileSystemPolicy", 20_000),
        ("AWS::Events::EventBus", "Policy", 10_240),
        ("AWS::Logs::ResourcePolicy", "PolicyDocument", 51_200),
        ("AWS::OpenSearchService::Domain", "AccessPolicies", 102_400),
        ("AWS::SNS::TopicInlinePolicy", "PolicyDocument", 30_720),
        ("AWS::SNS::TopicPolicy", "PolicyDocument", 30_720),
        ("AWS::SQS::QueueInlinePolicy", "PolicyDocument", 8192),
        ("AWS::SQS::QueuePolicy", "PolicyDocument", 8192),
    ],
)
def test_quota(kind: str, name: str, quota: int) -> None:
    assert judged(RULE, one(kind, **{name: document(quota)})) == "passed"
    assert judged(RULE, one(kind, **{name: document(quota + 1)})) == "failed"
    assert judged(RULE, one(kind, **{name: GIVEN})) == "not_applicable"
    assert judged(RULE, one(kind)) == "not_applicable"


@pytest.mark.parametrize(
    ("kind", "quota"),
    [
        ("SERVICE_CONTROL_POLICY", 10_240),
        ("RESOURCE_CONTROL_POLICY", 5120),
        ("AISERVICES_OPT_OUT_POLICY", 2500),
        ("TAG_POLICY", 10_000),
        ("BACKUP_POLICY", 10_000),
    ],
)
def test_quota_of_an_organization(kind: str, quota: int) -> None:
    assert judged(RULE, one("AWS::Organizations::Policy", Type=kind, Content=document(quota))) == "passed"
    assert judged(RULE, one("AWS::Organizations::Policy", Type=kind, Content=document(quota + 1))) == "failed"
    text = json.dumps(document(quota + 1))
    assert judged(RULE, one("AWS::Organizations::Policy", Type=kind, Content=text)) == "failed"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        # What stands inside one role counts together.
        (one("AWS::IAM::Role", Policies=[{"PolicyDocument": document(5120)}] * 2), "passed"),
        (one("AWS::IAM::Role", Policies=[{"PolicyDocument": document(5121)}] * 2), "failed"),
        (one("AWS::IAM::Role", Policies=[{"PolicyDocument": document(10_241)}, {"PolicyDocument": GIVEN}]), "failed"),
        (one("AWS::IAM::Role", Policies=[{"PolicyDocument": document(100)}, {"PolicyDocument": GIVEN}]), "passed"),
        (one("AWS::IAM::Role"), "not_applicable"),
        (one("AWS::IAM::User", Policies=[{"PolicyDocument": document(2049)}]), "failed"),
        (one("AWS::IAM::Group", Policies=[{"PolicyDocument": document(5121)}]), "failed"),
        (one("AWS::IAM::Policy", Users=["j.doe"], PolicyDocument=document(2049)), "failed"),
        # What deployment fills in counts nothing, the rest does.
        (one("AWS::IAM::ManagedPolicy", PolicyDocument=document(6144, resource={"Ref": "Given"})), "passed"),
        (
            one("AWS::IAM::ManagedPolicy", PolicyDocument=document(6144, resource={"Fn::Sub": "${AWS::Region}"})),
            "passed",
        ),
        (one("AWS::IAM::ManagedPolicy", PolicyDocument=document(7000, resource={"Ref": "Given"})), "failed"),
        (one("AWS::IAM::ManagedPolicy", PolicyDocument=document(6100, resource=["arn:a b"])), "passed"),
        # Whom a role trusts counts by itself.
        (one("AWS::IAM::Role", AssumeRolePolicyDocument=document(2048)), "passed"),
        (one("AWS::IAM::Role", AssumeRolePolicyDocument=document(2049)), "failed"),
        (one("AWS::IAM::Role", AssumeRolePolicyDocument=GIVEN), "not_applicable"),
        (one("AWS::S3::AccessPoint", Policy=document(90_000)), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged(RULE, resources) == expected


def test_message() -> None:
    found = verdict(RULE, one("AWS::IAM::ManagedPolicy", PolicyDocument=document(7000)))
    assert found
    assert found.message == (
        "PolicyDocument has 7000 characters or more; AWS takes 6144 "
        "(docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."
    )
    assert found.severity is None


def test_what_aws_raises_on_request_is_a_warning() -> None:
    found = verdict(RULE, one("AWS::IAM::Role", AssumeRolePolicyDocument=document(2049)))
    assert found
    assert found.severity == "warning"
    assert found.message.startswith(
        "AssumeRolePolicyDocument has 2049 characters or more; AWS takes 2048 unless the quota was raised ("
    )
    # What is too long in any account weighs more.
    both = one(
        "AWS::IAM::Role",
        AssumeRolePolicyDocument=document(2049),
        Policies=[{"PolicyDocument": document(10_241)}],
    )
    found = verdict(RULE, both)
    assert found
    assert found.severity is None
    assert len(found.seen) == 2
