"""The rules of a web ACL: a rate limit, then AWS's managed groups.


Their capacity is 1177 units, 1227 with bot control, of the 1500 that the basic price covers:
docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html.
"""

from __future__ import annotations

from aws_cdk import aws_wafv2 as wafv2

# The part behind "AWSManagedRules"; it names the rule and its metric.
MANAGED_GROUPS = (
    "AmazonIpReputationList",
    "AnonymousIpList",
    "CommonRuleSet",
    "KnownBadInputsRuleSet",
    "SQLiRuleSet",
)
BOT_CONTROL = "BotControlRuleSet"
# What an application may want, such as bodies beyond 8 KB: docs.aws.amazon.com/waf/latest/developerguide/
# aws-managed-rule-groups-list.html. The other two block what nobody sends in good faith.
_DEBATABLE = ("AnonymousIpList", "CommonRuleSet", "SQLiRuleSet")


def firewall_rules(*, rate_limit: int, bot_control: bool) -> list[wafv2.CfnWebACL.RuleProperty]:
    """Return the rules in the order in which requests meet them."""
    acl = wafv2.CfnWebACL
    # The rate limit comes first, so that a flood ends before the managed groups count, and charge for, it.
    rules = [
        acl.RuleProperty(
            name="RateLimit",
            priority=0,
            action=acl.RuleActionProperty(block={}),
            statement=acl.StatementProperty(
                rate_based_statement=acl.RateBasedStatementProperty(limit=rate_limit, aggregate_key_type="IP")
            ),
            visibility_config=_visibility("RateLimit"),
        )
    ]
    groups = (*MANAGED_GROUPS, BOT_CONTROL) if bot_control else MANAGED_GROUPS
    return rules + [_managed(group, priority) for priority, group in enumerate(groups, start=1)]


def cautious_rules() -> list[wafv2.CfnWebACL.RuleProperty]:
    """Return rules for an application of which nobody has tried what it wants: that is counted, and not blocked.

    Source: docs.aws.amazon.com/waf/latest/developerguide/web-acl-testing.html.
    """
    return [
        _managed(group, priority, counted=group in _DEBATABLE) for priority, group in enumerate(MANAGED_GROUPS, start=1)
    ]


def _managed(group: str, priority: int, *, counted: bool = False) -> wafv2.CfnWebACL.RuleProperty:
    acl = wafv2.CfnWebACL
    configs = None
    if group == BOT_CONTROL:
        common = acl.AWSManagedRulesBotControlRuleSetProperty(inspection_level="COMMON")
        configs = [acl.ManagedRuleGroupConfigProperty(aws_managed_rules_bot_control_rule_set=common)]
    return acl.RuleProperty(
        name=group,
        priority=priority,
        # None: what the group's own rules say, which is to block.
        override_action=acl.OverrideActionProperty(count={}) if counted else acl.OverrideActionProperty(none={}),
        statement=acl.StatementProperty(
            managed_rule_group_statement=acl.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name=f"AWSManagedRules{group}", managed_rule_group_configs=configs
            )
        ),
        visibility_config=_visibility(group),
    )


def _visibility(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )
