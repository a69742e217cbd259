"""AWS Backup: the plan that was given selects the stores that no other selection names."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs.database.cluster_member import acknowledge_member
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.storage.replica import acknowledge_no_replica

_BUCKET = "AWS::S3::Bucket"
_INSTANCE = "AWS::RDS::DBInstance"
_CLUSTER = "AWS::RDS::DBCluster"
_DOCUMENTS = "AWS::DocDB::DBCluster"
_SELECTION = "AWS::Backup::BackupSelection"
_STORES = (
    _BUCKET,
    _INSTANCE,
    _CLUSTER,
    _DOCUMENTS,
    "AWS::DynamoDB::Table",
    "AWS::DynamoDB::GlobalTable",
    "AWS::EFS::FileSystem",
)
_WHY = "The plan that was given backs it up."


def _finish(session: Session, found: Found) -> None:
    plan = session.backup_plan
    if plan is None:
        return
    selected: dict[cdk.Stack, str] = {}
    for one in found.of(_SELECTION):
        stack = session.stack(one)
        selected[stack] = selected.get(stack, "") + json.dumps(session.resolved(one, "backup_selection"))
    for kind in _STORES:
        for resource in found.of(kind):
            stack = session.stack(resource)
            if isinstance(plan, Construct) and not session.is_near(plan, stack):
                continue
            if json.dumps(session.name(resource)) in selected.get(stack, ""):
                continue
            path = session.path(resource).removesuffix("/Resource")
            if kind == _INSTANCE and resource.db_cluster_identifier is not None:
                acknowledge_member(resource)
                continue
            if kind == _BUCKET:
                _follow(session, resource)
                if resource.replication_configuration is None:
                    # As for EncryptedBucket.
                    acknowledge_no_replica(resource, plan)
            plan.protect(resource, _arn(kind, resource, stack))
            session.record(resource, path, kind, "backup_plan", [], "set", _WHY)


def _arn(kind: str, resource: Any, stack: cdk.Stack) -> str:
    if kind in (_INSTANCE, _CLUSTER, _DOCUMENTS):
        return stack.format_arn(
            service="rds",
            resource="db" if kind == _INSTANCE else "cluster",
            resource_name=resource.ref,
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
    return str(resource.attr_arn)


def _follow(session: Session, bucket: s3.CfnBucket) -> None:
    """Have EventBridge hear of the bucket, by which AWS Backup follows it.

    Source: docs.aws.amazon.com/aws-backup/latest/devguide/s3-backups.html. Where CDK's own function sets what the
    bucket tells whom, it sets that too; elsewhere its function would be another one to look after.
    """
    owner = session.owner(bucket)
    if isinstance(owner, s3.Bucket) and owner.node.try_find_child("Notifications") is not None:
        owner.enable_event_bridge_notification()
    elif bucket.notification_configuration is None:
        bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
        )
    else:
        bucket.add_property_override("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True)


SERVICE = Service(
    types=[*_STORES, _SELECTION],
    finish=_finish,
    later=[
        "Buckets, databases, tables and file systems that no selection names come under `backup_plan`.",
        "Those of these buckets that replicate nowhere acknowledge that the plan keeps the copies instead.",
        "Those buckets tell EventBridge what happens to objects, by which AWS Backup follows them.",
    ],
)
