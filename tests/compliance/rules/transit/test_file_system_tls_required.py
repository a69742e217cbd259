from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

FILES = "AWS::EFS::FileSystem"
INSECURE = {"aws:SecureTransport": "false"}
BY_MOUNT = {"elasticfilesystem:AccessedViaMountTarget": "true"}


def denied(**changes: Any) -> dict[str, Any]:
    statement = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "*", "Condition": {"Bool": INSECURE}}
    return one(FILES, FileSystemPolicy={"Statement": [{**statement, **changes}]})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(FILES), "failed"),
        (denied(), "passed"),
        (denied(Resource="*"), "passed"),
        (denied(Action="elasticfilesystem:*"), "passed"),
        (denied(Action=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]), "passed"),
        (denied(Action="elasticfilesystem:ClientMount"), "failed"),
        (denied(Condition={"Bool": {**INSECURE, **BY_MOUNT}}), "passed"),
        (denied(Condition={"Bool": INSECURE, "StringEquals": {"aws:SourceVpc": "vpc-1"}}), "failed"),
        (denied(Condition={"Bool": {**INSECURE, "elasticfilesystem:AccessedViaMountTarget": "false"}}), "failed"),
        (denied(Condition={"Bool": BY_MOUNT}), "failed"),
        (denied(Condition=GIVEN), "unknown"),
        (denied(Principal={"AWS": "arn:aws:iam::111122223333:root"}), "failed"),
        (denied(Effect="Allow"), "failed"),
        (one(FILES, FileSystemPolicy=GIVEN), "unknown"),
        (one(FILES, FileSystemPolicy={"Statement": []}), "failed"),
        (one("AWS::EFS::AccessPoint"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("file_system_tls_required", resources) == expected
