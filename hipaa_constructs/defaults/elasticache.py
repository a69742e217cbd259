"""Amazon ElastiCache, of which CDK has no class but the resources: encryption, TLS, a standby, snapshots, logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_elasticache as elasticache

from hipaa_constructs._arguments import is_token
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup

_DAYS = 35
# The first version of Redis that delivers a log.
_FIRST = 6
_TYPE = "AWS::ElastiCache::ReplicationGroup"


def _several(group: Any) -> bool:
    """Whether there is a node to fail over to."""
    return any(
        (count or 0) > least
        for count, least in ((group.num_cache_clusters, 1), (group.replicas_per_node_group, 0))
        if isinstance(count or 0, int | float)
    )


def _fails_over(group: Any) -> bool:
    return _several(group) and group.automatic_failover_enabled is not False


def _logs(group: Any) -> Sequence[str]:
    """Return the logs that an engine delivers, as far as its version is known.

    Redis delivers the slow log since 6.0 and the engine's since 6.2, Valkey both:
    docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html.
    """
    engine, version = (group.engine or "redis").lower(), group.engine_version or "7"
    if is_token(engine) or is_token(version) or engine not in ("redis", "valkey"):
        return []
    major, _, minor = version.partition(".")
    if not major.isdecimal() or int(major) < _FIRST:
        return []
    return ["slow-log"] if int(major) == _FIRST and minor.startswith("0") else ["slow-log", "engine-log"]


def _delivered(session: Session, group: Any) -> Any:
    home = session.home(session.owner(group), group.node.id)
    name = EncryptedLogGroup(home, "Logs", encryption_key=session.key(group)).log_group.log_group_name
    made = elasticache.CfnReplicationGroup
    return [
        made.LogDeliveryConfigurationRequestProperty(
            log_type=kind,
            log_format="json",
            destination_type="cloudwatch-logs",
            destination_details=made.DestinationDetailsProperty(
                cloud_watch_logs_details=made.CloudWatchLogsDestinationDetailsProperty(log_group=name)
            ),
        )
        for kind in _logs(group)
    ]


def _finish(session: Session, found: Found) -> None:
    """Leave a snapshot where the app said nothing of what becomes of a cache."""
    for resource in found.of(_TYPE):
        if resource.cfn_options.deletion_policy is not None:
            continue
        resource.apply_removal_policy(cdk.RemovalPolicy.SNAPSHOT)
        why = "A snapshot stays when the cache is deleted or replaced."
        session.record(resource, session.path(resource), _TYPE, "removal_policy", [], "set", why)


SERVICE = Service(
    types=[_TYPE],
    finish=_finish,
    later=["Caches of whose end the app said nothing leave a snapshot."],
    raw=[
        Raw(
            construct=elasticache.CfnReplicationGroup,
            resource_type=_TYPE,
            migration="Make a second group from a snapshot of this one.",
            settings=[
                RawSetting(
                    attribute="at_rest_encryption_enabled",
                    property="AtRestEncryptionEnabled",
                    value=lambda session, group: True,
                    why="What the cache writes to disk is encrypted.",
                ),
                # The key needs nobody's grant: ElastiCache has it from whoever makes the group.
                RawSetting(
                    attribute="kms_key_id",
                    property="KmsKeyId",
                    value=lambda session, group: session.key(group).key_arn,
                    when=lambda group: group.at_rest_encryption_enabled is True,
                    why="What the cache writes to disk is under the stack's key.",
                ),
                RawSetting(
                    attribute="transit_encryption_enabled",
                    property="TransitEncryptionEnabled",
                    value=lambda session, group: True,
                    why="Clients talk over TLS.",
                    only_new="A running group takes it in two steps, while clients change over "
                    "(docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption-enable.html).",
                ),
                RawSetting(
                    attribute="automatic_failover_enabled",
                    property="AutomaticFailoverEnabled",
                    value=lambda session, group: True,
                    when=_several,
                    why="A replica takes over when the primary fails.",
                ),
                RawSetting(
                    attribute="multi_az_enabled",
                    property="MultiAZEnabled",
                    value=lambda session, group: True,
                    when=_fails_over,
                    why="Replicas stand in other zones.",
                ),
                RawSetting(
                    attribute="snapshot_retention_limit",
                    property="SnapshotRetentionLimit",
                    value=lambda session, group: _DAYS,
                    why="Daily snapshots are kept as long as ElastiCache keeps them.",
                ),
                RawSetting(
                    attribute="log_delivery_configurations",
                    property="LogDeliveryConfigurations",
                    value=_delivered,
                    when=lambda group: bool(_logs(group)),
                    why="Slow statements and what the engine tells go to a log group under the stack's key.",
                ),
            ],
        )
    ],
)
