from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

API, BUCKET, URL = "AWS::ApiGatewayV2::Api", "AWS::S3::Bucket", "AWS::Lambda::Url"
SITE = "https://portal.example.org"


def _bucket(origins: Any, *methods: Any) -> dict[str, Any]:
    rules = [{"AllowedOrigins": origins, "AllowedMethods": list(methods)}]
    return one(BUCKET, CorsConfiguration={"CorsRules": rules})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(API, CorsConfiguration={"AllowOrigins": [SITE]}), "passed"),
        (one(API), "passed"),
        (one(API, CorsConfiguration={"AllowOrigins": [SITE, "*"]}), "failed"),
        (one(API, CorsConfiguration={"AllowOrigins": ["https://*"]}), "failed"),
        (one(API, CorsConfiguration={"AllowOrigins": [GIVEN]}), "unknown"),
        (one(API, CorsConfiguration=GIVEN), "unknown"),
        (one(URL, Cors={"AllowOrigins": [SITE]}), "passed"),
        (one(URL), "passed"),
        (one(URL, Cors={"AllowOrigins": ["*"]}), "failed"),
        (_bucket([SITE], "PUT"), "passed"),
        (_bucket(["*"], "GET", "HEAD"), "passed"),
        (_bucket(["*"], "GET", "PUT"), "failed"),
        (_bucket(["*"], GIVEN), "unknown"),
        (one(BUCKET, CorsConfiguration={"CorsRules": [GIVEN]}), "unknown"),
        (one(BUCKET), "passed"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("origins_named", resources) == expected
