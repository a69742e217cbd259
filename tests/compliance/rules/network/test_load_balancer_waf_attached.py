from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from hipaa_constructs.compliance.rule import PASSED
from tests.compliance.rules.support import GIVEN, judged, one, rule, verdict

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


@pytest.mark.parametrize(
    ("scheme", "internal"), [("internal", True), ("internet-facing", False), (GIVEN, False), (None, False)]
)
def test_what_asks_for_one_before_an_internal_one_is_said(scheme: Any, internal: bool) -> None:
    found = verdict("load_balancer_waf_attached", one(BALANCER, **({} if scheme is None else {"Scheme": scheme})))
    assert found is not None
    assert found.outcome == "failed"
    assert ("alb-waf-enabled" in found.message) is internal


def test_internal_ones_are_told_once() -> None:
    internal = {"Type": BALANCER, "Properties": {"Scheme": "internal"}}
    app = App()
    app.add("t.json", {"Resources": {"A": internal, "B": {"Type": BALANCER}, "C": internal, "D": {"Type": BALANCER}}})
    told = {one.resource.logical_id: one.verdict for one in evaluate(app, [rule("load_balancer_waf_attached")])}
    assert [name for name, one in told.items() if one.outcome == "failed"] == ["A", "B", "D"]
    assert told["A"].message.endswith("The same is so of C.")
    first = told["C"].said_of
    assert first is not None
    assert first.logical_id == "A"


def test_an_association_in_another_stack_counts() -> None:
    app = App()
    output = {"Arn": {"Value": {"Ref": "Subject"}, "Export": {"Name": "balancer"}}}
    app.add("Portal.template.json", {"Resources": one(BALANCER), "Outputs": output})
    app.add("Firewall.template.json", {"Resources": association({"Fn::ImportValue": "balancer"})})
    (result,) = evaluate(app, [rule("load_balancer_waf_attached")])
    assert result.verdict == PASSED
