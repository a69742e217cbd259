from __future__ import annotations

import re
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse, require_days
from hipaa_constructs._names import KEPT, known_name, require_deployment
from hipaa_constructs._stacks import region_of, settle
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.key_policy import add_to_key_policy
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.recovery.backup_rule import SEVEN_YEARS, whole_days
from hipaa_constructs.recovery.permissions import Place
from hipaa_constructs.recovery.vault_policy import copies_from_organization, copying_under_key, kept

# BACKUP_JOB_FAILED and its like are deprecated and never sent; EventBridge tells of failed jobs instead.
# docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultNotifications.html
_NOTICES = (
    "CONTINUOUS_BACKUP_INTERRUPTED",
    "COPY_JOB_FAILED",
    "RECOVERY_POINT_MODIFIED",
    "S3_BACKUP_OBJECT_FAILED",
    "S3_RESTORE_OBJECT_FAILED",
)
# docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html
NAME_LENGTH = 50


class RecoveryVault(Construct):
    """A backup vault under a customer key, locked, whose recovery points nobody can delete or shorten.

    A ``BackupPlan`` makes its own; make one yourself in a stack of another Region, or account, as the plan's
    ``copy_to``.

    - The vault lock refuses backups kept shorter or longer than the plan's rules, and deletion before their time.
    - The vault policy denies everybody deleting recovery points or changing their lifecycle. Policy, lock and vault
      change through CloudFormation alone: by the execution role of a CDK bootstrap, or on behalf of a caller.
    - Vault and key stay when the stack goes. The vault has a name, made from the construct's path, which a second
      deployment finds taken; give that one another ``deployment``. A vault that nobody needs any more, and that is
      empty, is removed through CloudFormation too: docs/runbook.md says how.

    Meets 164.308(a)(7)(ii)(A) data backup plan, 164.312(a)(2)(iv) encryption and decryption and 164.312(c)(1)
    integrity.

    :param encryption_key: the key for recovery points. Default: a ``KmsRotatedKey`` of its own.
    :param min_retention: the shortest time that a recovery point may be kept. Default: 35 days.
    :param max_retention: the longest. Default: seven years (2557 days). Backups and copies outside of the two fail.
    :param compliance_lock_after: after how long, at least 3 days, the lock cannot be changed or removed by anybody,
        AWS included. Default: governance mode, which an administrator who gets past the vault policy can remove.
        Source: docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html.
    :param topic: who hears of failed copies, of objects that were left out, of changed recovery points, and of
        continuous backups that no longer run.
        Default: an ``AlertTopic`` of its own.
    :param deployment: the end of the vault's name, up to 8 lower-case letters and digits. Default: nothing is added.
    :param vault_name: the vault's name, where another account has to know it. Default: one made from the construct's
        path and ``deployment``.
    :raises ValueError: a period outside AWS's limits, or a ``deployment`` or a name of another form.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey | None = None,
        min_retention: cdk.Duration | None = None,
        max_retention: cdk.Duration | None = None,
        compliance_lock_after: cdk.Duration | None = None,
        topic: AlertTopic | None = None,
        deployment: str = "",
        vault_name: str | None = None,
    ) -> None:
        shortest = whole_days("min_retention", min_retention) if min_retention else 35
        longest = whole_days("max_retention", max_retention) if max_retention else SEVEN_YEARS
        if shortest > longest:
            refuse(
                "min_retention",
                f"{shortest} days",
                allowed=f"it may not exceed max_retention, which is {longest} days",
                fix="Swap the two, or lengthen max_retention.",
            )
        require_lock(compliance_lock_after)
        require_deployment(deployment)
        if vault_name is not None:
            require_name(vault_name)
        if topic is not None:
            require_near(scope, topic)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._retention = range(shortest, longest + 1)
        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        self._topic = topic or AlertTopic(self, "Alerts")
        # AWS Backup states the vault as its source:
        # docs.aws.amazon.com/aws-backup/latest/devguide/cross-service-confused-deputy-prevention.html
        publishing = self._topic.allow_publishing("backup.amazonaws.com")
        self._name = vault_name or self._named(deployment)
        self._vault = backup.BackupVault(
            self,
            "Resource",
            backup_vault_name=self._name,
            encryption_key=self._key,
            access_policy=iam.PolicyDocument.from_json({"Version": "2012-10-17", "Statement": kept(self)}),
            lock_configuration=backup.LockConfiguration(
                min_retention=cdk.Duration.days(shortest),
                max_retention=cdk.Duration.days(longest),
                changeable_for=compliance_lock_after,
            ),
            notification_topic=self._topic.topic,
            removal_policy=KEPT,
        )
        publishing.apply_before(self._vault)
        # CDK's own list of events has not all that AWS Backup sends.
        cast("backup.CfnBackupVault", self._vault.node.default_child).add_property_override(
            "Notifications.BackupVaultEvents", list(_NOTICES)
        )
        self._copying_accounts: set[str] = set()

    @property
    def vault(self) -> backup.BackupVault:
        """The vault itself."""
        return self._vault

    @property
    def vault_name(self) -> str:
        """The vault's name, known at synth: a plan in another Region refers to it by this."""
        return self._name

    @property
    def encryption_key(self) -> kms.IKey:
        """The key that recovery points are under."""
        return self._key

    @property
    def topic(self) -> AlertTopic:
        """Who hears of failures."""
        return self._topic

    @property
    def retention_days(self) -> range:
        """The retentions, in days, that the vault lock lets in."""
        return self._retention

    def accept_copies_from(self, account: str) -> None:
        """Let the AWS account ``account`` copy its recovery points into this vault; a plan's ``copy_to`` calls it.

        Source: docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html.
        """
        if account in self._copying_accounts:
            return
        self._copying_accounts.add(account)
        self._vault.add_to_access_policy(
            iam.PolicyStatement(
                principals=[iam.AccountPrincipal(account)], actions=["backup:CopyIntoBackupVault"], resources=["*"]
            )
        )

    def accept_copies_from_organization(self, organization_id: str) -> None:
        """Let every account of an organization copy its recovery points into this vault, and use its key for that.

        Their plans name it as ``copy_to_account``. Nobody is let in from outside the organization, and the key is
        used through AWS Backup alone.
        """
        self._vault.add_to_access_policy(copies_from_organization(organization_id))
        for statement in copying_under_key(organization_id, region=region_of(self)):
            add_to_key_policy(self._key, statement)

    def _named(self, deployment: str) -> str:
        return known_name(self, max_length=NAME_LENGTH, deployment=deployment)


def require_lock(compliance_lock_after: cdk.Duration | None) -> None:
    """Refuse a grace time shorter than AWS's three days."""
    require_days(
        "compliance_lock_after",
        compliance_lock_after,
        3,
        36_500,
        fix="Leave it out for governance mode. AWS Vault Lock allows no less than 72 hours to change your mind.",
    )


def require_name(vault_name: str) -> None:
    """Refuse a vault's name that AWS Backup refuses.

    Source: docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html.
    """
    if is_token(vault_name) or not re.fullmatch(rf"[A-Za-z0-9_-]{{2,{NAME_LENGTH}}}", vault_name):
        refuse(
            "vault_name",
            vault_name,
            allowed=f"allowed are 2 to {NAME_LENGTH} letters, digits, '-' and '_', known at synth",
            fix="Leave it out for a name made from the construct's path.",
        )


def require_near(scope: Construct, topic: AlertTopic) -> None:
    """Refuse a topic elsewhere: AWS Backup publishes within its own account and Region.

    Source: docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html.
    """
    here, there = Place.of(scope), Place.of(topic)
    for what, own, other in (("Region", here.region, there.region), ("account", here.account, there.account)):
        if own != other and not (is_token(own) or is_token(other)):
            refuse(
                "topic",
                f"one in {what} {other}",
                allowed=f"AWS Backup publishes to topics of its own {what}, {own}",
                fix=f"Pass an AlertTopic of that {what}, or leave it out.",
            )
