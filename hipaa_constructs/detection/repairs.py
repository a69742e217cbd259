"""What is set right when it drifts: which AWS Config rule finds it, which runbook mends it, and with what rights.

Rules of a conformance pack cannot have remediations, so each repair has a rule of its own
(docs.aws.amazon.com/config/latest/APIReference/API_PutRemediationConfigurations.html). Runbooks of AWS are used where
they do just what is wanted: docs.aws.amazon.com/systems-manager-automation-runbooks/latest/userguide/. Elsewhere a
script of this package's ``runbooks`` is:

- AWS-DisablePublicAccessForSecurityGroup fails on groups whose rules do not match four patterns exactly, and is not in
  every Region; AWS-DisableIncomingSSHOnPort22 leaves RDP open.
- AWSSupport-ModifyEBSSnapshotPermission wants snapshots by id, and AWS Config names the account;
  AWSSupport-ModifyRDSSnapshotPermission knows no snapshots of clusters.
- AWSSupport-EnableVPCFlowLogs wants to create roles and log groups; no runbook starts a stopped trail or encrypts a
  database snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aws_cdk as cdk

from hipaa_constructs._stacks import arn_in, partition_in, region_of
from hipaa_constructs.detection.repair_names import RepairName


@dataclass(frozen=True)
class Allowed:
    """Actions, and the ARNs they are allowed on; ``in_account`` holds ARNs that name no account to this one."""

    actions: tuple[str, ...]
    arns: tuple[str, ...]
    in_account: bool = False


@dataclass(frozen=True)
class Repair:
    """One thing that is set right.

    ``names_resource_as`` is the runbook's parameter that gets the id of the non-compliant resource; None if the runbook
    looks for itself. ``script`` is the file in ``runbooks``; None if ``runbook`` is AWS's. ``periodic`` rules look
    every hour; the others at every change, and AWS Config refuses a frequency for them.
    """

    name: RepairName
    rule: str
    description: str
    statements: tuple[Allowed, ...]
    runbook: str | None = None
    script: str | None = None
    names_resource_as: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    rule_parameters: Mapping[str, str] = field(default_factory=dict)
    resource_types: tuple[str, ...] = ()
    periodic: bool = False


def repairs(stack: cdk.Stack, *, key_arn: str, log_group_arn: str, delivery_role_arn: str) -> list[Repair]:
    """Return the repairs that need nothing but an account; ``trail_repair`` is the other one."""

    def arn(service: str, resource: str) -> str:
        return arn_in(stack, service, resource)

    snapshots = f"arn:{partition_in(stack)}:ec2:{region_of(stack)}::snapshot/*"
    return [
        Repair(
            name="PublicBuckets",
            rule="S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
            description="Buckets block public access themselves",
            runbook="AWSConfigRemediation-ConfigureS3BucketPublicAccessBlock",
            names_resource_as="BucketName",
            statements=(
                Allowed(
                    ("s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
                    (f"arn:{partition_in(stack)}:s3:::*",),
                    in_account=True,
                ),
            ),
        ),
        Repair(
            name="PublicVolumeSnapshots",
            rule="EBS_SNAPSHOT_PUBLIC_RESTORABLE_CHECK",
            description="EBS snapshots are not shared with everyone",
            script="make_volume_snapshots_private",
            periodic=True,
            statements=(
                Allowed(("ec2:DescribeSnapshots",), ("*",)),
                Allowed(("ec2:ModifySnapshotAttribute",), (snapshots,)),
            ),
        ),
        Repair(
            name="PublicDatabaseSnapshots",
            rule="RDS_SNAPSHOTS_PUBLIC_PROHIBITED",
            description="Database snapshots are not shared with everyone",
            script="make_database_snapshot_private",
            names_resource_as="SnapshotId",
            statements=(
                Allowed(("rds:ModifyDBSnapshotAttribute",), (arn("rds", "snapshot:*"),)),
                Allowed(("rds:ModifyDBClusterSnapshotAttribute",), (arn("rds", "cluster-snapshot:*"),)),
            ),
        ),
        Repair(
            name="UnencryptedDatabaseSnapshots",
            rule="RDS_SNAPSHOT_ENCRYPTED",
            description="Database snapshots are encrypted",
            script="encrypt_database_snapshot",
            names_resource_as="SnapshotId",
            values={"KmsKeyArn": key_arn},
            resource_types=("AWS::RDS::DBSnapshot",),
            statements=(
                Allowed(
                    ("rds:AddTagsToResource", "rds:CopyDBSnapshot", "rds:DescribeDBSnapshots"),
                    (arn("rds", "snapshot:*"),),
                ),
                Allowed(("kms:CreateGrant", "kms:DescribeKey"), (key_arn,)),
            ),
        ),
        Repair(
            name="UnencryptedVolumes",
            rule="EC2_EBS_ENCRYPTION_BY_DEFAULT",
            description="New EBS volumes and snapshots are encrypted",
            runbook="AWSConfigRemediation-EnableEbsEncryptionByDefault",
            periodic=True,
            statements=(Allowed(("ec2:EnableEbsEncryptionByDefault", "ec2:GetEbsEncryptionByDefault"), ("*",)),),
        ),
        Repair(
            name="OpenRemoteAdministration",
            rule="VPC_SG_PORT_RESTRICTION_CHECK",
            description="Security groups do not open SSH and RDP to the internet",
            script="close_remote_administration",
            names_resource_as="GroupId",
            periodic=True,
            statements=(
                Allowed(("ec2:DescribeSecurityGroupRules",), ("*",)),
                Allowed(("ec2:RevokeSecurityGroupIngress",), (arn("ec2", "security-group/*"),)),
            ),
        ),
        Repair(
            name="MissingFlowLogs",
            rule="VPC_FLOW_LOGS_ENABLED",
            description="VPCs have flow logs",
            script="create_flow_log",
            names_resource_as="VpcId",
            values={"LogGroupArn": log_group_arn, "DeliveryRoleArn": delivery_role_arn},
            periodic=True,
            statements=(
                Allowed(("ec2:CreateFlowLogs",), (arn("ec2", "vpc/*"), arn("ec2", "vpc-flow-log/*"))),
                Allowed(("ec2:DescribeFlowLogs",), ("*",)),
                Allowed(("iam:PassRole",), (delivery_role_arn,)),
            ),
        ),
        Repair(
            name="UnrotatedKeys",
            rule="CMK_BACKING_KEY_ROTATION_ENABLED",
            description="Customer keys rotate by themselves",
            runbook="AWSConfigRemediation-EnableKeyRotation",
            names_resource_as="KeyId",
            periodic=True,
            statements=(Allowed(("kms:EnableKeyRotation", "kms:GetKeyRotationStatus"), (arn("kms", "key/*"),)),),
        ),
    ]


def trail_repair(trail_arns: Sequence[str], *, topic_arn: str) -> Repair:
    """Return the repair of trails, whose ARNs have to be known.

    The rule is content with any trail that records, unless it is told of the topic of the one that must:
    docs.aws.amazon.com/config/latest/developerguide/cloudtrail-enabled.html.
    """
    return Repair(
        name="StoppedTrail",
        rule="CLOUD_TRAIL_ENABLED",
        description="A trail records",
        script="start_trail",
        values={"TrailArns": ",".join(trail_arns)},
        rule_parameters={"snsTopicArn": topic_arn},
        periodic=True,
        statements=(Allowed(("cloudtrail:StartLogging",), tuple(trail_arns)),),
    )
