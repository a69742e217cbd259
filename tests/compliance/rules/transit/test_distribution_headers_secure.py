from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

DISTRIBUTION = "AWS::CloudFront::Distribution"
BUCKET = {"Id": "1", "S3OriginConfig": {}}
POLICY = {"Ref": "Headers"}


def _site(policy: Any = None, origin: Any = BUCKET) -> dict[str, Any]:
    behavior = {} if policy is None else {"ResponseHeadersPolicyId": policy}
    return one(DISTRIBUTION, DistributionConfig={"Origins": [origin], "DefaultCacheBehavior": behavior})


def _headers(seconds: Any, without: str = "") -> dict[str, Any]:
    headers = {
        "StrictTransportSecurity": {"AccessControlMaxAgeSec": seconds},
        "ReferrerPolicy": {"ReferrerPolicy": "no-referrer", "Override": True},
        "ContentSecurityPolicy": {"ContentSecurityPolicy": "default-src 'self'", "Override": True},
    }
    kept = {name: one for name, one in headers.items() if name != without}
    properties = {"ResponseHeadersPolicyConfig": {"SecurityHeadersConfig": kept}}
    return {"Headers": {"Type": "AWS::CloudFront::ResponseHeadersPolicy", "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_site(POLICY) | _headers(31536000), "passed"),
        (_site(POLICY) | _headers("63072000"), "passed"),
        (_site(POLICY) | _headers(3600), "failed"),
        (_site(POLICY) | _headers(31536000, without="StrictTransportSecurity"), "failed"),
        (_site(POLICY) | _headers(31536000, without="ReferrerPolicy"), "failed"),
        (_site(POLICY) | _headers(31536000, without="ContentSecurityPolicy"), "failed"),
        (_site(POLICY) | _headers(GIVEN), "unknown"),
        (_site(POLICY) | {"Headers": {"Type": "AWS::CloudFront::ResponseHeadersPolicy"}}, "failed"),
        (_site("67f7725c-6f97-4210-82d7-5512b31e9d03"), "passed"),
        (_site("11111111-2222-3333-4444-555555555555"), "unknown"),
        (_site(GIVEN), "unknown"),
        (_site(), "failed"),
        (_site(origin={"Id": "1", "CustomOriginConfig": {}}), "not_applicable"),
        (one(DISTRIBUTION), "not_applicable"),
        (one(DISTRIBUTION, DistributionConfig={"Origins": GIVEN}), "unknown"),
        (_site(origin={"Id": "1", "S3OriginConfig": GIVEN}), "unknown"),
        (one("AWS::CloudFront::ResponseHeadersPolicy"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("distribution_headers_secure", resources) == expected


_OWN = {"Id": "api", "DomainName": "api.clinic.example", "CustomOriginConfig": {"OriginProtocolPolicy": "https-only"}}
_HAS = {"ResponseHeadersPolicyId": "67f7725c-6f97-4210-82d7-5512b31e9d03"}


def _paths(*behaviors: Any, default: Any = None, groups: Any = None, origins: Any = (BUCKET, _OWN)) -> dict[str, Any]:
    config = {
        "Origins": list(origins),
        "DefaultCacheBehavior": {"TargetOriginId": "1", **_HAS} if default is None else default,
        "CacheBehaviors": list(behaviors),
        **({} if groups is None else {"OriginGroups": {"Quantity": 1, "Items": groups}}),
    }
    return one(DISTRIBUTION, DistributionConfig=config)


_DOCS = {"PathPattern": "/docs/*", "TargetOriginId": "1"}
_API = {"PathPattern": "/api/*", "TargetOriginId": "api"}
_GROUP = [{"Id": "both", "Members": {"Quantity": 2, "Items": [{"OriginId": "api"}, {"OriginId": "1"}]}}]
_SITE = {"Fn::Select": [2, {"Fn::Split": ["/", {"Fn::GetAtt": ["Bucket", "WebsiteURL"]}]}]}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_paths(_DOCS), "failed"),
        (_paths({**_DOCS, **_HAS}), "passed"),
        (_paths({**_DOCS, "PathPattern": "/img/*.png"}), "passed"),
        (_paths(_API), "passed"),
        (_paths(_API, default=_API), "not_applicable"),
        (_paths({**_DOCS, "TargetOriginId": "both"}, groups=_GROUP), "failed"),
        (_paths({**_DOCS, "ResponseHeadersPolicyId": GIVEN}), "unknown"),
        (_paths(origins=[{"Id": "1", "DomainName": _SITE, "CustomOriginConfig": {}}], default={}), "failed"),
        (
            _paths(
                origins=[{"Id": "1", "DomainName": "b.s3-website-us-east-1.amazonaws.com", "CustomOriginConfig": {}}],
                default={"TargetOriginId": "1"},
            ),
            "failed",
        ),
    ],
)
def test_each_behavior_that_shows_pages_of_a_bucket(resources: dict[str, Any], expected: str) -> None:
    bucket = {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"WebsiteConfiguration": {}}}}
    assert judged("distribution_headers_secure", resources | bucket) == expected


def test_the_fix_is_about_the_behaviors_that_lack_it() -> None:
    resources = _paths(_API, _DOCS, default={"TargetOriginId": "1"})
    told = to_do("distribution_headers_secure", resources)
    assert "DistributionConfig.DefaultCacheBehavior.ResponseHeadersPolicyId" in told
    assert "DistributionConfig.CacheBehaviors[1].ResponseHeadersPolicyId" in told
    assert "CacheBehaviors[0]" not in told
    found = verdict("distribution_headers_secure", resources)
    assert found is not None
    assert "CacheBehaviors[1] for /docs/* has no ResponseHeadersPolicyId" in found.message


def test_one_policy_is_told_of_once() -> None:
    named = {"ResponseHeadersPolicyId": POLICY}
    resources = _paths({**_DOCS, **named}, default={"TargetOriginId": "1", **named}) | _headers(3600)
    found = verdict("distribution_headers_secure", resources)
    assert found is not None
    assert found.seen == ("The response headers policy does not set StrictTransportSecurity for a year.",)
