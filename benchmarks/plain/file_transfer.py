from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_transfer as transfer
from constructs import Construct

from benchmarks.plain.keys import key
from benchmarks.plain.trail import masked_log_group

_POLICY = "TransferSecurityPolicy-FIPS-2025-03"


def file_transfer(
    scope: Construct, construct_id: str, *, vpc: ec2.IVpc, bucket: s3.IBucket, user_name: str, ssh_public_key: str
) -> transfer.CfnServer:
    logs = masked_log_group(scope, f"{construct_id}Logs", key(scope, f"{construct_id}Key"))
    group = ec2.SecurityGroup(
        scope, f"{construct_id}Group", vpc=vpc, description="SFTP from partners", allow_all_outbound=False
    )
    server = transfer.CfnServer(
        scope,
        construct_id,
        domain="S3",
        protocols=["SFTP"],
        endpoint_type="VPC",
        endpoint_details=transfer.CfnServer.EndpointDetailsProperty(
            vpc_id=vpc.vpc_id,
            subnet_ids=[subnet.subnet_id for subnet in vpc.isolated_subnets],
            security_group_ids=[group.security_group_id],
        ),
        identity_provider_type="SERVICE_MANAGED",
        security_policy_name=_POLICY,
        structured_log_destinations=[logs.log_group_arn],
    )
    transfer.CfnUser(
        scope,
        f"{construct_id}User",
        server_id=server.attr_server_id,
        user_name=user_name,
        role=_role(scope, construct_id, bucket, user_name).role_arn,
        ssh_public_keys=[ssh_public_key],
        home_directory_type="LOGICAL",
        home_directory_mappings=[
            transfer.CfnUser.HomeDirectoryMapEntryProperty(
                entry="/", target=cdk.Fn.join("", ["/", bucket.bucket_name, "/", user_name])
            )
        ],
    )
    return server


def _role(scope: Construct, construct_id: str, bucket: s3.IBucket, folder: str) -> iam.Role:
    account = {"StringEquals": {"aws:SourceAccount": cdk.Stack.of(scope).account}}
    role = iam.Role(
        scope,
        f"{construct_id}Role",
        assumed_by=iam.ServicePrincipal("transfer.amazonaws.com", conditions=account),
        description=construct_id,
    )
    listed = {"StringLike": {"s3:prefix": [folder, f"{folder}/*"]}}
    iam.ManagedPolicy(
        scope,
        f"{construct_id}Policy",
        roles=[role],
        description=construct_id,
        statements=[
            iam.PolicyStatement(actions=["s3:ListBucket"], resources=[bucket.bucket_arn], conditions=listed),
            iam.PolicyStatement(
                actions=["s3:AbortMultipartUpload", "s3:PutObject"], resources=[bucket.arn_for_objects(f"{folder}/*")]
            ),
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=[cast("kms.IKey", bucket.encryption_key).key_arn],
            ),
        ],
    )
    return role
