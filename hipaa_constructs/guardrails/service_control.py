"""What no role in a member account may do: the statements of the service control policies.

Each condition key was looked up in docs.aws.amazon.com/service-authorization/latest/reference. Roles linked to
services are outside every service control policy, and so is the management account:
docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.compliance.controls import read

Statement = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exemptions:
    """Role names, with ``*`` and ``?``: who deploys and mends the controls, and who acts in an emergency."""

    deployment: Sequence[str]
    emergency: Sequence[str]

    def for_deployment(self) -> dict[str, Any]:
        """Return a condition that lets those through who deploy the controls."""
        return _unless(self.deployment)

    def for_either(self) -> dict[str, Any]:
        """Return a condition that lets those and break-glass roles through."""
        return _unless([*self.deployment, *self.emergency])

    def role_arns(self) -> list[str]:
        """Return the ARN patterns of all exempt roles."""
        return _arns([*self.deployment, *self.emergency])


def eligible_services(additional: Sequence[str]) -> list[Statement]:
    """Deny every service that AWS does not list as HIPAA-eligible, by the dated catalogue."""
    catalogue = read("iam_prefixes.json")
    prefixes = sorted({*catalogue["prefixes"], *catalogue["tools"], *additional})
    return [
        {
            "Sid": "OnlyEligibleServices",
            "Effect": "Deny",
            "NotAction": [f"{prefix}:*" for prefix in prefixes],
            "Resource": "*",
        }
    ]


def statements(regions: Sequence[str], exempt: Exemptions) -> list[Statement]:
    """Return every other statement."""
    return [*_account(exempt), *_controls(exempt), *_encryption(), *_publicity(exempt), _regions(regions, exempt)]


def _account(exempt: Exemptions) -> list[Statement]:
    return [
        # Sessions of centralized root access carry aws:AssumedRoot; they come from the management account, for one
        # task each. docs.aws.amazon.com/controltower/latest/controlreference/elective-preventive-controls.html
        _deny(
            "NoRootUser",
            ["*"],
            {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}, "Null": {"aws:AssumedRoot": "true"}},
        ),
        _deny("StayInOrganization", ["organizations:LeaveOrganization", "account:CloseAccount"]),
        # Whoever could make a role of an exempt name would be exempt.
        _deny(
            "ProtectExemptRoles",
            [
                "iam:AttachRolePolicy",
                "iam:CreateRole",
                "iam:DeleteRole",
                "iam:DeleteRolePermissionsBoundary",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
            ],
            exempt.for_deployment(),
            exempt.role_arns(),
        ),
    ]


def _controls(exempt: Exemptions) -> list[Statement]:
    """Audit and detection stay on, and break-glass does not turn them off either."""
    switches = {
        "KeepTrails": [
            "cloudtrail:DeleteEventDataStore",
            "cloudtrail:DeleteTrail",
            "cloudtrail:PutEventSelectors",
            "cloudtrail:StopEventDataStoreIngestion",
            "cloudtrail:StopLogging",
            "cloudtrail:UpdateTrail",
        ],
        "KeepConfig": [
            "config:DeleteConfigRule",
            "config:DeleteConfigurationRecorder",
            "config:DeleteConformancePack",
            "config:DeleteDeliveryChannel",
            "config:DeleteRemediationConfiguration",
            "config:DeleteRetentionConfiguration",
            "config:PutConfigurationRecorder",
            "config:StopConfigurationRecorder",
        ],
        "KeepThreatDetection": [
            "guardduty:CreateFilter",
            "guardduty:CreateIPSet",
            "guardduty:DeleteDetector",
            "guardduty:DeleteMembers",
            "guardduty:DeletePublishingDestination",
            "guardduty:DisassociateFromAdministratorAccount",
            "guardduty:DisassociateFromMasterAccount",
            "guardduty:DisassociateMembers",
            "guardduty:StopMonitoringMembers",
            "guardduty:UpdateDetector",
        ],
        "KeepDataDiscovery": [
            "macie2:DisableMacie",
            "macie2:DisassociateFromAdministratorAccount",
            "macie2:DisassociateFromMasterAccount",
            "macie2:UpdateMacieSession",
        ],
        "KeepSecurityHub": [
            "securityhub:BatchDisableStandards",
            "securityhub:DeleteMembers",
            "securityhub:DisableImportFindingsForProduct",
            "securityhub:DisableSecurityHub",
            "securityhub:DisassociateFromAdministratorAccount",
            "securityhub:DisassociateFromMasterAccount",
            "securityhub:DisassociateMembers",
        ],
        "KeepAnalyzers": ["access-analyzer:DeleteAnalyzer", "access-analyzer:UpdateAnalyzer", "inspector2:Disable"],
        "KeepFlowLogs": [
            "ec2:DeleteFlowLogs",
            "route53resolver:DeleteResolverQueryLogConfig",
            "route53resolver:DisassociateResolverQueryLogConfig",
        ],
        "KeepEncryption": [
            "ec2:DisableEbsEncryptionByDefault",
            "ec2:ModifyEbsDefaultKmsKeyId",
            "ec2:ResetEbsDefaultKmsKeyId",
            "firehose:StopDeliveryStreamEncryption",
            "kinesis:StopStreamEncryption",
            "kms:DisableKeyRotation",
        ],
        "KeepPublicAccessBlocked": [
            "ec2:CreateVpcBlockPublicAccessExclusion",
            "ec2:DisableImageBlockPublicAccess",
            "ec2:DisableSnapshotBlockPublicAccess",
            "ec2:ModifyVpcBlockPublicAccessOptions",
            "s3:PutAccountPublicAccessBlock",
        ],
    }
    return [_deny(sid, actions, exempt.for_deployment()) for sid, actions in switches.items()]


def _encryption() -> list[Statement]:
    """Nothing is made without encryption, where a condition key tells. DynamoDB, FSx and S3 encrypt always:
    docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html.
    """
    return [
        _deny(
            "EncryptVolumes",
            ["ec2:AttachVolume", "ec2:CreateVolume", "ec2:RunInstances"],
            {"Bool": {"ec2:Encrypted": "false"}},
            ["arn:*:ec2:*:*:volume/*"],
        ),
        # An instance in a cluster is encrypted as the cluster is, and says nothing of it itself.
        _deny(
            "EncryptDatabases",
            ["rds:CreateDBInstance"],
            {
                "Bool": {"rds:StorageEncrypted": "false"},
                "StringNotLike": {"rds:DatabaseEngine": ["aurora*", "docdb", "neptune"]},
            },
        ),
        _deny("EncryptClusters", ["rds:CreateDBCluster"], {"Bool": {"rds:StorageEncrypted": "false"}}),
        _deny(
            "EncryptFiles", ["elasticfilesystem:CreateFileSystem"], {"Bool": {"elasticfilesystem:Encrypted": "false"}}
        ),
        _deny(
            "EncryptCaches",
            ["elasticache:CreateReplicationGroup"],
            {"Bool": {"elasticache:AtRestEncryptionEnabled": "false"}},
        ),
        _deny(
            "EncryptCacheTraffic",
            ["elasticache:CreateReplicationGroup"],
            {"Bool": {"elasticache:TransitEncryptionEnabled": "false"}},
        ),
        # With a key that only the caller holds, nobody can read, restore or audit the object.
        _deny(
            "NoCallerHeldKeys",
            ["s3:PutObject"],
            {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
        ),
    ]


def _publicity(exempt: Exemptions) -> list[Statement]:
    return [
        _deny(
            "NoPublicAcls",
            ["s3:CreateBucket", "s3:PutBucketAcl", "s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"],
            {"StringEquals": {"s3:x-amz-acl": ["authenticated-read", "public-read", "public-read-write"]}},
        ),
        _deny("NoPublicSnapshots", ["ec2:ModifySnapshotAttribute"], {"StringEquals": {"ec2:Add/group": "all"}}),
        # No key tells sharing with one account from sharing with all.
        _deny(
            "NoSharedDatabaseSnapshots",
            ["rds:ModifyDBClusterSnapshotAttribute", "rds:ModifyDBSnapshotAttribute"],
            exempt.for_either(),
        ),
        _deny(
            "NoPublicDatabases",
            ["rds:CreateDBInstance", "rds:ModifyDBInstance", "rds:RestoreDBInstance*"],
            {"Bool": {"rds:PubliclyAccessible": "true"}},
        ),
        _deny(
            "NoPublicFunctions",
            ["lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig"],
            {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        ),
    ]


# Services of one endpoint for all Regions, after AWS's example of this policy:
# docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html
_GLOBAL_ACTIONS = (
    "account:*",
    "acm:*",
    "artifact:*",
    "aws-portal:*",
    "billing:*",
    "budgets:*",
    "ce:*",
    "cloudfront:*",
    "cur:*",
    "directconnect:*",
    "ec2:DescribeRegions",
    "fms:*",
    "globalaccelerator:*",
    "health:*",
    "iam:*",
    "organizations:*",
    "pricing:*",
    "route53-recovery-control-config:*",
    "route53-recovery-readiness:*",
    "route53:*",
    "route53domains:*",
    "s3:GetAccountPublicAccessBlock",
    "s3:ListAllMyBuckets",
    "s3:PutAccountPublicAccessBlock",
    "shield:*",
    "sts:*",
    "support:*",
    "supportplans:*",
    "trustedadvisor:*",
    "waf-regional:*",
    "waf:*",
    "wafv2:*",
)


def _regions(regions: Sequence[str], exempt: Exemptions) -> Statement:
    return {
        "Sid": "OnlyAllowedRegions",
        "Effect": "Deny",
        "NotAction": list(_GLOBAL_ACTIONS),
        "Resource": "*",
        # A disaster may leave no allowed Region to restore in.
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": sorted(regions)}, **_unless(exempt.emergency)},
    }


def _deny(
    sid: str, actions: Sequence[str], condition: Mapping[str, Any] | None = None, resources: Sequence[str] = ("*",)
) -> Statement:
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Deny",
        "Action": actions[0] if len(actions) == 1 else list(actions),
        "Resource": resources[0] if len(resources) == 1 else list(resources),
    }
    if condition:
        statement["Condition"] = dict(condition)
    return statement


def _unless(names: Sequence[str]) -> dict[str, Any]:
    return {"ArnNotLike": {"aws:PrincipalArn": _arns(names)}} if names else {}


def _arns(names: Sequence[str]) -> list[str]:
    return [f"arn:*:iam::*:role/{name}" for name in names]
