from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

ROLE = "AWS::IAM::Role"
POOL = {"Federated": "cognito-identity.amazonaws.com"}
OWN = "arn:aws:s3:::records/${cognito-identity.amazonaws.com:sub}/*"
ALL = "arn:aws:s3:::records/*"
STREAM = "arn:aws:kinesis:us-east-1:111122223333:stream/chats"
TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/visits"


def _trust(principal: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity"}
    return {"Statement": [statement]}


def _allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}]}


def _role(document: Any, principal: Any = POOL) -> dict[str, Any]:
    policies = [{"PolicyName": "a", "PolicyDocument": document}]
    return one(ROLE, AssumeRolePolicyDocument=_trust(principal), Policies=policies)


PREFIX = {"StringLike": {"s3:prefix": ["${cognito-identity.amazonaws.com:sub}/*"]}}
LEADING = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${cognito-identity.amazonaws.com:sub}"]}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_role(_allow("s3:GetObject", OWN)), "passed"),
        (
            _role(_allow("s3:GetObject", {"Fn::Sub": "arn:aws:s3:::a/${!cognito-identity.amazonaws.com:sub}/*"})),
            "passed",
        ),
        (_role(_allow("s3:GetObject", "arn:aws:s3:::records/${aws:PrincipalTag/patient}/*")), "passed"),
        (_role(_allow("s3:GetObject", ALL)), "failed"),
        (_role(_allow("s3:Get*", ALL)), "failed"),
        (_role(_allow("s3:*", ALL)), "passed"),
        (_role(_allow(["s3:GetObject", "s3:PutObject"], [OWN, ALL])), "failed"),
        (_role(_allow("dynamodb:Query", TABLE)), "failed"),
        (_role(_allow("dynamodb:Query", TABLE, Condition=LEADING)), "passed"),
        (_role(_allow("dynamodb:Query", TABLE, Condition=GIVEN)), "unknown"),
        (_role(_allow("execute-api:Invoke", "*")), "passed"),
        (_role(_allow("s3:ListBucket", "arn:aws:s3:::records")), "failed"),
        (_role(_allow("s3:ListBucket", "arn:aws:s3:::records", Condition=PREFIX)), "passed"),
        (_role(_allow("s3:ListAllMyBuckets", "*")), "passed"),
        (_role(_allow("cognito-idp:ListUsers", "arn:aws:cognito-idp:us-east-1:111122223333:userpool/a")), "failed"),
        (_role(_allow("cognito-idp:GetUser", "*")), "passed"),
        (_role(_allow("kinesis:GetRecords", STREAM)), "failed"),
        (_role(_allow("kinesis:PutRecord", STREAM)), "passed"),
        (_role(_allow("s3:GetObject", ALL), {"Service": "lambda.amazonaws.com"}), "not_applicable"),
        (_role(_allow("s3:GetObject", ALL), {"Federated": "token.actions.githubusercontent.com"}), "not_applicable"),
        (_role(GIVEN), "not_applicable"),
        (one(ROLE, AssumeRolePolicyDocument=GIVEN), "not_applicable"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("pool_identities_kept_apart", resources) == expected


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::IAM::Policy", {"Roles": [{"Ref": "Subject"}]}, "failed"),
        ("AWS::IAM::ManagedPolicy", {"Roles": [{"Ref": "Subject"}]}, "failed"),
        ("AWS::IAM::Policy", {"Roles": ["other"]}, "passed"),
    ],
)
def test_policies_beside_the_role(kind: str, properties: dict[str, Any], expected: str) -> None:
    beside = {"Type": kind, "Properties": {"PolicyDocument": _allow("s3:GetObject", ALL), **properties}}
    resources = one(ROLE, AssumeRolePolicyDocument=_trust(POOL)) | {"Beside": beside}
    assert judged("pool_identities_kept_apart", resources) == expected


SUBJECT_ARN = {"Fn::GetAtt": ["Subject", "Arn"]}


@pytest.mark.parametrize(
    ("kind", "path", "statement", "expected"),
    [
        ("AWS::S3::BucketPolicy", "PolicyDocument", {"Action": "s3:GetObject", "Resource": ALL}, "failed"),
        ("AWS::S3::BucketPolicy", "PolicyDocument", {"Action": "s3:GetObject", "Resource": OWN}, "passed"),
        (
            "AWS::S3::BucketPolicy",
            "PolicyDocument",
            {"Action": "s3:GetObject", "Resource": ALL, "Condition": GIVEN},
            "unknown",
        ),
        (
            "AWS::S3::BucketPolicy",
            "PolicyDocument",
            {"Action": "s3:GetObject", "Resource": ALL, "Effect": "Deny"},
            "passed",
        ),
        (
            "AWS::S3::BucketPolicy",
            "PolicyDocument",
            {"Action": "s3:GetObject", "Resource": ALL, "Principal": {"AWS": "arn:aws:iam::111122223333:role/other"}},
            "passed",
        ),
        ("AWS::S3::AccessPoint", "Policy", {"Action": "s3:PutObject", "Resource": ALL}, "failed"),
        ("AWS::DynamoDB::Table", "ResourcePolicy", {"Action": "dynamodb:GetItem", "Resource": "*"}, "failed"),
        (
            "AWS::Kinesis::ResourcePolicy",
            "ResourcePolicy",
            {"Action": "kinesis:GetRecords", "Resource": STREAM},
            "failed",
        ),
    ],
)
def test_policies_of_others_that_let_the_role_in(
    kind: str, path: str, statement: dict[str, Any], expected: str
) -> None:
    document: Any = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": SUBJECT_ARN}, **statement}]}
    if kind == "AWS::DynamoDB::Table":
        document = {"PolicyDocument": document}
    holder = {"Type": kind, "Properties": {path: document}}
    resources = one(ROLE, AssumeRolePolicyDocument=_trust(POOL)) | {"Records": holder}
    found = verdict("pool_identities_kept_apart", resources)
    assert found is not None
    assert found.outcome == expected
    assert ("of Records" in found.message) is (expected in ("failed", "unknown"))


def test_a_boundary_grants_nothing() -> None:
    boundary = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": _allow("s3:*", "*")}}
    role = one(ROLE, AssumeRolePolicyDocument=_trust(POOL), PermissionsBoundary={"Ref": "Boundary"})
    assert judged("pool_identities_kept_apart", role | {"Boundary": boundary}) == "passed"


def _of_group(*, pool: dict[str, Any] | None = None, **attached: Any) -> dict[str, Any]:
    """Return a role that reaches all records and is a group's, beside its pool and what else the pool gives roles."""
    trust = _trust(POOL)
    trust["Statement"][0]["Condition"] = {"StringEquals": {"cognito-identity.amazonaws.com:aud": {"Ref": "Pool"}}}
    policies = [{"PolicyName": "a", "PolicyDocument": _allow("s3:PutObject", ALL)}]
    return one(ROLE, AssumeRolePolicyDocument=trust, Policies=policies) | {
        "Pool": {"Type": "AWS::Cognito::IdentityPool", "Properties": pool or {}},
        "Attached": {"Type": "AWS::Cognito::IdentityPoolRoleAttachment", "Properties": attached},
    }


GROUP = {"Group": {"Type": "AWS::Cognito::UserPoolGroup", "Properties": {"RoleArn": SUBJECT_ARN}}}
RULES = {"m": {"Type": "Rules", "RulesConfiguration": {"Rules": [{"Claim": "a", "RoleARN": SUBJECT_ARN}]}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_of_group() | GROUP, "not_applicable"),
        (_of_group(Roles={"authenticated": "arn:aws:iam::111122223333:role/other"}) | GROUP, "not_applicable"),
        (_of_group(RoleMappings=RULES), "not_applicable"),
        (_of_group(pool={"AllowClassicFlow": False}) | GROUP, "not_applicable"),
        (_of_group(), "failed"),
        # Guests do not sign in.
        (_of_group(Roles={"unauthenticated": SUBJECT_ARN}), "not_applicable"),
        (_of_group(Roles={"unauthenticated": SUBJECT_ARN, "authenticated": SUBJECT_ARN}), "failed"),
        (_of_group(Roles={"authenticated": SUBJECT_ARN}) | GROUP, "failed"),
        (_of_group(Roles={"authenticated": SUBJECT_ARN}, RoleMappings=RULES), "failed"),
        (_of_group(pool={"AllowClassicFlow": True}) | GROUP, "failed"),
        (_of_group(pool={"AllowClassicFlow": GIVEN}) | GROUP, "failed"),
        (_role(_allow("s3:PutObject", ALL)) | GROUP, "failed"),
    ],
)
def test_a_role_of_a_group_is_not_for_whoever_signs_in(resources: dict[str, Any], expected: str) -> None:
    assert judged("pool_identities_kept_apart", resources) == expected
