from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

GROUPS = [{"ResourceArn": "arn:aws:network-firewall:us-east-1:111122223333:stateful-rulegroup/domains"}]
FORWARD, PASS, DROP = ["aws:forward_to_sfe"], ["aws:pass"], ["aws:drop"]
STRICT = {"RuleOrder": "STRICT_ORDER"}


def _policy(**settings: Any) -> dict[str, Any]:
    good = {
        "StatelessDefaultActions": FORWARD,
        "StatelessFragmentDefaultActions": FORWARD,
        "StatefulDefaultActions": ["aws:drop_established", "aws:alert_established"],
        "StatefulEngineOptions": STRICT,
        "StatefulRuleGroupReferences": GROUPS,
    }
    policy = {name: value for name, value in {**good, **settings}.items() if value is not None}
    return one("AWS::NetworkFirewall::FirewallPolicy", FirewallPolicyName="p", FirewallPolicy=policy)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "passed"),
        ({"StatefulDefaultActions": ["aws:drop_established_app_layer_to_server"]}, "passed"),
        ({"StatefulDefaultActions": ["aws:alert_strict"]}, "failed"),
        ({"StatefulDefaultActions": None}, "failed"),
        ({"StatefulDefaultActions": GIVEN}, "unknown"),
        ({"StatelessDefaultActions": PASS}, "failed"),
        ({"StatelessFragmentDefaultActions": PASS}, "failed"),
        ({"StatelessFragmentDefaultActions": DROP}, "passed"),
        ({"StatelessDefaultActions": [GIVEN]}, "unknown"),
        ({"StatefulRuleGroupReferences": None}, "failed"),
        ({"StatefulRuleGroupReferences": []}, "failed"),
        ({"StatefulRuleGroupReferences": GIVEN}, "unknown"),
        ({"StatefulRuleGroupReferences": None, "StatelessRuleGroupReferences": GROUPS}, "passed"),
        ({"StatefulEngineOptions": None, "StatefulDefaultActions": None}, "failed"),
        ({"StatefulEngineOptions": {"RuleOrder": GIVEN}}, "unknown"),
        ({"StatefulEngineOptions": {**STRICT, "StreamExceptionPolicy": "CONTINUE"}}, "failed"),
        ({"StatefulEngineOptions": {**STRICT, "StreamExceptionPolicy": "REJECT"}}, "passed"),
    ],
)
def test_outcome(settings: dict[str, Any], expected: str) -> None:
    assert judged("network_firewall_drops", _policy(**settings)) == expected


def test_what_drops_every_packet_needs_no_rules() -> None:
    nothing = {"StatefulRuleGroupReferences": None, "StatefulEngineOptions": None, "StatefulDefaultActions": None}
    dropped = _policy(StatelessDefaultActions=DROP, StatelessFragmentDefaultActions=DROP, **nothing)
    assert judged("network_firewall_drops", dropped) == "passed"


@pytest.mark.parametrize(
    ("settings", "severity"),
    [
        ({"StatefulEngineOptions": None, "StatefulDefaultActions": None}, "warning"),
        ({"StatefulEngineOptions": {**STRICT, "StreamExceptionPolicy": "CONTINUE"}}, "warning"),
        ({"StatefulDefaultActions": None}, None),
        ({"StatefulEngineOptions": None, "StatelessDefaultActions": PASS}, None),
    ],
)
def test_order_and_broken_connections_weigh_less(settings: dict[str, Any], severity: str | None) -> None:
    found = verdict("network_firewall_drops", _policy(**settings))
    assert found is not None
    assert found.severity == severity
