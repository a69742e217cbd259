from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import judged, one


def _logging(arn: Any) -> dict[str, Any]:
    return {"Logging": {"Type": "AWS::WAFv2::LoggingConfiguration", "Properties": {"ResourceArn": arn}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::WAFv2::WebACL"), "failed"),
        (one("AWS::WAFv2::WebACL") | _logging({"Fn::GetAtt": ["Subject", "Arn"]}), "passed"),
        (
            one("AWS::WAFv2::WebACL") | _logging("arn:aws:wafv2:us-east-1:111122223333:regional/webacl/other/1"),
            "failed",
        ),
        (one("AWS::WAFv2::IPSet"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("web_acl_logged", resources) == expected
