"""What a network firewall's policy does not let through by a rule, it drops.

Compliant: a policy without ``aws:pass`` among its stateless default actions, for full packets and fragments (Security
Hub's NetworkFirewall.4 and NetworkFirewall.5), which names groups of rules (NetworkFirewall.3), evaluates stateful ones
in ``STRICT_ORDER`` and drops by default, and closes connections that it lost sight of; or one that drops every packet.
Non-compliant: anything else; of the order a warning, since where actions are the order each group may drop what is
left, and of connections that go on (``CONTINUE``) too. Not applicable: nothing. The sources are
docs.aws.amazon.com/securityhub/latest/userguide/networkfirewall-controls.html and
docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, all_of, any_of, as_items, is_one_of, negate
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, judge, weaker, worst

_POLICY = "FirewallPolicy"
_FORWARD = "aws:forward_to_sfe"
_STATELESS = ("StatelessDefaultActions", "StatelessFragmentDefaultActions")
_DROPPING = (
    "aws:drop_strict",
    "aws:drop_established",
    "aws:drop_established_app_layer",
    "aws:drop_established_app_layer_to_server",
)
_DEFAULT = ("aws:drop_established_app_layer_to_server", "aws:alert_established_app_layer_to_server")


def _items(policy: Resource, name: str) -> list[Resolved]:
    return list(as_items(policy.get(f"{_POLICY}.{name}")))


def _has(policy: Resource, name: str, *actions: str) -> Ternary:
    return any_of(is_one_of(action, *actions) for action in _items(policy, name))


def _packets(policy: Resource, name: str) -> Verdict:
    return judge(
        negate(_has(policy, name, "aws:pass")),
        f"{_POLICY}.{name} is aws:pass, so what no stateless rule takes passes unseen.",
        unknown_message=f"{_POLICY}.{name} is known only at deployment.",
    )


def _order(policy: Resource) -> Verdict:
    return judge(
        is_one_of(policy.get(f"{_POLICY}.StatefulEngineOptions.RuleOrder", "DEFAULT_ACTION_ORDER"), "STRICT_ORDER"),
        f"{_POLICY}.StatefulEngineOptions.RuleOrder is DEFAULT_ACTION_ORDER, in which what no rule drops passes.",
        unknown_message=f"{_POLICY}.StatefulEngineOptions.RuleOrder is known only at deployment.",
    )


def _default(policy: Resource) -> Verdict:
    return judge(
        _has(policy, "StatefulDefaultActions", *_DROPPING),
        f"{_POLICY}.StatefulDefaultActions has no action that drops, so what no rule takes passes.",
        unknown_message=f"{_POLICY}.StatefulDefaultActions is known only at deployment.",
    )


def _broken(policy: Resource) -> Verdict:
    return judge(
        negate(is_one_of(policy.get(f"{_POLICY}.StatefulEngineOptions.StreamExceptionPolicy", "DROP"), "CONTINUE")),
        f"{_POLICY}.StatefulEngineOptions.StreamExceptionPolicy is CONTINUE, so rules miss what a broken connection "
        "was before.",
        unknown_message=f"{_POLICY}.StatefulEngineOptions.StreamExceptionPolicy is known only at deployment.",
    )


def _groups(policy: Resource) -> Verdict:
    named = [
        Ternary.UNKNOWN if is_one_of(group, "") is Ternary.UNKNOWN else Ternary.YES
        for kind in ("StatefulRuleGroupReferences", "StatelessRuleGroupReferences")
        for group in _items(policy, kind)
    ]
    return judge(
        any_of(named),
        f"{_POLICY} names no group of rules, so the firewall looks for nothing.",
        unknown_message=f"The groups of {_POLICY} are known only at deployment.",
    )


def check(resource: Resource) -> Verdict:
    seen = [_packets(resource, name) for name in _STATELESS]
    everything = all_of(_has(resource, name, "aws:drop") for name in _STATELESS)
    if everything is Ternary.YES and _groups(resource).outcome is not PASSED.outcome:
        return PASSED
    seen.append(_groups(resource))
    if any_of(_has(resource, name, _FORWARD) for name in _STATELESS) is not Ternary.NO:
        order = _order(resource)
        seen += [weaker(order), weaker(_broken(resource))]
        if order.outcome is PASSED.outcome:
            seen.append(_default(resource))
    return worst(seen)


RULE = Rule(
    name="NetworkFirewallDrops",
    severity="error",
    resource_types=("AWS::NetworkFirewall::FirewallPolicy",),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Send all packets to the stateful rules, in strict order, and drop by default what none of them lets through.",
    fixes=(
        Fix(
            properties={
                **{f"{_POLICY}.{name}": [_FORWARD] for name in _STATELESS},
                f"{_POLICY}.StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER", "StreamExceptionPolicy": "REJECT"},
                f"{_POLICY}.StatefulDefaultActions": list(_DEFAULT),
            },
            beside="StatefulRuleGroupReferences names the groups, each with a Priority and made in STRICT_ORDER.",
            constructs=("InspectionVpc",),
        ),
    ),
    check=check,
)
