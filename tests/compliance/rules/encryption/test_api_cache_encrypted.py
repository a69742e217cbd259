from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::ApiGateway::Stage", {}, "not_applicable"),
        ("AWS::ApiGateway::Stage", {"CacheClusterEnabled": False}, "not_applicable"),
        ("AWS::ApiGateway::Stage", {"CacheClusterEnabled": GIVEN}, "unknown"),
        ("AWS::ApiGateway::Stage", {"CacheClusterEnabled": True}, "passed"),
        (
            "AWS::ApiGateway::Stage",
            {"CacheClusterEnabled": True, "MethodSettings": [{"CachingEnabled": True, "CacheDataEncrypted": True}]},
            "passed",
        ),
        (
            "AWS::ApiGateway::Stage",
            {
                "CacheClusterEnabled": True,
                "MethodSettings": [{"CachingEnabled": True, "CacheDataEncrypted": True}, {"CachingEnabled": "true"}],
            },
            "failed",
        ),
        (
            "AWS::ApiGateway::Stage",
            {"CacheClusterEnabled": True, "MethodSettings": [{"CachingEnabled": False}]},
            "passed",
        ),
        (
            "AWS::ApiGateway::Stage",
            {"CacheClusterEnabled": True, "MethodSettings": [{"CachingEnabled": GIVEN}]},
            "unknown",
        ),
        ("AWS::ApiGateway::Stage", {"CacheClusterEnabled": True, "MethodSettings": GIVEN}, "unknown"),
        ("AWS::ApiGateway::Stage", {"CacheClusterEnabled": True, "MethodSettings": [GIVEN]}, "unknown"),
        (
            "AWS::ApiGateway::Deployment",
            {"StageDescription": {"CacheClusterEnabled": True, "CachingEnabled": True}},
            "failed",
        ),
        ("AWS::ApiGateway::Deployment", {}, "not_applicable"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("api_cache_encrypted", one(kind, **properties)) == expected
