from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("AWS::EC2::Volume", {"Encrypted": True, "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}, "passed"),
        ("AWS::EC2::Volume", {"Encrypted": True}, "failed"),
        ("AWS::EC2::Volume", {"Encrypted": True, "KmsKeyId": "alias/aws/ebs"}, "failed"),
        ("AWS::EC2::Volume", {"Encrypted": True, "KmsKeyId": GIVEN}, "unknown"),
        ("AWS::EC2::Volume", {"KmsKeyId": "alias/own"}, "not_applicable"),
        (
            "AWS::EC2::LaunchTemplate",
            {
                "LaunchTemplateData": {
                    "BlockDeviceMappings": [
                        {"Ebs": {"Encrypted": True, "KmsKeyId": "alias/own"}},
                        {"Ebs": {"Encrypted": True}},
                    ]
                }
            },
            "failed",
        ),
        ("AWS::EC2::Instance", {"BlockDeviceMappings": [{"Ebs": GIVEN}]}, "unknown"),
        ("AWS::EC2::Instance", {}, "not_applicable"),
        ("AWS::AutoScaling::LaunchConfiguration", {}, "not_inspected"),
        ("AWS::EC2::SpotFleet", {}, "not_inspected"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("volume_encrypted_with_customer_key", one(kind, **properties)) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555", "passed"),
        ("alias/aws/ebs", "failed"),
        (None, "failed"),
        (GIVEN, "unknown"),
    ],
)
def test_the_account_s_default(key: Any, expected: str) -> None:
    resources = one("Custom::EbsEncryption", KmsKeyId=key)
    assert judged("volume_encrypted_with_customer_key", resources) == expected
