from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::SNS::Subscription", {"Protocol": "https"}, "passed"),
        ("AWS::SNS::Subscription", {"Protocol": "http"}, "failed"),
        ("AWS::SNS::Subscription", {"Protocol": "lambda"}, "passed"),
        ("AWS::SNS::Subscription", {"Protocol": GIVEN}, "unknown"),
        ("AWS::SNS::Topic", {}, "not_applicable"),
        ("AWS::SNS::Topic", {"Subscription": [{"Protocol": "sqs"}, {"Protocol": "http"}]}, "failed"),
        ("AWS::SNS::Topic", {"Subscription": [{"Protocol": "sqs"}]}, "passed"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("subscription_tls_required", one(kind, **properties)) == expected
