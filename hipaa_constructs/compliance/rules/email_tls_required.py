"""Mail travels over TLS alone.

Compliant: SES requires TLS for what it sends and receives. Non-compliant: TLS is optional, which is the default.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.compliance.rule import Rule, Verdict
from hipaa_constructs.compliance.switches import Switch, judge_switches
from hipaa_constructs.compliance.template import Resource

_SWITCHES: Mapping[str, tuple[Switch, ...]] = {
    "AWS::SES::ConfigurationSet": (Switch("DeliveryOptions.TlsPolicy", ("require",), "Optional"),),
    "AWS::SES::MailManagerIngressPoint": (Switch("TlsPolicy", ("required", "fips"), "OPTIONAL"),),
    "AWS::SES::ReceiptRule": (Switch("Rule.TlsPolicy", ("require",), "Optional"),),
}


def check(resource: Resource) -> Verdict:
    return judge_switches(resource, _SWITCHES[resource.type], "mail may cross the network in clear")


RULE = Rule(
    name="EmailTlsRequired",
    title="Mail travels over TLS alone",
    severity="error",
    resource_types=tuple(_SWITCHES),
    fix="Set tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE, ses.TlsPolicy.REQUIRE on receipt rules.",
    check=check,
)
