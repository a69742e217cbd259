from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

SELECTED = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def _bucket(*rules: Any, algorithm: str = "aws:kms") -> dict[str, Any]:
    encryption = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}]
    return one(
        "AWS::S3::Bucket",
        BucketEncryption={"ServerSideEncryptionConfiguration": encryption},
        ReplicationConfiguration={"Role": "r", "Rules": list(rules)},
    )


def _rule(key: Any = KEY, selected: Any = SELECTED, status: str = "Enabled") -> dict[str, Any]:
    destination = {"Bucket": "arn:aws:s3:::replica", "EncryptionConfiguration": {"ReplicaKmsKeyID": key}}
    return {"Status": status, "Destination": destination, "SourceSelectionCriteria": selected}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_bucket(_rule()), "passed"),
        (_bucket(_rule(selected={"SseKmsEncryptedObjects": {"Status": "Disabled"}})), "failed"),
        (_bucket(_rule(selected={})), "failed"),
        (_bucket(_rule("alias/aws/s3")), "failed"),
        (_bucket(_rule(None)), "failed"),
        (_bucket(_rule(), _rule(selected={})), "failed"),
        (_bucket(_rule(), _rule(selected={}, status="Disabled")), "passed"),
        (_bucket(_rule(status="Disabled")), "failed"),
        (_bucket(_rule(status="Disabled"), algorithm="AES256"), "failed"),
        (_bucket(_rule(selected=GIVEN)), "unknown"),
        (_bucket(GIVEN), "unknown"),
        (_bucket(_rule(selected={}), algorithm="AES256"), "not_applicable"),
        (_bucket(), "not_applicable"),
        (one("AWS::S3::BucketPolicy"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("replication_complete", resources) == expected
