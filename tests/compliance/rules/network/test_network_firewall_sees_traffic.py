from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

HOME = {"HOME_NET": {"Definition": ["10.0.0.0/8"]}}
LIST = {"RulesSourceList": {"Targets": ["api.example.com"]}}
VPC = {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "100.64.0.0/24"}}}


def _firewall(policy: Any = None) -> dict[str, Any]:
    arn = policy or {"Fn::GetAtt": ["Policy", "FirewallPolicyArn"]}
    return one("AWS::NetworkFirewall::Firewall", VpcId={"Ref": "Vpc"}, FirewallPolicyArn=arn) | VPC


def _attachment(mode: Any = "enable", kind: str = "TransitGatewayAttachment") -> dict[str, Any]:
    options = {} if mode is None else {"Options": {"ApplianceModeSupport": mode}}
    properties = {"VpcId": {"Ref": "Vpc"}, "TransitGatewayId": "tgw-1", "SubnetIds": ["subnet-1"], **options}
    return {"Attachment": {"Type": f"AWS::EC2::{kind}", "Properties": properties}}


def _policy(variables: Any = None, group: Any = None) -> dict[str, Any]:
    references = [{"ResourceArn": group or {"Ref": "Group"}}]
    named = {"PolicyVariables": {"RuleVariables": variables}} if variables else {}
    policy = {"StatefulRuleGroupReferences": references, **named}
    return {"Policy": {"Type": "AWS::NetworkFirewall::FirewallPolicy", "Properties": {"FirewallPolicy": policy}}}


def _group(source: dict[str, Any], variables: Any = None) -> dict[str, Any]:
    named = {"RuleVariables": {"IPSets": variables}} if variables else {}
    group = {"RulesSource": source, **named}
    return {"Group": {"Type": "AWS::NetworkFirewall::RuleGroup", "Properties": {"RuleGroup": group}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_attachment() | _policy(HOME), "passed"),
        (_attachment(kind="TransitGatewayVpcAttachment") | _policy(HOME), "passed"),
        (_attachment("disable") | _policy(HOME), "failed"),
        (_attachment(None) | _policy(HOME), "failed"),
        (_attachment(None, "TransitGatewayVpcAttachment") | _policy(HOME), "failed"),
        (_attachment(GIVEN) | _policy(HOME), "unknown"),
        (_attachment() | _policy() | _group(LIST, HOME), "passed"),
        (_attachment() | _policy() | _group(LIST), "failed"),
        (_attachment() | _policy() | _group({"RulesString": "drop tcp any any -> any any (sid:1;)"}), "passed"),
        (_attachment() | _policy(group="arn:aws:network-firewall:us-east-1:1:stateful-rulegroup/x"), "unknown"),
        (_policy() | _group(LIST), "not_applicable"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("network_firewall_sees_traffic", _firewall() | resources) == expected


def test_a_policy_of_elsewhere_is_unknown() -> None:
    arn = "arn:aws:network-firewall:us-east-1:111122223333:firewall-policy/central"
    assert judged("network_firewall_sees_traffic", _firewall(arn) | _attachment()) == "unknown"


def test_it_says_what_the_list_looks_at() -> None:
    found = verdict("network_firewall_sees_traffic", _firewall() | _attachment() | _policy() | _group(LIST))
    assert found is not None
    assert "Neither Policy nor Group sets HOME_NET" in found.message
