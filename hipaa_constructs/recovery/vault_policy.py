"""What the policies of vaults say: that recovery points stay, and who may copy into them."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._constants import anyone, partition
from hipaa_constructs._stacks import account_of
from hipaa_constructs.iam.key_actions import USE
from hipaa_constructs.primitives.via_service import via_service
from hipaa_constructs.recovery.permissions import FOR_AWS


def kept(scope: Construct) -> list[dict[str, Any]]:
    """Deny what would undo backups.

    The second statement has the form that the Config rule backup-recovery-point-manual-deletion-disabled, and the
    Audit Manager control after it, look for: all three actions, and wildcards for principal and resource.
    CloudFormation has to get past it, or the policy could never be changed again, nor an empty vault whose stack is
    gone be removed: an administrator imports that into a stack, and deletes it. A service role's calls carry no
    aws:CalledVia, hence the bootstrap role by its pattern:
    docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia.
    """
    account = account_of(scope)
    deploying = f"arn:{partition()}:iam::{account}:role/cdk-*-cfn-exec-role-{account}-*"
    return [
        {
            "Sid": "KeepRecoveryPoints",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"],
            "Resource": "*",
        },
        {
            "Sid": "ChangeThroughCloudFormationOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": [
                "backup:DeleteBackupVault",
                "backup:DeleteBackupVaultAccessPolicy",
                "backup:DeleteBackupVaultLockConfiguration",
                "backup:DeleteRecoveryPoint",
                "backup:PutBackupVaultAccessPolicy",
                "backup:PutBackupVaultLockConfiguration",
                "backup:UpdateRecoveryPointLifecycle",
            ],
            "Resource": "*",
            "Condition": {
                "ArnNotLike": {"aws:PrincipalArn": deploying},
                "ForAllValues:StringNotEquals": {"aws:CalledVia": ["cloudformation.amazonaws.com"]},
            },
        },
    ]


def copies_from_organization(organization_id: str) -> iam.PolicyStatement:
    """Let every account of an organization copy into the vault.

    Source: docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html.
    """
    return iam.PolicyStatement(
        sid="CopiesFromOrganization",
        principals=[anyone()],
        actions=["backup:CopyIntoBackupVault"],
        resources=["*"],
        conditions={"StringEquals": {"aws:PrincipalOrgID": organization_id}},
    )


def copying_under_key(organization_id: str, *, region: str) -> list[iam.PolicyStatement]:
    """Let the roles that copy use the key of the vault, which AWS Backup does in their name.

    Source: docs.aws.amazon.com/aws-backup/latest/devguide/logicallyairgappedvault.html, under "Key policy for
    copy/restore": for all copies the key is shared with the role that copies.
    """
    members = {"StringEquals": {"aws:PrincipalOrgID": organization_id, "kms:ViaService": via_service(region, "backup")}}
    return [
        iam.PolicyStatement(
            sid="CopiesFromOrganization",
            principals=[anyone()],
            actions=list(USE),
            resources=["*"],
            conditions=members,
        ),
        iam.PolicyStatement(
            sid="GrantsForCopiesFromOrganization",
            principals=[anyone()],
            actions=["kms:CreateGrant"],
            resources=["*"],
            conditions={**members, **FOR_AWS},
        ),
    ]
