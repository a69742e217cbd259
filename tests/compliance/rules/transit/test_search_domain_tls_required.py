from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (
            "AWS::OpenSearchService::Domain",
            {
                "DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
                "NodeToNodeEncryptionOptions": {"Enabled": True},
            },
            "passed",
        ),
        (
            "AWS::Elasticsearch::Domain",
            {
                "DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"},
                "NodeToNodeEncryptionOptions": {"Enabled": True},
            },
            "passed",
        ),
        (
            "AWS::OpenSearchService::Domain",
            {
                "DomainEndpointOptions": {"EnforceHTTPS": False, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
                "NodeToNodeEncryptionOptions": {"Enabled": True},
            },
            "failed",
        ),
        (
            "AWS::OpenSearchService::Domain",
            {
                "DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
                "NodeToNodeEncryptionOptions": {"Enabled": "false"},
            },
            "failed",
        ),
        (
            "AWS::OpenSearchService::Domain",
            {
                "DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-0-2019-07"},
                "NodeToNodeEncryptionOptions": {"Enabled": True},
            },
            "failed",
        ),
        (
            "AWS::OpenSearchService::Domain",
            {
                "DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": None},
                "NodeToNodeEncryptionOptions": {"Enabled": True},
            },
            "failed",
        ),
        ("AWS::OpenSearchService::Domain", {}, "failed"),
        (
            "AWS::OpenSearchService::Domain",
            {
                "DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": GIVEN},
                "NodeToNodeEncryptionOptions": {"Enabled": True},
            },
            "unknown",
        ),
        (
            "AWS::OpenSearchService::Domain",
            {
                "DomainEndpointOptions": {"EnforceHTTPS": GIVEN, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
                "NodeToNodeEncryptionOptions": {"Enabled": True},
            },
            "unknown",
        ),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("search_domain_tls_required", one(kind, **properties)) == expected
