from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::Transfer::Server", {}, "passed"),
        ("AWS::Transfer::Server", {"Protocols": ["SFTP", "FTPS"]}, "passed"),
        ("AWS::Transfer::Server", {"Protocols": ["SFTP", "FTP"]}, "failed"),
        ("AWS::Transfer::Server", {"Protocols": GIVEN}, "unknown"),
        ("AWS::Transfer::Server", {"Protocols": [GIVEN]}, "unknown"),
        ("AWS::Transfer::Connector", {"Url": "sftp://partner.example"}, "passed"),
        ("AWS::Transfer::Connector", {"Url": "http://partner.example"}, "failed"),
        ("AWS::Transfer::Connector", {"Url": GIVEN}, "unknown"),
        (
            "AWS::Transfer::Connector",
            {"Url": "https://partner.example", "As2Config": {"EncryptionAlgorithm": "NONE"}},
            "failed",
        ),
        (
            "AWS::Transfer::Connector",
            {"Url": "https://partner.example", "As2Config": {"EncryptionAlgorithm": "AES256_CBC"}},
            "passed",
        ),
        (
            "AWS::Transfer::Connector",
            {"Url": "https://partner.example", "As2Config": {"EncryptionAlgorithm": GIVEN}},
            "unknown",
        ),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("file_transfer_encrypted", one(kind, **properties)) == expected
