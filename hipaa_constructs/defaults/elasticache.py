"""Amazon ElastiCache, of which CDK has no class but the resources: encryption, TLS, a standby, snapshots."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_elasticache as elasticache

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session

_DAYS = 35
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
            ],
        )
    ],
)
