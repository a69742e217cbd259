from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        (
            "AWS::Glue::SecurityConfiguration",
            {
                "EncryptionConfiguration": {
                    "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS"}],
                    "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS"},
                    "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS"},
                }
            },
            "passed",
        ),
        (
            "AWS::Glue::SecurityConfiguration",
            {
                "EncryptionConfiguration": {
                    "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS"}],
                    "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS"},
                    "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "DISABLED"},
                }
            },
            "failed",
        ),
        (
            "AWS::Glue::SecurityConfiguration",
            {
                "EncryptionConfiguration": {
                    "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS"}],
                    "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS"},
                    "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": GIVEN},
                }
            },
            "unknown",
        ),
        ("AWS::Glue::SecurityConfiguration", {"EncryptionConfiguration": {}}, "failed"),
        (
            "AWS::Glue::DataCatalogEncryptionSettings",
            {
                "DataCatalogEncryptionSettings": {
                    "EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS"},
                    "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True},
                }
            },
            "passed",
        ),
        (
            "AWS::Glue::DataCatalogEncryptionSettings",
            {"DataCatalogEncryptionSettings": {"EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS"}}},
            "failed",
        ),
        ("AWS::Glue::Job", {"SecurityConfiguration": "secure"}, "passed"),
        ("AWS::Glue::Job", {}, "failed"),
        ("AWS::Glue::Crawler", {}, "failed"),
        ("AWS::Glue::DevEndpoint", {}, "failed"),
        ("AWS::EMR::Cluster", {}, "failed"),
        ("AWS::EMR::Cluster", {"SecurityConfiguration": GIVEN}, "passed"),
        (
            "AWS::EMR::SecurityConfiguration",
            {"SecurityConfiguration": {"EncryptionConfiguration": {"EnableAtRestEncryption": True}}},
            "passed",
        ),
        (
            "AWS::EMR::SecurityConfiguration",
            {"SecurityConfiguration": '{"EncryptionConfiguration": {"EnableAtRestEncryption": false}}'},
            "failed",
        ),
        ("AWS::EMR::SecurityConfiguration", {"SecurityConfiguration": "{"}, "unknown"),
        (
            "AWS::Athena::WorkGroup",
            {
                "WorkGroupConfiguration": {
                    "ResultConfiguration": {"EncryptionConfiguration": {"EncryptionOption": "SSE_KMS"}}
                }
            },
            "passed",
        ),
        (
            "AWS::Athena::WorkGroup",
            {
                "WorkGroupConfiguration": {
                    "EnforceWorkGroupConfiguration": False,
                    "ResultConfiguration": {"EncryptionConfiguration": {"EncryptionOption": "SSE_KMS"}},
                }
            },
            "failed",
        ),
        (
            "AWS::Athena::WorkGroup",
            {"WorkGroupConfiguration": {"ManagedQueryResultsConfiguration": {"Enabled": True}}},
            "passed",
        ),
        ("AWS::Athena::WorkGroup", {}, "failed"),
    ],
)
def test_outcome(kind: str, properties: dict[str, Any], expected: str) -> None:
    assert judged("job_data_encrypted", one(kind, **properties)) == expected
