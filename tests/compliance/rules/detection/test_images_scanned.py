from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

SCANNING = {"ImageScanningConfiguration": {"ScanOnPush": True}}


@pytest.mark.parametrize(
    ("properties", "rules", "expected"),
    [
        (SCANNING, None, "passed"),
        ({"ImageScanningConfiguration": {"ScanOnPush": False}}, None, "failed"),
        ({}, None, "failed"),
        ({"ImageScanningConfiguration": {"ScanOnPush": GIVEN}}, None, "unknown"),
        ({}, [{"ScanFrequency": "SCAN_ON_PUSH", "RepositoryFilters": []}], "passed"),
        ({}, [], "failed"),
        ({}, GIVEN, "unknown"),
    ],
)
def test_outcome(properties: dict[str, Any], rules: Any, expected: str) -> None:
    registry = {"Type": "AWS::ECR::RegistryScanningConfiguration", "Properties": {"ScanType": "BASIC", "Rules": rules}}
    resources = one("AWS::ECR::Repository", **properties) | ({"Registry": registry} if rules is not None else {})
    assert judged("images_scanned", resources) == expected
