"""The cluster of a ``PrivateFargateService``: its storage is under a customer key, and sessions leave a record."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from hipaa_constructs._arguments import refuse
from hipaa_constructs._stacks import path_of, stack_of
from hipaa_constructs.primitives.key_policy import in_reach, say_what_is_missing


def define_cluster(scope: Construct, *, vpc: ec2.IVpc, key: kms.IKey, log_group: logs.ILogGroup) -> ecs.Cluster:
    """Make a cluster without machines of its own, whose Fargate storage and sessions are under ``key``."""
    cluster = ecs.Cluster(
        scope,
        "Cluster",
        vpc=vpc,
        container_insights_v2=ecs.ContainerInsights.ENABLED,
        execute_command_configuration=ecs.ExecuteCommandConfiguration(
            kms_key=key,
            logging=ecs.ExecuteCommandLogging.OVERRIDE,
            log_configuration=ecs.ExecuteCommandLogConfiguration(
                cloud_watch_log_group=log_group, cloud_watch_encryption_enabled=True
            ),
        ),
        # CDK lets Fargate use the key, on behalf of this account's clusters.
        managed_storage_configuration=ecs.ManagedStorageConfiguration(fargate_ephemeral_storage_kms_key=key),
    )
    if not in_reach(key):
        # CDK writes these into the policy of a key of the app, and says nothing of another's.
        for statement in _uses_by_fargate():
            say_what_is_missing(key, statement)
    return cluster


def _uses_by_fargate() -> Sequence[iam.PolicyStatement]:
    """Return what Fargate needs of the key, in CDK's words.

    Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-create-storage-key.html.
    """
    fargate = iam.ServicePrincipal("fargate.amazonaws.com")
    of_account = {"StringEquals": {"kms:EncryptionContext:aws:ecs:clusterAccount": [cdk.Aws.ACCOUNT_ID]}}
    return (
        iam.PolicyStatement(
            sid="Allow generate data key access for Fargate tasks.",
            principals=[fargate],
            actions=["kms:GenerateDataKeyWithoutPlaintext"],
            resources=["*"],
            conditions=of_account,
        ),
        iam.PolicyStatement(
            sid="Allow grant creation permission for Fargate tasks.",
            principals=[fargate],
            actions=["kms:CreateGrant"],
            resources=["*"],
            conditions={**of_account, "ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]}},
        ),
    )


def require_cluster(cluster: ecs.ICluster, vpc: ec2.IVpc) -> None:
    """Refuse a cluster of another VPC, and one of this app whose storage is under no customer key.

    Of a cluster from elsewhere a warning says what it has to have.
    """
    if cluster.vpc.vpc_id != vpc.vpc_id:
        refuse(
            "cluster",
            path_of(cluster),
            allowed=f"it takes a cluster in vpc, which is {path_of(vpc)}",
            fix="Pass the cluster's own VPC as vpc, or leave cluster out for one of its own.",
        )
    resource = cluster.node.default_child
    if not isinstance(resource, ecs.CfnCluster):
        cdk.Annotations.of(cluster).add_warning_v2(
            "hipaa-constructs:imported-cluster",
            "What a cluster from elsewhere has cannot be seen from here: see that its storage for Fargate is under a "
            "customer key (ManagedStorageConfiguration.FargateEphemeralStorageKmsKeyId)",
        )
        return
    configuration = stack_of(cluster).resolve(resource.configuration) or {}
    if "fargateEphemeralStorageKmsKeyId" not in configuration.get("managedStorageConfiguration", {}):
        refuse(
            "cluster",
            path_of(cluster),
            allowed="what tasks write is under a customer key, which managed_storage_configuration of their cluster "
            "names as fargate_ephemeral_storage_kms_key",
            fix="Pass the .cluster of another PrivateFargateService, or leave it out for one of its own.",
        )
