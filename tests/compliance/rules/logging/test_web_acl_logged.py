from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import judged, one, verdict


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


ARN = {"Fn::GetAtt": ["Subject", "Arn"]}
BALANCER = {"Portal": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"}}


def _site(web_acl: Any = None) -> dict[str, Any]:
    config = {"Enabled": True} | ({"WebACLId": web_acl} if web_acl else {})
    return {"Site": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}}}


def _association(arn: Any) -> dict[str, Any]:
    return {"Association": {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": {"WebACLArn": arn}}}


@pytest.mark.parametrize(
    ("beside", "severity"),
    [
        ({}, None),
        (_site(), "warning"),
        (BALANCER, "warning"),
        (_site(ARN), None),
        (BALANCER | _association(ARN), None),
        (BALANCER | _association("arn:aws:wafv2:us-east-1:111122223333:regional/webacl/other/1"), "warning"),
    ],
)
def test_a_web_acl_that_the_app_attaches_to_nothing_is_a_warning(beside: dict[str, Any], severity: str | None) -> None:
    found = verdict("web_acl_logged", one("AWS::WAFv2::WebACL") | beside)
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", severity)
