from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize("kind", ["AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain"])
@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, "failed"),
        ({"AdvancedSecurityOptions": {"Enabled": False}}, "failed"),
        ({"AdvancedSecurityOptions": {"Enabled": True}}, "passed"),
        ({"AdvancedSecurityOptions": {"Enabled": "true", "AnonymousAuthEnabled": False}}, "passed"),
        ({"AdvancedSecurityOptions": {"Enabled": True, "AnonymousAuthEnabled": True}}, "failed"),
        ({"AdvancedSecurityOptions": {"Enabled": GIVEN}}, "unknown"),
        ({"AdvancedSecurityOptions": GIVEN}, "unknown"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("search_access_fine_grained", one(kind, **properties)) == expected


def test_what_holds_no_phi_is_not_inspected() -> None:
    tags = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]
    assert judged("search_access_fine_grained", one("AWS::OpenSearchService::Domain", Tags=tags)) == "not_inspected"
