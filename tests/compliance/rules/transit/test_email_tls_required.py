from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::SES::ConfigurationSet", {"DeliveryOptions": {"TlsPolicy": "REQUIRE"}}, "passed"),
        ("AWS::SES::ConfigurationSet", {"DeliveryOptions": {"TlsPolicy": "OPTIONAL"}}, "failed"),
        ("AWS::SES::ConfigurationSet", {}, "failed"),
        ("AWS::SES::ConfigurationSet", {"DeliveryOptions": GIVEN}, "unknown"),
        ("AWS::SES::ReceiptRule", {"Rule": {"TlsPolicy": "Require"}}, "passed"),
        ("AWS::SES::ReceiptRule", {"Rule": {}}, "failed"),
        ("AWS::SES::MailManagerIngressPoint", {"TlsPolicy": "REQUIRED"}, "passed"),
        ("AWS::SES::MailManagerIngressPoint", {"TlsPolicy": "OPTIONAL"}, "failed"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("email_tls_required", one(kind, **properties)) == expected
