"""Web ACLs turn requests away.

A warning, since new rules are rightly counted before they block. Compliant: a default action that blocks; a rule that
blocks, or asks for a CAPTCHA or a challenge; a group of rules whose actions are left as they are. Non-compliant: rules
that count or allow alone, and none, both of which let everything through: Security Hub asks for rules
(docs.aws.amazon.com/securityhub/latest/userguide/waf-controls.html#waf-10), and a group whose ``OverrideAction`` is
Count blocks nothing (docs.aws.amazon.com/waf/latest/APIReference/API_OverrideAction.html). Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Fields, Resolved, Ternary, any_of, as_items, dig, is_mapping
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge

_STOPPING = ("Block", "Captcha", "Challenge")


def _has(action: Fields | Resolved, *names: str) -> Ternary:
    """Whether an action is one of those named: a mapping with a single key."""
    if action is None:
        return Ternary.NO
    return Ternary.of(any(name in action for name in names)) if is_mapping(action) else Ternary.UNKNOWN


def _stops(rule: Resolved) -> Ternary:
    if rule is UNKNOWN:
        return Ternary.UNKNOWN
    return any_of((_has(dig(rule, "Action"), *_STOPPING), _has(dig(rule, "OverrideAction"), "None")))


def check(resource: Resource) -> Verdict:
    rules = as_items(resource.get("Rules"))
    return judge(
        any_of((_has(resource.get("DefaultAction"), "Block"), *map(_stops, rules))),
        f"{'None of Rules blocks' if rules else 'Rules is empty'}, and DefaultAction lets everything through.",
        unknown_message="Rules or DefaultAction is known only at deployment.",
    )


RULE = Rule(
    name="WebAclBlocks",
    severity="warning",
    resource_types=("AWS::WAFv2::WebACL",),
    controls=("164.308(a)(5)(ii)(B)", "164.312(a)(1)"),
    fix="Let the groups of rules block, once their counts show that nobody is turned away who should not be.",
    fixes=(
        Fix(
            beside="Among Rules is one with Action: {Block: {}}, or a group of rules with OverrideAction: {None: {}}.",
            constructs=("WebFirewall",),
        ),
    ),
    check=check,
)
