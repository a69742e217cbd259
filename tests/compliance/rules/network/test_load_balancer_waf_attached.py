from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from hipaa_constructs.compliance.rule import PASSED
from tests.compliance.rules.support import GIVEN, judged, one, rule

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


def association(arn: Any, kind: str = "AWS::WAFv2::WebACLAssociation") -> dict[str, Any]:
    return {"Association": {"Type": kind, "Properties": {"ResourceArn": arn, "WebACLArn": "arn:aws:wafv2:acl"}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(BALANCER), "failed"),
        (one(BALANCER, Type="application", Scheme="internal"), "failed"),
        (one(BALANCER) | association({"Ref": "Subject"}), "passed"),
        (one(BALANCER) | association({"Fn::GetAtt": ["Subject", "LoadBalancerArn"]}), "passed"),
        (one(BALANCER) | association({"Ref": "Subject"}, "AWS::WAFRegional::WebACLAssociation"), "passed"),
        (one(BALANCER) | {"Other": {"Type": BALANCER}} | association({"Ref": "Other"}), "failed"),
        (one(BALANCER) | association(GIVEN), "unknown"),
        (one(BALANCER, Type=GIVEN), "unknown"),
        (one(BALANCER, Type=GIVEN) | association({"Ref": "Subject"}), "passed"),
        (one(BALANCER, Type="network"), "not_applicable"),
        (one(BALANCER, Type="gateway"), "not_applicable"),
        (one("AWS::ElasticLoadBalancing::LoadBalancer"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("load_balancer_waf_attached", resources) == expected


def test_it_weighs_as_much_as_of_apis_and_distributions() -> None:
    assert rule("load_balancer_waf_attached").severity == rule("edge_waf_attached").severity == "warning"


def test_an_association_in_another_stack_counts() -> None:
    app = App()
    output = {"Arn": {"Value": {"Ref": "Subject"}, "Export": {"Name": "balancer"}}}
    app.add("Portal.template.json", {"Resources": one(BALANCER), "Outputs": output})
    app.add("Firewall.template.json", {"Resources": association({"Fn::ImportValue": "balancer"})})
    (result,) = evaluate(app, [rule("load_balancer_waf_attached")])
    assert result.verdict == PASSED
