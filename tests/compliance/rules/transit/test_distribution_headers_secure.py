from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

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
