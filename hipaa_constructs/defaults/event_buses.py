"""Amazon EventBridge: events of a bus of the app's own are under the stack's key.

CDK lets EventBridge use the key, on behalf of buses of this account; who sends events needs no leave of the key:
docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html.
"""

from __future__ import annotations

from aws_cdk import aws_events as events

from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.setting import Plain, Setting

SERVICE = Service(
    plain=[
        Plain(
            construct=events.EventBus,
            props=events.EventBusProps,
            resource_type="AWS::Events::EventBus",
            settings=[
                Setting(
                    argument="kms_key",
                    properties=["KmsKeyIdentifier"],
                    value=lambda made: made.key,
                    # A partner's bus takes none.
                    unless=["event_source_name"],
                    why="Events are under the stack's key.",
                )
            ],
        )
    ]
)
