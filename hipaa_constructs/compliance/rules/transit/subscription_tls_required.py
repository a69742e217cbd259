"""SNS delivers to web addresses over HTTPS, and sends the app's data neither by mail nor as text messages.

Compliant: no subscription uses the protocol ``http``. Non-compliant: one that does, a warning of a topic by which
services of AWS alone tell of operation, such as alarms; as a warning, ``email``,
``email-json`` or ``sms`` of a topic to which the app sends its data: rules of IoT, pipes, buckets, mail that comes in,
rules of EventBridge for events of the app, tasks of state machines, and functions and tasks of ECS whose role may
publish to it. SNS encrypts no mail to its reader, and text messages not at all
(docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html,
docs.aws.amazon.com/sns/latest/dg/sns-mobile-phone-number-as-subscriber.html); what health data goes by mail has to be
protected on its way (hhs.gov/hipaa/for-professionals/faq/2006/does-the-security-rule-allow-for-sending-electronic-phi-
in-an-email/index.html). Not applicable: topics without subscriptions of their own; mail of topics that alarms and AWS's
services tell of themselves through, or that by their names are for whoever operates the app; of what is classified
NO_PHI, mail.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, dig, is_one_of, negate, spread
from hipaa_constructs.compliance.classification import DataClassification, classification_of
from hipaa_constructs.compliance.facts.operations import serves_operation_alone
from hipaa_constructs.compliance.facts.topic_senders import TOPIC, senders
from hipaa_constructs.compliance.fix import HTTPS_ADDRESS, Fix
from hipaa_constructs.compliance.rule import Outcome, Rule, Verdict, failed, judge, named, weaker, worst

_SUBSCRIPTION = "AWS::SNS::Subscription"
_TO_PEOPLE = ("email", "email-json", "sms")


def check(resource: Resource) -> Verdict:
    return worst(_judge(protocol, resource) for protocol in _protocols(resource))


def _protocols(resource: Resource) -> list[Resolved]:
    if resource.type == _SUBSCRIPTION:
        return [resource.get("Protocol")]
    return [dig(entry, "Protocol") for entry in spread(resource.properties, "Subscription[]")]


def _judge(protocol: Resolved, resource: Resource) -> Verdict:
    if is_one_of(protocol, *_TO_PEOPLE, any_case=True) is Ternary.YES:
        sent = _sent(resource)
        if sent:
            return failed(
                f"Protocol is {protocol}, by which what {named(sent)} sends leaves without encryption to its reader.",
                severity="warning",
            )
    verdict = judge(
        negate(is_one_of(protocol, "http", any_case=True)), "Protocol is http, so messages are sent unencrypted."
    )
    topic = _topic(resource) if verdict.outcome is Outcome.FAILED else None
    return weaker(verdict) if topic is not None and serves_operation_alone(topic) else verdict


def _topic(resource: Resource) -> Resource | None:
    return resource if resource.type == TOPIC else resource.template.target(resource.get("TopicArn"), TOPIC)


def _sent(resource: Resource) -> list[Resource]:
    """Return what sends data of the app to the topic that a subscription is of; nothing where it is no PHI."""
    topic = _topic(resource)
    if topic is None or DataClassification.NO_PHI in (classification_of(topic), classification_of(resource)):
        return []
    return list({id(one): one for one in senders(topic)}.values())


def _reaches_people(resource: Resource) -> bool:
    return any(is_one_of(protocol, *_TO_PEOPLE, any_case=True) is Ternary.YES for protocol in _protocols(resource))


_INSTEAD = (
    "Mail and text messages say no more than that there is something to read, such as by the Message of what publishes "
    "it, and where one signs in to read it."
)

RULE = Rule(
    name="SubscriptionTlsRequired",
    severity="error",
    resource_types=(_SUBSCRIPTION, TOPIC),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Deliver to an https:// address.",
    fixes=(
        Fix((_SUBSCRIPTION, TOPIC), beside=_INSTEAD, when=_reaches_people),
        Fix(
            (_SUBSCRIPTION,),
            {"Protocol": "https", "Endpoint": HTTPS_ADDRESS},
            cdk=("sns.Subscription(protocol=sns.SubscriptionProtocol.HTTPS, endpoint=<an https:// address>)",),
        ),
        Fix(
            (TOPIC,),
            template="In the entry of Subscription with Protocol http, set Protocol: https and Endpoint: <an https:// "
            "address>.",
            cdk=("sns.Topic.add_subscription(sns_subscriptions.UrlSubscription(<an https:// address>))",),
        ),
    ),
    check=check,
)
