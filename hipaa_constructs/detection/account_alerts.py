"""What only the account hears that it is about, told to the account that watches over all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._constants import anyone
from hipaa_constructs._stacks import account_of
from hipaa_constructs.messaging.encrypted_event_bus import EncryptedEventBus
from hipaa_constructs.primitives.alert_rule import define_alert_rule, define_event_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole


class _Kind(NamedTuple):
    source: str
    detail_types: tuple[str, ...]
    detail: Mapping[str, Any]
    description: str


# GuardDuty, Macie, Inspector, Security Hub and Access Analyzer tell their administrator themselves, and the
# organization's trail is watched where it is. These tell nobody else:
_KINDS: Final[Mapping[str, _Kind]] = {
    # docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    "Alarms": _Kind(
        "aws.cloudwatch",
        ("CloudWatch Alarm State Change",),
        {"state": {"value": ["ALARM"]}},
        "Alarms of CloudWatch that went off",
    ),
    # docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html: keys that are published, and
    # what AWS was told of as abuse.
    "Abuse": _Kind(
        "aws.health",
        ("AWS Health Abuse Event", "AWS Health Event"),
        {"service": ["ABUSE", "RISK"]},
        "Abuse and risks that AWS was told of",
    ),
    # docs.aws.amazon.com/awssupport/latest/user/cloudwatch-events-ta.html: in us-east-1 alone.
    "Checks": _Kind(
        "aws.trustedadvisor",
        ("Trusted Advisor Check Item Refresh Notification",),
        {"status": ["WARN", "ERROR"]},
        "Trusted Advisor checks in state warn or error",
    ),
}
RUNBOOK = "account-alert"


class AccountAlerts(Construct):
    """Sends what only this account hears to the event bus of the account that watches over all.

    - Alarms of CloudWatch that go off, whoever made them.
    - What AWS Health says of abuse and of risks, such as access keys of the account that were found in public.
    - Checks of Trusted Advisor that turn yellow or red, which come in us-east-1 and with a paid support plan alone.

    GuardDuty, Macie, Inspector, Security Hub and Access Analyzer tell their administrator themselves. Events go by a
    role of their own, as a bus asks for that admits an organization
    (docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html), and EventBridge retries for 24 hours.

    Supports 164.308(a)(6)(ii) response and reporting and 164.308(a)(1)(ii)(D) information system activity review.

    :param event_bus_arn: of the bus, such as that of ``AccountAlertBus``, in the same Region.
    :raises ValueError: an argument of the wrong type.
    """

    @checked_arguments
    def __init__(self, scope: Construct, construct_id: str, *, event_bus_arn: str) -> None:
        super().__init__(scope, construct_id)

        sender = LeastPrivilegeRole(
            self,
            "Sender",
            assumed_by=iam.ServicePrincipal(
                "events.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": account_of(self)}}
            ),
            description=f"Sends events for {self.node.path}",
        )
        sender.add_to_principal_policy(iam.PolicyStatement(actions=["events:PutEvents"], resources=[event_bus_arn]))
        for name, kind in _KINDS.items():
            rule = define_event_rule(
                self,
                name,
                source=kind.source,
                detail_types=kind.detail_types,
                description=f"{kind.description}, for the account that watches over all",
                detail=kind.detail,
            )
            resource = cast("events.CfnRule", rule.node.default_child)
            resource.targets = [events.CfnRule.TargetProperty(id="Bus", arn=event_bus_arn, role_arn=sender.role_arn)]


class AccountAlertBus(Construct):
    """An event bus to which the accounts of an organization send what they alone hear, told to people.

    Each Region has one, of the same name, for a rule sends to buses of its own Region. Accounts of the organization put
    events (``aws:PrincipalOrgID``); nobody else does. What comes is told as it comes, with the account that it is
    about; events of other kinds than ``AccountAlerts`` sends are told to nobody.

    Supports 164.308(a)(6)(ii) response and reporting.

    :param organization_id: whose accounts send, like ``o-a1b2c3d4e5``.
    :param event_bus_name: the name by which the accounts know the bus.
    :param topic: who is told.
    :param encryption_key: of the bus and its dead letters. Default: a ``KmsRotatedKey`` of its own.
    :raises ValueError: a name that EventBridge refuses, or an argument of the wrong type.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        organization_id: str,
        event_bus_name: str,
        topic: AlertTopic,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        super().__init__(scope, construct_id)

        self._bus = EncryptedEventBus(
            self,
            "Bus",
            event_bus_name=event_bus_name,
            encryption_key=encryption_key,
            description="What accounts of the organization alone hear",
        )
        # What did not arrive names resources, and is not missed when its stack is gone.
        self._bus.dead_letter_queue.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
        self._bus.event_bus.add_to_resource_policy(
            iam.PolicyStatement(
                sid="FromOrganization",
                principals=[anyone()],
                actions=["events:PutEvents"],
                resources=[self._bus.event_bus.event_bus_arn],
                conditions={"StringEquals": {"aws:PrincipalOrgID": organization_id}},
            )
        )
        for name, kind in _KINDS.items():
            define_alert_rule(
                self,
                name,
                source=kind.source,
                detail_types=kind.detail_types,
                topic=topic,
                description=f"{kind.description}, in an account of the organization",
                runbook=RUNBOOK,
                detail=kind.detail,
                event_bus=self._bus.event_bus,
            )

    @property
    def event_bus(self) -> events.EventBus:
        """The bus itself."""
        return self._bus.event_bus
