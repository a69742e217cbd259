"""SNS delivers to web addresses over HTTPS.

Compliant: no subscription uses the protocol ``http``. Non-compliant: one that does. Not applicable: topics without
subscriptions of their own.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import dig, is_one_of, negate, spread
from hipaa_constructs.compliance.fix import HTTPS_ADDRESS, Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge, worst


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::SNS::Subscription":
        return _judge(resource.properties)
    return worst(_judge(entry) for entry in spread(resource.properties, "Subscription[]"))


def _judge(subscription: object) -> Verdict:
    return judge(
        negate(is_one_of(dig(subscription, "Protocol"), "http")),
        "Protocol is http, so messages are sent unencrypted.",
    )


RULE = Rule(
    name="SubscriptionTlsRequired",
    severity="error",
    resource_types=("AWS::SNS::Subscription", "AWS::SNS::Topic"),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Deliver to an https:// address.",
    fixes=(
        Fix(
            ("AWS::SNS::Subscription",),
            {"Protocol": "https", "Endpoint": HTTPS_ADDRESS},
            cdk=("sns.Subscription(protocol=sns.SubscriptionProtocol.HTTPS, endpoint=<an https:// address>)",),
        ),
        Fix(
            ("AWS::SNS::Topic",),
            template="In the entry of Subscription with Protocol http, set Protocol: https and Endpoint: <an https:// "
            "address>.",
            cdk=("sns.Topic.add_subscription(sns_subscriptions.UrlSubscription(<an https:// address>))",),
        ),
    ),
    check=check,
)
