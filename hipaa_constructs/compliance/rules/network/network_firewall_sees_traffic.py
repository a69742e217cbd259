"""A network firewall behind a transit gateway sees both directions of a flow, from all networks behind it.

Compliant: the attachment of the firewall's VPC is in appliance mode, without which answers may come by another zone's
endpoint, which drops them or judges half a conversation (docs.aws.amazon.com/network-firewall/latest/developerguide/
vpc-config-tgw-multi-az.html); and ``HOME_NET`` is set, by the policy or by each group with a list of domains, which
else look at what comes from the firewall's own VPC alone (docs.aws.amazon.com/network-firewall/latest/developerguide/
stateful-rule-groups-domain-names.html). Non-compliant: one of them is not. Unknown: a policy or groups that the app
does not define. Not applicable: firewalls whose VPC the app attaches to no transit gateway.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, any_of, is_one_of, is_present, spread
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, judge, unknown, worst

_ATTACHMENTS = ("AWS::EC2::TransitGatewayAttachment", "AWS::EC2::TransitGatewayVpcAttachment")
_POLICY, _GROUP = "AWS::NetworkFirewall::FirewallPolicy", "AWS::NetworkFirewall::RuleGroup"
_OF_POLICY = "FirewallPolicy.PolicyVariables.RuleVariables.HOME_NET"
_OF_GROUP = "RuleGroup.RuleVariables.IPSets.HOME_NET"


def _attachments(firewall: Resource) -> Iterator[Resource]:
    app = firewall.template.app
    vpc = firewall.template.target(firewall.get("VpcId"), "AWS::EC2::VPC")
    if vpc is not None:
        for kind in _ATTACHMENTS:
            yield from app.referring(vpc, kind, "VpcId")


def _whole(attachment: Resource) -> Verdict:
    return judge(
        is_one_of(attachment.get("Options.ApplianceModeSupport", "disable"), "enable"),
        f"Options.ApplianceModeSupport of {attachment.logical_id} is not enable, so the firewall may see one direction "
        "of a flow alone.",
        unknown_message=f"Options.ApplianceModeSupport of {attachment.logical_id} is known only at deployment.",
        at="",
    )


def _known(firewall: Resource) -> Verdict:
    policy = firewall.template.target(firewall.get("FirewallPolicyArn"), _POLICY)
    if policy is None:
        return unknown("The app does not define the firewall's policy.")
    by_policy = is_present(policy.get(_OF_POLICY))
    if by_policy is Ternary.YES:
        return PASSED
    return worst([PASSED, *_groups(policy, by_policy)])


def _groups(policy: Resource, by_policy: Ternary) -> Iterator[Verdict]:
    for arn in spread(policy.properties, "FirewallPolicy.StatefulRuleGroupReferences[].ResourceArn"):
        group = policy.template.target(arn, _GROUP)
        if group is None:
            yield unknown(f"The app does not define a group that {policy.logical_id} names.")
        elif is_present(group.get("RuleGroup.RulesSource.RulesSourceList")) is not Ternary.NO:
            yield judge(
                any_of((by_policy, is_present(group.get(_OF_GROUP)))),
                f"Neither {policy.logical_id} nor {group.logical_id} sets HOME_NET, so its list of domains looks at "
                "the firewall's own VPC alone.",
                unknown_message="HOME_NET is known only at deployment.",
                at="",
            )


def check(resource: Resource) -> Verdict:
    attachments = list(_attachments(resource))
    if not attachments:
        return NOT_APPLICABLE
    return worst([_known(resource), *map(_whole, attachments)])


RULE = Rule(
    name="NetworkFirewallSeesTraffic",
    severity="error",
    resource_types=("AWS::NetworkFirewall::Firewall",),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Put the attachment of the firewall's VPC in appliance mode, and name the networks behind it in HOME_NET.",
    fixes=(
        Fix(
            beside="The VPC's transit gateway attachment has Options: {ApplianceModeSupport: enable}, and the firewall "
            f"policy the networks in {_OF_POLICY}.Definition.",
            constructs=("InspectionVpc",),
        ),
    ),
    needs="app",
    check=check,
)
