from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do, verdict

SERVER = "AWS::Transfer::Server"
CURRENT = {"SecurityPolicyName": "TransferSecurityPolicy-2025-03"}


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        # CloudFormation takes the policy of 2018.
        (SERVER, {}, "failed"),
        (SERVER, {"SecurityPolicyName": "TransferSecurityPolicy-2018-11"}, "failed"),
        (SERVER, {"SecurityPolicyName": "TransferSecurityPolicy-Restricted-2018-11"}, "failed"),
        (SERVER, {"SecurityPolicyName": "TransferSecurityPolicy-2020-06"}, "failed"),
        (SERVER, {"SecurityPolicyName": "TransferSecurityPolicy-Restricted-2024-06"}, "passed"),
        (SERVER, {"SecurityPolicyName": "TransferSecurityPolicy-FIPS-2025-03"}, "passed"),
        (SERVER, {"SecurityPolicyName": GIVEN}, "unknown"),
        (SERVER, CURRENT, "passed"),
        (SERVER, {"Protocols": ["SFTP", "FTPS"], **CURRENT}, "passed"),
        (SERVER, {"Protocols": ["SFTP", "FTP"], **CURRENT}, "failed"),
        (SERVER, {"Protocols": GIVEN, **CURRENT}, "unknown"),
        (SERVER, {"Protocols": [GIVEN], **CURRENT}, "unknown"),
        (
            "AWS::Transfer::Connector",
            {
                "Url": "sftp://partner.example",
                "SecurityPolicyName": "TransferSFTPConnectorSecurityPolicy-2023-07",
            },
            "failed",
        ),
        (
            "AWS::Transfer::Connector",
            {
                "Url": "sftp://partner.example",
                "SecurityPolicyName": "TransferSFTPConnectorSecurityPolicy-2024-03",
            },
            "passed",
        ),
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


@pytest.mark.parametrize(
    ("properties", "severity"),
    [
        ({"SecurityPolicyName": "TransferSecurityPolicy-FIPS-2024-01"}, "warning"),
        ({"SecurityPolicyName": "TransferSecurityPolicy-FIPS-2024-01", "Protocols": ["FTP"]}, None),
        ({"SecurityPolicyName": "TransferSecurityPolicy-2018-11"}, None),
    ],
)
def test_signatures_with_sha_1_are_a_warning(properties: dict[str, Any], severity: str | None) -> None:
    found = verdict("file_transfer_encrypted", one(SERVER, **properties))
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", severity)


OF_CLEAR, NONE = "http://partner.example", {"EncryptionAlgorithm": "NONE"}
ALGORITHM, POLICY = "As2Config.EncryptionAlgorithm: AES256_CBC", "TransferSFTPConnectorSecurityPolicy-2024-03"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"Url": OF_CLEAR, "As2Config": NONE}, ["Url: ", ALGORITHM]),
        ({"Url": OF_CLEAR, "As2Config": {"EncryptionAlgorithm": "AES256_CBC"}}, ["Url: "]),
        ({"Url": "https://partner.example", "As2Config": NONE}, [ALGORITHM]),
        (
            {"Url": "sftp://partner.example", "SecurityPolicyName": "TransferSFTPConnectorSecurityPolicy-2023-07"},
            [POLICY],
        ),
    ],
)
def test_a_connector_is_told_what_it_lacks_alone(given: dict[str, Any], told: list[str]) -> None:
    fix = to_do("file_transfer_encrypted", one("AWS::Transfer::Connector", **given))
    assert [part for part in ("Url: ", ALGORITHM, POLICY) if part in fix] == told
