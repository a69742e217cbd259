from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

VOLUMES = {"Fn::Sub": "arn:${AWS::Partition}:ec2:*:${AWS::AccountId}:volume/*"}


def _document(Effect: str = "Allow", **statement: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": Effect, **statement}]}


def _policy(**statement: Any) -> dict[str, Any]:
    return one("AWS::IAM::ManagedPolicy", PolicyDocument=_document(**statement))


def _conditioned(condition: Any, action: Any = "ec2:CreateTags") -> dict[str, Any]:
    return _policy(Action=action, Resource="*", Condition=condition)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_policy(Action="ec2:CreateTags", Resource="*"), "failed"),
        (_policy(Action=["ec2:DescribeTags", "EC2:deletetags"], Resource="*"), "failed"),
        (_policy(Action="ec2:CreateTags", Resource=VOLUMES), "failed"),
        (_policy(Action="ec2:*Tags", Resource=VOLUMES), "failed"),
        (_policy(Action="rds:AddTagsToResource", Resource="arn:aws:rds:*:*:*"), "failed"),
        (_policy(Action="rds:RemoveTagsFromResource", Resource="arn:aws:rds:*:111122223333:db:*"), "failed"),
        (_policy(Action="dynamodb:UntagResource", Resource="arn:aws:dynamodb:*:*:table/*"), "failed"),
        (_policy(Action="s3:PutBucketTagging", Resource="arn:aws:s3:::*"), "failed"),
        (_policy(Action="s3:PutBucketTagging", Resource="arn:aws:s3:::records"), "passed"),
        (_policy(Action="dynamodb:TagResource", Resource="arn:aws:dynamodb:*:*:table/clinic-*"), "passed"),
        (_policy(Action="rds:AddTagsToResource", Resource="arn:aws:rds:*:111122223333:snapshot:*"), "passed"),
        (_policy(Action="ec2:CreateTags", Resource="arn:aws:ec2:*::snapshot/*"), "passed"),
        (_policy(Action="ec2:CreateTags", Resource="arn:aws:ec2:*:*:network-interface/*"), "passed"),
        # Does nothing alone, and takes no resource.
        (_policy(Action=["tag:TagResources", "tag:UntagResources"], Resource="*"), "passed"),
        (_policy(Action=["sqs:TagQueue", "eks:TagResource", "ec2:DescribeTags"], Resource="*"), "passed"),
        # These are GrantsBounded's.
        (_policy(Action="ec2:*", Resource="*"), "passed"),
        (_policy(Action="ec2:*Tags", Resource="*"), "passed"),
        (_policy(Action="ec2:CreateTags", Resource=GIVEN), "passed"),
        (_policy(Action=GIVEN, Resource="*"), "unknown"),
        (_policy(Action=GIVEN, Resource="arn:aws:ec2:us-east-1:111122223333:volume/vol-1"), "passed"),
        (_policy(Action=[GIVEN, "ec2:CreateTags"], Resource="*"), "failed"),
        (_policy(Effect="Deny", Action="ec2:CreateTags", Resource="*"), "passed"),
        (_policy(Action=7, Resource={"a": 1}, Condition=[1]), "passed"),
        # GrantsBounded says that it cannot be read.
        (one("AWS::IAM::ManagedPolicy", PolicyDocument=GIVEN), "not_applicable"),
        (
            one("AWS::IAM::Role", Policies=[{"PolicyDocument": _document(Action="ec2:CreateTags", Resource="*")}]),
            "failed",
        ),
        (one("AWS::SSO::PermissionSet", InlinePolicy=_document(Action="ec2:DeleteTags", Resource="*")), "failed"),
        (one("AWS::IAM::Role"), "not_applicable"),
        (one("AWS::S3::BucketPolicy"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("tags_protected", resources) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"ec2:CreateAction": "CreateVolume"}}, "passed"),
        ({"StringEquals": {"ec2:CreateAction": GIVEN}}, "passed"),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["Name"]}}, "passed"),
        ({"StringLike": {"aws:ResourceTag/cluster": "*"}}, "passed"),
        ({"Null": {"aws:RequestTag/owner": "false"}}, "passed"),
        ({"Bool": {"aws:ViaAWSService": "true"}}, "passed"),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, "passed"),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, "passed"),
        ({"StringLike": {"aws:PrincipalArn": "*"}, "StringEquals": {"aws:PrincipalTag/team": "ops"}}, "passed"),
        ({"StringNotEquals": {"aws:ResourceTag/kept": "true"}}, "passed"),
        ({}, "failed"),
        ({"StringEquals": {}}, "failed"),
        ({"Bool": {"aws:SecureTransport": "true"}}, "failed"),
        ({"Bool": {"aws:SecureTransport": True}}, "failed"),
        ({"StringLike": {"aws:RequestedRegion": ["us-east-1", "*"]}}, "failed"),
        ({"StringLikeIfExists": {"aws:ResourceTag/cluster": "*"}}, "failed"),
        ({"ForAllValues:StringLike": {"aws:TagKeys": "*"}}, "failed"),
        ({"ArnLike": {"aws:PrincipalArn": "*"}}, "failed"),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, "failed"),
        ({"Null": {"aws:PrincipalArn": "false"}}, "failed"),
        ({"StringLike": {"aws:PrincipalArn": GIVEN}}, "unknown"),
        (GIVEN, "unknown"),
        ({"StringEquals": GIVEN}, "unknown"),
        ("always", "unknown"),
        ({"StringEquals": ["a"]}, "unknown"),
    ],
)
def test_conditions(condition: Any, expected: str) -> None:
    assert judged("tags_protected", _conditioned(condition)) == expected


def _role(*services: str, **properties: Any) -> dict[str, Any]:
    trust = _document(Action="sts:AssumeRole", Principal={"Service": list(services)})
    return {"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, **properties}}}


TAGGING = _document(Action="rds:AddTagsToResource", Resource="*")
VOLUME_TAGGING = _document(Action="ec2:CreateTags", Resource=VOLUMES)
HELD = {"PolicyDocument": TAGGING, "Roles": [{"Ref": "Role"}]}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::IAM::ManagedPolicy", **HELD) | _role("backup.amazonaws.com"), "passed"),
        (one("AWS::IAM::Policy", **HELD) | _role("backup.amazonaws.com"), "passed"),
        (one("AWS::IAM::Policy", **HELD) | _role("backup.amazonaws.com", "lambda.amazonaws.com"), "failed"),
        (one("AWS::IAM::ManagedPolicy", **HELD) | _role("lambda.amazonaws.com"), "failed"),
        (one("AWS::IAM::ManagedPolicy", **HELD, Groups=["Staff"]) | _role("backup.amazonaws.com"), "failed"),
        (one("AWS::IAM::ManagedPolicy", **{**HELD, "Roles": [GIVEN]}) | _role("backup.amazonaws.com"), "failed"),
        (
            one("AWS::IAM::RolePolicy", PolicyDocument=TAGGING, RoleName={"Ref": "Role"})
            | _role("backup.amazonaws.com"),
            "passed",
        ),
        (
            one("AWS::IAM::ManagedPolicy", PolicyDocument=TAGGING)
            | _role("backup.amazonaws.com", ManagedPolicyArns=[{"Ref": "Subject"}]),
            "passed",
        ),
        (
            one("AWS::IAM::Policy", **{**HELD, "PolicyDocument": VOLUME_TAGGING}) | _role("backup.amazonaws.com"),
            "failed",
        ),
        (one("AWS::IAM::ManagedPolicy", **HELD) | _role("x", AssumeRolePolicyDocument=GIVEN), "failed"),
        (one("AWS::IAM::ManagedPolicy", **HELD) | _role("x", AssumeRolePolicyDocument={}), "failed"),
    ],
)
def test_aws_backup_tags_what_it_restores(resources: dict[str, Any], expected: str) -> None:
    assert judged("tags_protected", resources) == expected
