"""Network firewalls log what passes them, and tell what they drop.

Compliant: a logging configuration of the app delivers both ``FLOW`` and ``ALERT`` logs of the firewall. Non-compliant:
none does, which Security Hub's NetworkFirewall.2 finds
(docs.aws.amazon.com/securityhub/latest/userguide/networkfirewall-controls.html#networkfirewall-2), or one of the two is
left out: flows say who talked, alerts what was refused
(docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging.html). Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, all_of, any_of, is_one_of, spread
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, failed, judge, listed

_CONFIGURATION = "AWS::NetworkFirewall::LoggingConfiguration"
_KINDS = ("ALERT", "FLOW")


def check(resource: Resource) -> Verdict:
    found = resource.template.app.referring(resource, _CONFIGURATION, "FirewallArn")
    if not found:
        return failed("No logging configuration of the app delivers the firewall's logs.", at="")
    path = "LoggingConfiguration.LogDestinationConfigs[].LogType"
    delivered = [kind for configuration in found for kind in spread(configuration.properties, path)]
    told = {kind: any_of(is_one_of(one, kind) for one in delivered) for kind in _KINDS}
    return judge(
        all_of(told.values()),
        f"The logging configuration leaves out {listed(kind for kind in _KINDS if told[kind] is Ternary.NO)} logs.",
        unknown_message="LogType of the logging configuration is known only at deployment.",
        at="",
    )


RULE = Rule(
    name="NetworkFirewallLogged",
    severity="error",
    resource_types=("AWS::NetworkFirewall::Firewall",),
    controls=("164.312(b)",),
    fix="Deliver the firewall's FLOW and ALERT logs.",
    fixes=(
        Fix(
            beside=f"An {_CONFIGURATION} has the firewall's ARN in FirewallArn, and among LogDestinationConfigs one "
            "with LogType: ALERT and one with LogType: FLOW.",
            constructs=("InspectionVpc",),
        ),
    ),
    needs="app",
    check=check,
)
