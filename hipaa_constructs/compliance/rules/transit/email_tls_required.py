"""Mail is sent and received over TLS only.

Compliant: SES requires TLS for what it sends and receives. Non-compliant: TLS is optional, which is the default.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.settings import Setting, one_of, to_set
from hipaa_constructs.compliance.fix import fixes_of_types
from hipaa_constructs.compliance.rule import Rule, Verdict, worst

_SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    "AWS::SES::ConfigurationSet": (
        Setting("DeliveryOptions.TlsPolicy", one_of("REQUIRE", "Require"), "Optional", value="REQUIRE"),
    ),
    "AWS::SES::MailManagerIngressPoint": (
        Setting("TlsPolicy", one_of("REQUIRED", "FIPS"), "OPTIONAL", value="REQUIRED"),
    ),
    "AWS::SES::ReceiptRule": (Setting("Rule.TlsPolicy", one_of("REQUIRE", "Require"), "Optional", value="Require"),),
}


def check(resource: Resource) -> Verdict:
    return worst(setting.judge(resource) for setting in _SETTINGS[resource.type])


RULE = Rule(
    name="EmailTlsRequired",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Require TLS for what is sent and received.",
    fixes=fixes_of_types(
        to_set(_SETTINGS),
        cdk={
            "AWS::SES::ConfigurationSet": "ses.ConfigurationSet(tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE)",
            "AWS::SES::ReceiptRule": "ses.ReceiptRule(tls_policy=ses.TlsPolicy.REQUIRE)",
        },
    ),
    check=check,
)
