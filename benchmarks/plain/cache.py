from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache
from constructs import Construct

from benchmarks.plain.keys import key
from benchmarks.plain.trail import masked_log_group


def cache(scope: Construct, construct_id: str, *, vpc: ec2.IVpc) -> elasticache.CfnReplicationGroup:
    storage_key = key(scope, f"{construct_id}Key")
    logs = masked_log_group(scope, f"{construct_id}Logs", storage_key)
    group = ec2.SecurityGroup(
        scope, f"{construct_id}Group", vpc=vpc, description="TLS clients of the cache", allow_all_outbound=False
    )
    subnets = elasticache.CfnSubnetGroup(
        scope,
        f"{construct_id}Subnets",
        description="Isolated subnets",
        subnet_ids=vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED).subnet_ids,
    )
    nobody = _user(scope, f"{construct_id}-default", "default", "off -@all", "no-password-required")
    name = f"{construct_id.lower()}-user"
    user = _user(scope, f"{construct_id}-user", name, "on ~* &* +@all -@dangerous +info", "iam")
    users = elasticache.CfnUserGroup(
        scope,
        f"{construct_id}Users",
        engine="redis",
        user_group_id=construct_id.lower(),
        user_ids=[nobody.ref, user.ref],
    )
    made = elasticache.CfnReplicationGroup(
        scope,
        construct_id,
        replication_group_description=construct_id,
        engine="valkey",
        engine_version="8.2",
        cache_node_type="cache.m6g.large",
        num_cache_clusters=2,
        automatic_failover_enabled=True,
        multi_az_enabled=True,
        port=16379,
        transit_encryption_enabled=True,
        transit_encryption_mode="required",
        at_rest_encryption_enabled=True,
        kms_key_id=storage_key.key_arn,
        user_group_ids=[users.ref],
        cache_subnet_group_name=subnets.ref,
        security_group_ids=[group.security_group_id],
        snapshot_retention_limit=35,
        snapshot_window="05:00-06:00",
        preferred_maintenance_window="sun:07:00-sun:08:00",
        auto_minor_version_upgrade=True,
        log_delivery_configurations=[
            {
                "logType": kind,
                "logFormat": "json",
                "destinationType": "cloudwatch-logs",
                "destinationDetails": {"cloudWatchLogsDetails": {"logGroup": logs.log_group_name}},
            }
            for kind in ("slow-log", "engine-log")
        ],
    )
    made.apply_removal_policy(cdk.RemovalPolicy.SNAPSHOT)
    return made


def _user(scope: Construct, user_id: str, name: str, access: str, mode: str) -> elasticache.CfnUser:
    return elasticache.CfnUser(
        scope,
        f"User-{user_id}",
        engine="redis",
        user_id=user_id.lower(),
        user_name=name,
        access_string=access,
        authentication_mode={"Type": mode},
    )
