from __future__ import annotations

import json
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

ALLOW_ALL = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
DENY_STRANGERS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sns:*",
    "Condition": {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    },
}
MOUNTED = {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
OWN_ARN = {"Fn::Sub": "arn:${AWS::Partition}:s3:${AWS::Region}:${AWS::AccountId}:accesspoint/*"}


def _document(statement: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {**statement, **more}}


def _topics(*statements: dict[str, Any]) -> dict[str, Any]:
    return one("AWS::SNS::TopicPolicy", Topics=["topic"], PolicyDocument={"Statement": list(statements)})


def _topic(**statement: Any) -> dict[str, Any]:
    return _topics({"Effect": "Allow", "Action": "sns:Publish", "Resource": "*", **statement})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_topic(Principal="*"), "failed"),
        (_topic(Principal={"AWS": "*"}), "failed"),
        (_topic(Principal={"AWS": ["arn:aws:iam::111122223333:root", "*"]}), "failed"),
        (_topic(NotPrincipal={"AWS": "arn:aws:iam::111122223333:root"}), "failed"),
        (_topic(Principal={"Service": "events.amazonaws.com"}), "passed"),
        (_topic(Principal={"AWS": GIVEN}), "unknown"),
        (_topic(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}), "passed"),
        (_topic(Principal="*", Condition={"StringEquals": {"AWS:SourceOwner": "111122223333"}}), "passed"),
        (_topic(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": GIVEN}}), "passed"),
        (_topic(Principal="*", Condition={"StringLike": {"aws:PrincipalOrgID": "*"}}), "failed"),
        (_topic(Principal="*", Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}}), "failed"),
        (_topic(Principal="*", Condition={"StringLike": {"aws:PrincipalOrgID": GIVEN}}), "unknown"),
        (_topic(Principal="*", Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}), "failed"),
        (_topic(Principal="*", Condition={"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-a1/*"}}), "failed"),
        (_topic(Principal="*", Condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2/*"}}), "passed"),
        (_topic(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::patient-records"}}), "passed"),
        (_topic(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}), "failed"),
        (_topic(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}), "failed"),
        (_topic(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}), "passed"),
        (_topic(Principal="*", Condition={"ArnLike": {"aws:SourceArn": OWN_ARN}}), "passed"),
        (_topic(Principal="*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), "passed"),
        (_topic(Principal="*", Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}), "failed"),
        (_topic(Principal="*", Condition={"IpAddress": {"aws:SourceIp": "::/1"}}), "failed"),
        (_topic(Principal="*", Condition={"IpAddress": {"aws:SourceIp": "anywhere"}}), "unknown"),
        (_topic(Principal="*", Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), "failed"),
        (_topic(Principal="*", Condition={"Bool": {"aws:SecureTransport": "true"}}), "failed"),
        (_topic(Principal="*", Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}), "passed"),
        (_topic(Principal="*", Condition={"Null": {"aws:PrincipalOrgID": "false"}}), "failed"),
        (_topic(Principal="*", Condition=GIVEN), "unknown"),
        (_topic(Principal="*", Condition={"StringEquals": GIVEN}), "unknown"),
        (_topic(Principal="*", Effect="Deny"), "passed"),
        (_topics(ALLOW_ALL, {**DENY_STRANGERS, "Resource": "*"}), "passed"),
        (_topics({**ALLOW_ALL, "Resource": "arn:a"}, {**DENY_STRANGERS, "Resource": ["arn:a", "arn:b"]}), "passed"),
        (_topics({**ALLOW_ALL, "Resource": "arn:a"}, {**DENY_STRANGERS, "Resource": "arn:b"}), "failed"),
        (_topics(ALLOW_ALL, {**DENY_STRANGERS, "Action": "sqs:*"}), "failed"),
        (_topics(ALLOW_ALL, {**DENY_STRANGERS, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}), "failed"),
        (_topics(ALLOW_ALL, {**DENY_STRANGERS, "Principal": {"AWS": "111122223333"}}), "failed"),
        (one("AWS::SNS::TopicPolicy", PolicyDocument=GIVEN), "unknown"),
        (one("AWS::ECR::Repository"), "passed"),
        (one("AWS::EFS::FileSystem", FileSystemPolicy=_document(ALLOW_ALL, Condition=MOUNTED)), "passed"),
        (one("AWS::EFS::FileSystem", FileSystemPolicy=_document(ALLOW_ALL)), "failed"),
        (one("AWS::Logs::ResourcePolicy", PolicyDocument=json.dumps(_document(ALLOW_ALL))), "failed"),
        (one("AWS::Logs::ResourcePolicy", PolicyDocument="not JSON"), "unknown"),
        (
            one("AWS::DynamoDB::GlobalTable", Replicas=[{"ResourcePolicy": {"PolicyDocument": _document(ALLOW_ALL)}}]),
            "failed",
        ),
        (one("AWS::S3::BucketPolicy", Bucket="elsewhere", PolicyDocument=_document(ALLOW_ALL)), "failed"),
        (
            {"Bucket": {"Type": "AWS::S3::Bucket"}}
            | one("AWS::S3::BucketPolicy", Bucket={"Ref": "Bucket"}, PolicyDocument=_document(ALLOW_ALL)),
            "not_applicable",
        ),
        (one("AWS::EC2::VPCEndpoint", PolicyDocument=_document(ALLOW_ALL)), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("resource_policy_not_public", resources) == expected


@pytest.mark.parametrize(
    ("properties", "expected"),
    [({}, "failed"), ({"VpcConfiguration": {"VpcId": "vpc-1a2b3c4d"}}, "passed"), ({"VpcConfiguration": {}}, "failed")],
)
def test_an_access_point_that_a_vpc_alone_reaches_is_not_public(properties: dict[str, Any], expected: str) -> None:
    policy = _document({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": OWN_ARN})
    resources = one("AWS::S3::AccessPoint", Bucket="records", Policy=policy, **properties)
    assert judged("resource_policy_not_public", resources) == expected


DOMAIN = "AWS::OpenSearchService::Domain"
IN_VPC, FINE = {"VPCOptions": {"SubnetIds": ["subnet-1"]}}, {"AdvancedSecurityOptions": {"Enabled": True}}
REQUESTS = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "es:ESHttp*", "Resource": "*"}


@pytest.mark.parametrize(
    ("kind", "domain", "statement", "expected"),
    [
        (DOMAIN, {**IN_VPC, **FINE}, REQUESTS, "passed"),
        ("AWS::Elasticsearch::Domain", {**IN_VPC, **FINE}, REQUESTS, "passed"),
        (DOMAIN, {**IN_VPC, **FINE}, REQUESTS | {"Action": ["es:ESHttpGet", "es:ESHttpPost"]}, "passed"),
        (DOMAIN, {**IN_VPC, **FINE}, REQUESTS | {"Action": "es:*"}, "failed"),
        (DOMAIN, {**IN_VPC, **FINE}, {"NotAction": "es:x", "Effect": "Allow", "Principal": "*"}, "failed"),
        (DOMAIN, FINE, REQUESTS, "failed"),
        (DOMAIN, IN_VPC, REQUESTS, "failed"),
        (DOMAIN, {**IN_VPC, "AdvancedSecurityOptions": {"Enabled": GIVEN}}, REQUESTS, "failed"),
        (DOMAIN, {"VPCOptions": GIVEN, **FINE}, REQUESTS, "failed"),
        (
            DOMAIN,
            {**IN_VPC, "AdvancedSecurityOptions": {"Enabled": True, "AnonymousAuthEnabled": True}},
            REQUESTS,
            "failed",
        ),
    ],
)
def test_a_domain_may_leave_requests_to_its_own_users(
    kind: str, domain: dict[str, Any], statement: dict[str, Any], expected: str
) -> None:
    resources = one(kind, **domain, AccessPolicies={"Statement": [statement]})
    assert judged("resource_policy_not_public", resources) == expected
