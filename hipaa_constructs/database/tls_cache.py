from __future__ import annotations

from typing import Literal

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, require_range, require_written
from hipaa_constructs._stacks import arn_in, path_of
from hipaa_constructs.database.cache_requirements import current_version, require_version, require_windows
from hipaa_constructs.database.cache_users import CacheUsers
from hipaa_constructs.database.requirements import isolated_zones
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

# Not 6379, where everyone looks (AwsSolutions-AEC5).
_PORT = 16379
# The longest that ElastiCache keeps: docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups-automatic.html
_SNAPSHOT_DAYS = 35


class TlsCache(Construct):
    """A cache of Valkey or Redis OSS that is reached over TLS only, by those who show by IAM who they are.

    - It stands in isolated subnets, listens on a port that is not the engine's well-known one, and lets nobody in
      before ``connections.allow_default_port_from``. Connections without TLS are refused.
    - Who connects is a user of the cache, with a token of IAM that is good for 15 minutes: there is no password
      anywhere. The engine's user ``default``, for connections that say nothing, is off. ``grant_connect`` lets a role
      connect as ``.user``, who may do everything but what the engine calls dangerous, or as one of ``add_user`` whom
      less is enough. A connection ends after 12 hours unless it authenticates again. Source: auth-iam.html and
      Clusters.RBAC.html below docs.aws.amazon.com/AmazonElastiCache/latest/dg.
    - One customer key covers what is written to disk, snapshots and logs; it cannot be changed later.
    - A replica in another zone takes over when the primary fails. ElastiCache takes a snapshot each day and keeps it 35
      days, and one more when the stack goes; AWS Backup does not know ElastiCache. A cache is no record: what changed
      since the last snapshot is in none, so keep the original elsewhere.
    - The slow log, which shows commands with their arguments, and the engine's go to a log group that masks PHI and is
      kept seven years. Minor versions are taken in ``preferred_maintenance_window``.

    All on nodes: serverless caches deliver no logs (Log_Delivery.html there). Memcached knows neither users nor
    encryption at rest on nodes, so there is none.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls,
    164.312(d) authentication, 164.312(e)(1) transmission security, 164.312(e)(2)(i) integrity controls,
    164.312(e)(2)(ii) encryption and 164.308(a)(7)(ii)(A) data backup plan. Supports 164.308(a)(7)(i) contingency plan.

    :param vpc: has isolated subnets in two zones or more, as ``PrivateVpc`` has.
    :param encryption_key: the key for everything at rest. Default: a ``KmsRotatedKey`` of its own.
    :param engine: ``valkey`` or ``redis``. Default: Valkey.
    :param engine_version: major and minor version, from 7.2 for Valkey and 7.0 for Redis OSS. Default: 8.2 and 7.1.
    :param cache_node_type: the kind of each node. Default: ``cache.m6g.large``.
    :param num_cache_clusters: how many nodes, one of them the primary, 2 to 6. Default: 2.
    :param snapshot_window: when the daily snapshot is taken, an hour or more, in UTC. Default: ``05:00-06:00``.
    :param preferred_maintenance_window: when nodes are mended, an hour or more, in UTC. Default:
        ``sun:07:00-sun:08:00``.
    :raises ValueError: Memcached, a version without IAM authentication, a VPC without isolated subnets, fewer than two
        nodes, or a window that ElastiCache cannot read.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        encryption_key: kms.IKey | None = None,
        engine: Literal["valkey", "redis"] = "valkey",
        engine_version: str | None = None,
        cache_node_type: str = "cache.m6g.large",
        num_cache_clusters: int = 2,
        snapshot_window: str = "05:00-06:00",
        preferred_maintenance_window: str = "sun:07:00-sun:08:00",
    ) -> None:
        require_version(engine, engine_version)
        require_written("num_cache_clusters", num_cache_clusters, fix="Two are a primary and its replica.")
        require_range("num_cache_clusters", num_cache_clusters, 2, 6, unit="nodes", fix="Two are enough to fail over.")
        require_windows(snapshot_window, preferred_maintenance_window)
        isolated_zones(vpc)
        super().__init__(scope, construct_id)

        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._logs = EncryptedLogGroup(self, "Logs", encryption_key=self._key)
        self._security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="TLS clients of the cache", allow_all_outbound=False
        )
        self._connections = ec2.Connections(security_groups=[self._security_group], default_port=ec2.Port.tcp(_PORT))
        self._users = CacheUsers(self)
        self._replication_group = elasticache.CfnReplicationGroup(
            self,
            "Resource",
            replication_group_description=f"Cache of {path_of(self)}",
            engine=engine,
            engine_version=engine_version or current_version(engine),
            cache_node_type=cache_node_type,
            num_cache_clusters=num_cache_clusters,
            automatic_failover_enabled=True,
            multi_az_enabled=True,
            port=_PORT,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            at_rest_encryption_enabled=True,
            kms_key_id=self._key.key_arn,
            user_group_ids=[self._users.group_id],
            cache_subnet_group_name=self._subnets(vpc).ref,
            security_group_ids=[self._security_group.security_group_id],
            snapshot_retention_limit=_SNAPSHOT_DAYS,
            snapshot_window=snapshot_window,
            preferred_maintenance_window=preferred_maintenance_window,
            auto_minor_version_upgrade=True,
            log_delivery_configurations=[self._delivery(kind) for kind in ("slow-log", "engine-log")],
        )
        self._replication_group.apply_removal_policy(cdk.RemovalPolicy.SNAPSHOT)

    @property
    def replication_group(self) -> elasticache.CfnReplicationGroup:
        """The cache itself; CDK has no higher construct for it."""
        return self._replication_group

    @property
    def user(self) -> elasticache.CfnUser:
        """Who may do everything but what is dangerous; ``.user_name`` is what a client calls itself."""
        return self._users.first

    @property
    def endpoint(self) -> str:
        """The host of the primary, which takes writes, with TLS."""
        return self._replication_group.attr_primary_end_point_address

    @property
    def reader_endpoint(self) -> str:
        """The host behind which the replicas answer, with TLS."""
        return self._replication_group.attr_reader_end_point_address

    @property
    def port(self) -> int:
        """The port of both, a number at synth."""
        return _PORT

    @property
    def connections(self) -> ec2.Connections:
        """The cache's side of security-group rules."""
        return self._connections

    @property
    def security_group(self) -> ec2.SecurityGroup:
        """The cache's own security group."""
        return self._security_group

    @property
    def log_group(self) -> logs.LogGroup:
        """Where both logs go."""
        return self._logs.log_group

    @property
    def encryption_key(self) -> kms.IKey:
        """The key for everything at rest."""
        return self._key

    @checked_arguments
    def add_user(self, construct_id: str, *, access_string: str) -> elasticache.CfnUser:
        """Add a user who signs in by IAM and may do what ``access_string`` says, such as ``on ~visits:* +@read``.

        :param access_string: keys, channels and commands, as in Clusters.RBAC.html; ``on`` lets the user in.
        :raises ValueError: an access string that holds a password, or does without one.
        """
        return self._users.add(construct_id, access_string)

    @checked_arguments
    def grant_connect(self, grantee: iam.IGrantable, *, user: elasticache.CfnUser | None = None) -> iam.Grant:
        """Let a principal connect to this cache as ``.user``, or as another of its users.

        Source: docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html.
        """
        cache = arn_in(self, "elasticache", f"replicationgroup:{self._replication_group.ref}")
        return to_principal(grantee, ["elasticache:Connect"], [cache, (user or self.user).attr_arn])

    def _subnets(self, vpc: ec2.IVpc) -> elasticache.CfnSubnetGroup:
        return elasticache.CfnSubnetGroup(
            self,
            "Subnets",
            description=f"Isolated subnets of {path_of(self)}",
            subnet_ids=vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED).subnet_ids,
        )

    def _delivery(self, kind: str) -> elasticache.CfnReplicationGroup.LogDeliveryConfigurationRequestProperty:
        group = elasticache.CfnReplicationGroup
        return group.LogDeliveryConfigurationRequestProperty(
            log_type=kind,
            log_format="json",
            destination_type="cloudwatch-logs",
            destination_details=group.DestinationDetailsProperty(
                cloud_watch_logs_details=group.CloudWatchLogsDestinationDetailsProperty(
                    log_group=self._logs.log_group.log_group_name
                )
            ),
        )
