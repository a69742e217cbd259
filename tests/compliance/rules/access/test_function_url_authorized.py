from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, to_do


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one("AWS::Lambda::Url", AuthType="AWS_IAM"), "passed"),
        (one("AWS::Lambda::Url", AuthType="NONE"), "failed"),
        (one("AWS::Lambda::Url"), "failed"),
        (one("AWS::Lambda::Url", AuthType=GIVEN), "unknown"),
        (one("AWS::Lambda::Function"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("function_url_authorized", resources) == expected


@pytest.mark.parametrize(("name", "told"), [("stripe-webhook", True), ("visits", False)])
def test_what_another_party_calls_is_not_told_to_sign(name: str, told: bool) -> None:
    function = {"Handler": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": name}}}
    url = one("AWS::Lambda::Url", AuthType="NONE", TargetFunctionArn={"Fn::GetAtt": ["Handler", "Arn"]})
    fix = to_do("function_url_authorized", url | function)
    assert ("checks the party's signature" in fix, "AWS_IAM" in fix) == (told, not told)
