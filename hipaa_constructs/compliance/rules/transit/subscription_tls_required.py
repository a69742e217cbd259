"""SNS delivers to web addresses over HTTPS.

Compliant: no subscription uses the protocol ``http``. Non-compliant: one that does. Not applicable: topics without
subscriptions of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_text, spread
from hipaa_constructs.compliance.rule import Rule, Verdict, judge, worst


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::SNS::Subscription":
        return _judge(resource.properties)
    return worst(_judge(entry) for entry in spread(resource.properties, "Subscription[]"))


def _judge(subscription: Any) -> Verdict:
    protocol = as_text(subscription.get("Protocol")) if isinstance(subscription, Mapping) else UNKNOWN
    encrypted = UNKNOWN if protocol is UNKNOWN else protocol != "http"
    return judge(encrypted, "Protocol is http, so that messages cross the network in clear.")


RULE = Rule(
    name="SubscriptionTlsRequired",
    severity="error",
    resource_types=("AWS::SNS::Subscription", "AWS::SNS::Topic"),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Use protocol=sns.SubscriptionProtocol.HTTPS and an https address.",
    check=check,
)
