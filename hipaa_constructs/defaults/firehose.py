"""Amazon Data Firehose: what waits for delivery is under the stack's key, and what is not delivered is logged.

Firehose gets a grant on the key from whoever makes the stream, so that nobody who writes needs leave of the key:
docs.aws.amazon.com/firehose/latest/dev/encryption.html. A stream that reads from Kinesis keeps nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Plain, Setting
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup

_ROLE = "AWS::IAM::Role"
# Where a stream that is no class of CDK's own delivers; those log by themselves.
_DESTINATIONS: Sequence[str] = ("s3_destination_configuration", "extended_s3_destination_configuration")
_LOGGED = "What could not be delivered is told in a log group under the stack's key."
_TYPE = "AWS::KinesisFirehose::DeliveryStream"
_WHY = "Records that wait for delivery are under the stack's key."


def _input(session: Session, stream: Any) -> Any:
    return firehose.CfnDeliveryStream.DeliveryStreamEncryptionConfigurationInputProperty(
        key_type="CUSTOMER_MANAGED_CMK", key_arn=session.key(stream).key_arn
    )


def _finish(session: Session, found: Found) -> None:
    """Log what is not delivered to buckets.

    docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html
    """
    roles = {session.name(role): role for role in found.of(_ROLE)}
    for stream in found.of(_TYPE):
        for destination in _DESTINATIONS:
            written = session.resolved(stream, destination).get(destination)
            if isinstance(written, dict) and written.get("cloudWatchLoggingOptions") is None:
                _log(session, stream, destination, roles.get(_named(written.get("roleArn"))))


def _named(arn: Any) -> str:
    """Return the logical id of the role that is named."""
    target = arn.get("Fn::GetAtt") if isinstance(arn, dict) else None
    return str(target[0]) if isinstance(target, list) else ""


def _log(session: Session, stream: Any, destination: str, role: Any) -> None:
    path, argument = session.path(stream), "cloud_watch_logging_options"
    name = "".join(part.capitalize() for part in destination.split("_"))
    if role is None:
        why = f"{_LOGGED} Its role comes from elsewhere, and would need leave to write there."
        session.record(stream, path, _TYPE, argument, [name], "unreached", why)
        return
    home = session.home(session.owner(stream), stream.node.id)
    group = EncryptedLogGroup(home, "Logs", encryption_key=session.key(stream)).log_group
    streams = group.add_stream("Delivery")
    iam.CfnManagedPolicy(
        home,
        "LogPolicy",
        roles=[role.ref],
        policy_document=iam.PolicyDocument(
            statements=[iam.PolicyStatement(actions=["logs:PutLogEvents"], resources=[group.log_group_arn])]
        ),
    )
    stream.add_property_override(
        f"{name}.CloudWatchLoggingOptions",
        {"Enabled": True, "LogGroupName": group.log_group_name, "LogStreamName": streams.log_stream_name},
    )
    session.record(stream, path, _TYPE, argument, [name], "set", _LOGGED)


SERVICE = Service(
    types=[_TYPE, _ROLE],
    finish=_finish,
    later=[
        "Delivery streams to buckets that log nothing log what they could not deliver, where their role is the app's."
    ],
    plain=[
        Plain(
            construct=firehose.DeliveryStream,
            props=firehose.DeliveryStreamProps,
            resource_type=_TYPE,
            settings=[
                Setting(
                    argument="encryption",
                    properties=["DeliveryStreamEncryptionConfigurationInput"],
                    value=lambda made: firehose.StreamEncryption.customer_managed_key(made.key),
                    unless=["source"],
                    why=_WHY,
                )
            ],
        )
    ],
    raw=[
        Raw(
            construct=firehose.CfnDeliveryStream,
            resource_type=_TYPE,
            settings=[
                RawSetting(
                    attribute="delivery_stream_encryption_configuration_input",
                    property="DeliveryStreamEncryptionConfigurationInput",
                    value=_input,
                    when=lambda stream: stream.delivery_stream_type in (None, "DirectPut"),
                    why=_WHY,
                )
            ],
        )
    ],
)
