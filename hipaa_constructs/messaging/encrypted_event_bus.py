from __future__ import annotations

import re
from typing import cast

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._stacks import settle, stack_of
from hipaa_constructs.messaging.granting_queue import GrantingQueue
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.service_grants import grant_event_bus


class EncryptedEventBus(Construct):
    """An EventBridge event bus for PHI under a customer key, where nobody puts events whom it was not told of.

    - EventBridge encrypts each event until it is delivered, on behalf of this bus alone. What it cannot encrypt or
      decrypt goes to a dead-letter queue under the same key, and stays there 14 days. Source:
      docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html.
    - Nobody may put events before ``grant_put_events``, which grants to principals of this account. The bus has no
      policy, so other accounts put none. A service that has no role is let in by
      ``.event_bus.add_to_resource_policy(…)``, with a ``sid`` and the condition ``aws:SourceAccount``.
    - A bus keeps nothing: what a target does not take within EventBridge's retries, 24 hours, is gone unless the target
      has a ``dead_letter_queue``; ``.dead_letter_queue`` may serve as that. To keep events, make an ``events.Archive``
      with ``kms_key``.

    Rules match what an event says, so patterns show in the account's configuration: let them name kinds of events, and
    no patient. Schema discovery does not work on a bus under a customer key.

    EventBridge's endpoints take TLS 1.2 and later alone:
    docs.aws.amazon.com/eventbridge/latest/userguide/eb-infrastructure.html.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(c)(1) integrity and
    164.312(e)(1) transmission security.

    :param encryption_key: the key of the bus and its queue; EventBridge is let use it. Default: a ``KmsRotatedKey`` of
        its own.
    :param description: what the bus is for, up to 512 characters. Default: none.
    :param event_bus_name: a name by which other accounts know it; another one makes another bus. Default:
        CloudFormation makes one.
    :raises ValueError: an argument of the wrong type, a description that is too long, or a name that EventBridge
        refuses.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey | None = None,
        description: str | None = None,
        event_bus_name: str | None = None,
    ) -> None:
        # docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
        if description is not None and not is_token(description) and len(description) > 512:
            refuse(
                "description",
                f"{len(description)} characters",
                allowed="EventBridge keeps at most 512",
                fix="Shorten it.",
            )
        if event_bus_name is not None:
            _require_name(event_bus_name)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._dead_letters = GrantingQueue.for_dead_letters(self, "DeadLetters", key=self._key)
        self._event_bus = events.EventBus(
            self,
            "Resource",
            event_bus_name=event_bus_name,
            kms_key=self._key,
            dead_letter_queue=self._dead_letters,
            description=description,
        )
        name = cast("events.CfnEventBus", self._event_bus.node.default_child).name
        grant_event_bus(self._key, name=name, stack=stack_of(self))
        self._dead_letters.grant_send_messages(
            iam.ServicePrincipal(
                "events.amazonaws.com",
                conditions={"ArnEquals": {"aws:SourceArn": self._event_bus.event_bus_arn}},
            )
        )

    @property
    def event_bus(self) -> events.EventBus:
        """The bus itself, for rules and targets."""
        return self._event_bus

    @property
    def dead_letter_queue(self) -> sqs.Queue:
        """What could not be encrypted or decrypted; targets may send here what they could not deliver."""
        return self._dead_letters

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the bus and its queue."""
        return self._key

    @checked_arguments
    def grant_put_events(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal of this account put events; it needs nothing of the key, which EventBridge uses itself.

        :raises ValueError: a service, which takes a statement of the bus's own policy.
        """
        if isinstance(grantee, iam.ServicePrincipal):
            refuse(
                "grantee",
                grantee.service,
                allowed="it takes what has policies of its own, such as a role or a function",
                fix="Let a service in by .event_bus.add_to_resource_policy(iam.PolicyStatement(sid=…, …)), with the "
                "condition aws:SourceAccount or aws:SourceArn.",
            )
        return self._event_bus.grant_put_events_to(grantee)


def _require_name(name: str) -> None:
    # docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html: those with '/' are partners'.
    if not is_token(name) and (name == "default" or not re.fullmatch(r"[A-Za-z0-9._-]{1,256}", name)):
        refuse(
            "event_bus_name",
            name,
            allowed="it takes up to 256 letters, digits, '.', '_' and '-', and not 'default', which every account has",
            fix="Write one such as 'clinic-alerts'.",
        )
