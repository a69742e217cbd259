from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

BUCKET = "AWS::S3::Bucket"
DOMAIN = {"Fn::GetAtt": ["Files", "RegionalDomainName"]}
SITE = {"DomainName": "site.example.org", "Id": "site", "CustomOriginConfig": {"OriginProtocolPolicy": "https-only"}}


def _app(behavior: dict[str, Any], *, action: str = "s3:PutObject", bucket: Any = None, **more: Any) -> dict[str, Any]:
    """Return a distribution before a bucket that a function may do something with."""
    config = {
        "Origins": [{"DomainName": DOMAIN, "Id": "files", "S3OriginConfig": {}}, SITE],
        "DefaultCacheBehavior": {"TargetOriginId": "files", **behavior},
        **more,
    }
    objects = {"Fn::Sub": "${Files.Arn}/*"}
    policy = {
        "PolicyName": "p",
        "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": action, "Resource": objects}]},
    }
    return one("AWS::CloudFront::Distribution", DistributionConfig=config) | {
        "Files": {"Type": BUCKET, "Properties": bucket or {}},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"Policies": [policy]},
        },
        "Writer": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }


def _at(event: str, kind: str = "LambdaFunctionAssociations") -> dict[str, Any]:
    return {kind: [{"EventType": event}]}


ELSEWHERE = {"TargetOriginId": "site"}
NO_PHI = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_app({}), "failed"),
        (_app({"TrustedKeyGroups": []}), "failed"),
        (_app({"TrustedKeyGroups": ["k"]}), "passed"),
        (_app({"TrustedKeyGroups": [GIVEN]}), "passed"),
        (_app({"TrustedSigners": ["self"]}), "passed"),
        (_app(_at("viewer-request")), "passed"),
        (_app(_at("origin-request")), "passed"),
        (_app(_at("viewer-request", "FunctionAssociations")), "passed"),
        (_app(_at("viewer-response", "FunctionAssociations")), "failed"),
        (_app({}, action="s3:GetObject"), "not_applicable"),
        (_app({}, bucket={"Tags": NO_PHI}), "not_applicable"),
        (_app({}, DefaultRootObject="index.html"), "not_applicable"),
        (_app(ELSEWHERE), "not_applicable"),
        (_app(ELSEWHERE, CacheBehaviors=[{"PathPattern": "/files/*", "TargetOriginId": "files"}]), "failed"),
        (
            _app(
                ELSEWHERE,
                CacheBehaviors=[{"PathPattern": "/files/*", "TargetOriginId": "files", "TrustedKeyGroups": ["k"]}],
                DefaultRootObject="index.html",
            ),
            "passed",
        ),
        (one("AWS::CloudFront::Distribution"), "not_applicable"),
        (one("AWS::CloudFront::Distribution", DistributionConfig=GIVEN), "unknown"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("private_files_signed", resources) == expected


def test_the_behavior_and_the_bucket_are_named() -> None:
    behaviors = [{"PathPattern": "/files/*", "TargetOriginId": "files"}]
    found = verdict("private_files_signed", _app(ELSEWHERE, CacheBehaviors=behaviors))
    assert found is not None
    assert found.message.startswith("The behavior for /files/* reads Files, where the app puts files")
