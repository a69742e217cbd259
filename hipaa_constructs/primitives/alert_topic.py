from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import aws_cdk as cdk
import jsii
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct, IValidation

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs.primitives.encrypted_topic import EncryptedTopic


class AlertTopic(EncryptedTopic):
    """Where alarms, findings and failed jobs go, and from there to people.

    An SNS topic under a customer key, TLS only. Nobody may publish but the services it was told of with
    ``allow_publishing``; the constructs of this library that take an ``AlertTopic`` call it themselves. Synthesis
    warns as long as nobody is subscribed. Email is not encrypted on its way: what is published here may name
    resources, but no patient.

    Meets 164.312(a)(2)(iv) encryption and decryption and 164.312(e)(1) transmission security. Supports
    164.308(a)(6)(ii) response and reporting and 164.308(a)(1)(ii)(D) information system activity review.

    :param emails: addresses to subscribe; each gets a mail with a link to confirm. Default: none; subscribe with
        ``.topic.add_subscription(…)``.
    :param encryption_key: the key for the messages; publishing services are let use it.
        Default: a ``KmsRotatedKey`` of its own.
    :param reserve_concurrency: whether the function that tells what comes in crowds in one message, where a construct
        asks for one, has executions of its own; see ``ProviderFunction``.
    :raises ValueError: an address that is none, or one that stands there twice.
    """

    _open_ways = True

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        emails: Sequence[str] = (),
        encryption_key: kms.IKey | None = None,
        reserve_concurrency: bool = True,
    ) -> None:
        _require_addresses(emails)
        super().__init__(scope, construct_id, encryption_key=encryption_key)

        for email in emails:
            self._topic.add_subscription(subscriptions.EmailSubscription(email))
        self.node.add_validation(_HasSubscriber(self))
        self._reserve_concurrency = reserve_concurrency
        self._services: list[str] = []
        self._listeners: list[Callable[[Sequence[str]], None]] = []

    @property
    def reserve_concurrency(self) -> bool:
        """Whether a function that serves this topic has executions of its own."""
        return self._reserve_concurrency

    def _hear_of(self, service: str) -> None:
        """Note that the findings of a service, such as ``aws.guardduty``, come here by a rule of their own."""
        self._services.append(service)
        for listener in self._listeners:
            listener(self._services)

    def _when_heard(self, listener: Callable[[Sequence[str]], None]) -> None:
        """Tell ``listener`` whose findings come here: now, and whenever there are more."""
        self._listeners.append(listener)
        listener(self._services)


@jsii.implements(IValidation)
class _HasSubscriber:
    """At synthesis, when subscriptions can no longer come: warn if there is none."""

    def __init__(self, alert_topic: AlertTopic) -> None:
        self._alert_topic = alert_topic

    def validate(self) -> list[str]:
        if not self._alert_topic._topic.subscribed:
            cdk.Annotations.of(self._alert_topic).add_warning_v2(
                "hipaa-constructs:topic-without-subscriber",
                "Nobody is subscribed, so alerts reach nobody: pass emails=[…] or call .topic.add_subscription(…).",
            )
        return []


def _require_addresses(emails: Sequence[str]) -> None:
    for email in emails:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", email) and not is_token(email):
            refuse("emails", email, allowed="it takes email addresses", fix="Write each like 'name@example.org'.")
        if emails.count(email) > 1:
            refuse("emails", email, allowed="an address can be subscribed once", fix="Leave out the repetition.")
