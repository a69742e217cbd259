"""VPNs record who connects.

Compliant: an endpoint of Client VPN with a log of its connections; a tunnel of Site-to-Site VPN with a log of its
activity. Non-compliant: an endpoint whose log is off, as it is where nothing is said: who of the workforce came in, and
when, is recorded nowhere else (Security Hub's EC2.51); as a warning, a Site-to-Site VPN with a tunnel that has no log
(EC2.171: docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html), which networks use, not people, and of
which there are always two.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, all_of, as_items, dig, is_true
from hipaa_constructs.compliance.facts.settings import Setting
from hipaa_constructs.compliance.fix import LOG_GROUP, Choose, Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge, weaker

_CLIENT, _SITE = "AWS::EC2::ClientVpnEndpoint", "AWS::EC2::VPNConnection"
_PEOPLE = Setting("ConnectionLogOptions.Enabled", is_true, default=False)
_TUNNELS = "VpnTunnelOptionsSpecifications"


def check(resource: Resource) -> Verdict:
    if resource.type == _CLIENT:
        return _PEOPLE.judge(resource)
    tunnels = as_items(resource.get(_TUNNELS))
    logged = all_of(is_true(dig(one, "LogOptions.CloudwatchLogOptions.LogEnabled")) for one in tunnels)
    both = Ternary.of(len(tunnels) > 1) if logged is Ternary.YES else logged
    return weaker(
        judge(
            both,
            f"{_TUNNELS} does not switch LogOptions.CloudwatchLogOptions.LogEnabled on for both tunnels.",
            unknown_message=f"{_TUNNELS} is known only at deployment.",
        )
    )


RULE = Rule(
    name="VpnLogged",
    severity="error",
    resource_types=(_CLIENT, _SITE),
    controls=("164.308(a)(5)(ii)(C)", "164.312(b)"),
    fix="Let the VPN log its connections.",
    fixes=(
        Fix(
            (_CLIENT,),
            {
                "ConnectionLogOptions": {
                    "Enabled": True,
                    "CloudwatchLogGroup": Choose("the name of a log group with key and retention"),
                }
            },
            cdk=("ec2.ClientVpnEndpoint(logging=True, log_group=<a log group>)",),
        ),
        Fix(
            (_SITE,),
            beside=f"Each of two entries of {_TUNNELS} has LogOptions.CloudwatchLogOptions with LogEnabled: true, "
            f"LogOutputFormat: json and LogGroupArn: <{LOG_GROUP}>.",
        ),
    ),
    check=check,
)
