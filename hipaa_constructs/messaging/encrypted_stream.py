from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, refuse, require_range, require_unit
from hipaa_constructs._stacks import settle
from hipaa_constructs.messaging.granting_stream import GrantingStream
from hipaa_constructs.messaging.stream_delivery import define_delivery, require_prefix
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.object_protocol import KeepsObjects

_DEFAULT_DAYS = 7


class EncryptedStream(Construct):
    """A Kinesis data stream for PHI under a customer key, that delivers into a bucket if it is told one.

    - Every record is under ``encryption_key`` before it is stored. Kinesis takes HTTPS alone, TLS 1.2 or later:
      docs.aws.amazon.com/streams/latest/dev/infrastructure-security.html.
    - Nobody may put or read records before ``grant_write`` and ``grant_read``, which bring what they need of the key.
      What CDK connects the stream with, such as an event source or a target of a rule, grants the same. The stream has
      no policy, so other accounts neither put nor read.
    - With ``deliver_to``, Firehose writes every record that arrives from then on into that bucket and under its key,
      compressed by gzip, within five minutes; what it cannot write goes to ``failed/`` there, if only the record is at
      fault. Why, a log of its own says, kept seven years and masked. Its role reads this stream and writes these two
      folders. Firehose writes records one after another: let each end in a line break.
    - Stream and key stay when the stack goes: records may be in it. Kinesis has no backups; what has to be kept longer
      than ``retention_period`` is delivered, or a consumer puts it into a store.

    Partition keys stand beside the record, in clear for whoever may describe and read the stream: let them be ids that
    say nothing. Consumers that fall behind show in ``.stream.metric_get_records_iterator_age_milliseconds()``; what
    they have not read when ``retention_period`` is over is gone.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(c)(1) integrity and
    164.312(e)(1) transmission security.

    :param encryption_key: the key of the stream and of the delivery's log. Default: a ``KmsRotatedKey`` of its own.
    :param retention_period: how long records stay, 24 hours to 365 days (8760 hours), in whole hours. Default: 7 days,
        so that an outage over a weekend loses none. Source:
        docs.aws.amazon.com/kinesis/latest/APIReference/API_IncreaseStreamRetentionPeriod.html.
    :param shard_count: how many shards the stream has, each for 1 MiB and 1000 records a second inwards. Default: on
        demand, as many as it takes. Kinesis lets a stream change between the two twice a day. Source:
        docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html.
    :param deliver_to: the bucket that every record goes to, an ``EncryptedBucket``. Default: none.
    :param data_output_prefix: the folder there, which may go on with expressions of Firehose, such as
        ``claims/!{timestamp:yyyy/MM/dd}/``. Default: ``records/`` and the hour of arrival, in UTC.
    :raises ValueError: a time or count beyond Kinesis' limits, or a prefix without a folder.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey | None = None,
        retention_period: cdk.Duration | None = None,
        shard_count: int | None = None,
        deliver_to: KeepsObjects | None = None,
        data_output_prefix: str = "records/",
    ) -> None:
        _require_hours(retention_period)
        # docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-stream.html
        require_range("shard_count", shard_count, 1, 100_000, unit="shards", fix="Leave it out for on demand.")
        require_prefix(data_output_prefix)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        mode = kinesis.StreamMode.ON_DEMAND if shard_count is None else kinesis.StreamMode.PROVISIONED
        self._stream = GrantingStream(
            self,
            "Resource",
            key=self._key,
            stream_mode=mode,
            shard_count=shard_count,
            retention_period=retention_period or cdk.Duration.days(_DEFAULT_DAYS),
        )
        self._delivery: firehose.CfnDeliveryStream | None = None
        if deliver_to is not None:
            self._delivery = define_delivery(
                Construct(self, "Delivery"),
                "Resource",
                stream=self._stream,
                stream_key=self._key,
                to=deliver_to,
                data_output_prefix=data_output_prefix,
            )

    @property
    def stream(self) -> kinesis.Stream:
        """The stream itself, for event sources, targets and metrics."""
        return self._stream

    @property
    def delivery_stream(self) -> firehose.CfnDeliveryStream | None:
        """What delivers into the bucket; none without ``deliver_to``."""
        return self._delivery

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of the stream."""
        return self._key

    @checked_arguments
    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal read records and decrypt them."""
        return self._stream.grant_read(grantee)

    @checked_arguments
    def grant_write(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal put records and encrypt them, but not read any."""
        return self._stream.grant_write(grantee)


def _require_hours(period: cdk.Duration | None) -> None:
    require_unit("retention_period", period, "hours")
    if period is None or period.is_unresolved():
        return
    hours = period.to_hours(integral=False)
    if not 24 <= hours <= 8760 or hours != int(hours):
        refuse(
            "retention_period",
            f"{hours:g} hours",
            allowed="allowed are 24 to 8760 whole hours, which is 365 days",
            fix="Leave it out for 7 days.",
        )
