from __future__ import annotations

from typing import ClassVar

from aws_cdk import aws_backup as backup
from constructs import Construct

from hipaa_constructs._names import KEPT
from hipaa_constructs._regions import require_region
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.recovery.backup_rule import SEVEN_YEARS
from hipaa_constructs.recovery.recovery_vault import require_name, require_near
from hipaa_constructs.recovery.vault_policy import copies_from_organization, kept

_DOCS = "docs.aws.amazon.com/aws-backup/latest/devguide/logicallyairgappedvault.html"
_NOTICES = ("COPY_JOB_FAILED", "RECOVERY_POINT_MODIFIED", "S3_RESTORE_OBJECT_FAILED")


class AirGappedVault(Construct):
    """A logically air-gapped vault, which takes copies from accounts of an organization and gives none up.

    What is in it lies in an account of AWS Backup's own, locked in compliance mode from the first second on: nobody,
    AWS and root included, deletes a copy or shortens its time. Name, key and retentions can never be changed either;
    another vault takes another name. It takes snapshots of S3, RDS, Aurora, DocumentDB, DynamoDB, EFS and EBS that are
    35 days to seven years (2557 days) to be kept; databases and volumes have to be under a customer key that the
    vault's account may use. AWS Resource Access Manager shares it with an account that is to restore from it.

    It is under AWS Backup's key, as AWS asks for: a customer key of the same account could be taken away by whoever
    took over the account, and with it every copy. A copy of a copy is made on demand alone, by no plan, and only into a
    vault under a customer key.

    Source: docs.aws.amazon.com/aws-backup/latest/devguide/logicallyairgappedvault.html.

    Meets 164.308(a)(7)(ii)(A) data backup plan and 164.312(c)(1) integrity.

    :param vault_name: the name by which other accounts know it.
    :param organization_id: whose accounts may copy into it.
    :param topic: who hears of failed copies and of changed recovery points.
    :raises ValueError: a name that AWS Backup refuses, a topic elsewhere, or a Region without such vaults.
    """

    TYPE: ClassVar = "AWS::Backup::LogicallyAirGappedBackupVault"
    # At least seven days, says the page above. These are those of a RecoveryVault, and hold every plan's copies.
    _RETENTION: ClassVar = range(35, SEVEN_YEARS + 1)

    def __init__(
        self, scope: Construct, construct_id: str, *, vault_name: str, organization_id: str, topic: AlertTopic
    ) -> None:
        require_region(
            scope,
            self.TYPE,
            what="a logically air-gapped vault",
            fix="Make a RecoveryVault, which accept_copies_from_organization opens.",
        )
        require_name(vault_name)
        require_near(scope, topic)
        super().__init__(scope, construct_id)

        # AWS Backup states the vault as its source:
        # docs.aws.amazon.com/aws-backup/latest/devguide/cross-service-confused-deputy-prevention.html
        publishing = topic.allow_publishing("backup.amazonaws.com")
        self._vault = backup.CfnLogicallyAirGappedBackupVault(
            self,
            "Resource",
            backup_vault_name=vault_name,
            min_retention_days=self._RETENTION[0],
            max_retention_days=self._RETENTION[-1],
            access_policy={
                "Version": "2012-10-17",
                "Statement": [*kept(self), copies_from_organization(organization_id).to_statement_json()],
            },
            notifications=backup.CfnLogicallyAirGappedBackupVault.NotificationObjectTypeProperty(
                backup_vault_events=list(_NOTICES), sns_topic_arn=topic.topic.topic_arn
            ),
        )
        publishing.apply_before(self._vault)
        self._vault.apply_removal_policy(KEPT)
        acknowledge_limitation(
            self._vault,
            "HIPAA.Constructs-StoreEncryptedWithCustomerKey",
            reason="AWS recommends its own key for these vaults, one for each: nobody in the account can disable or "
            "delete it, and with it every copy. A customer key can only be chosen when the vault is made, and AWS "
            "advises against one of the same account.",
            source=_DOCS,
        )

    @property
    def vault(self) -> backup.CfnLogicallyAirGappedBackupVault:
        """The vault itself; CDK has no higher construct for it."""
        return self._vault

    @property
    def vault_arn(self) -> str:
        """The vault's ARN."""
        return self._vault.attr_backup_vault_arn

    @property
    def retention_days(self) -> range:
        """The retentions, in days, that the vault lets in."""
        return self._RETENTION
