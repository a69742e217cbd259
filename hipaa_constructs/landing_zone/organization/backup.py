"""The backup account: copies of all accounts' backups, which no account, this one included, can delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct

from hipaa_constructs._regions import left_out
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.landing_zone import names
from hipaa_constructs.landing_zone.arguments import lock_after
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.organization.role_stack import RoleStack
from hipaa_constructs.landing_zone.organization.sealed import seal
from hipaa_constructs.network.isolated_vpc import IsolatedVpc
from hipaa_constructs.network.traffic_logs import ArchivedFlowLogs
from hipaa_constructs.primitives.alert_rule import define_alert_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.recovery.air_gapped_vault import AirGappedVault
from hipaa_constructs.recovery.backup_role import define_backup_role
from hipaa_constructs.recovery.copies_audit import CopiesAudit
from hipaa_constructs.recovery.permissions import Place
from hipaa_constructs.recovery.recovery_vault import RecoveryVault
from hipaa_constructs.recovery.restore_permissions import restore_statements
from hipaa_constructs.recovery.restore_tests import RestoreTests


def define(scope: Construct, config: OrganizationZoneConfig) -> Sequence[cdk.Stack]:
    """Define the role's stacks, one in each Region that copies to other accounts at all: none in China.

    Each takes the copies of its own Region. The other Region has one already, in the workload's account, made by the
    same plan. Where Control Tower's own integration of AWS Backup is on, it has an account and vaults of its own
    (docs.aws.amazon.com/controltower/latest/userguide/lz-api-launch.html); this role takes another account.
    """
    return [
        BackupStack(scope, f"{config.name}-Backup-{region}", config=config, region=region)
        for region in config.organization.all_regions
        if not is_absent("cross-account-copy", region, kind="backup_features")
    ]


class BackupStack(RoleStack):
    """One Region's vault of copies, tried every quarter, audited, and watched.

    The vault is logically air-gapped where the Region has such vaults, and takes every service that a ``BackupPlan``
    backs up and AWS Backup copies to other accounts. In GovCloud and some other Regions it is an ordinary one under a
    customer key, locked as ``backup`` says. Everything stays when the stack goes.
    """

    def __init__(self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig, region: str) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="backup",
            region=region,
            description=f"Copies of all accounts' backups in {region}",
        )
        self.alerts = AlertTopic(
            self, "Alerts", emails=config.alerts.emails, reserve_concurrency=config.reserve_concurrency
        )
        self.vault = self._define_vault(config)
        key: kms.IKey
        if isinstance(self.vault, AirGappedVault):
            key, vault_arn = KmsRotatedKey(self, "RestoresKey").key, self.vault.vault_arn
        else:
            key, vault_arn = self.vault.encryption_key, self.vault.vault.backup_vault_arn
        self.restore_role = define_backup_role(
            self,
            "RestoreRole",
            description="Restores copies of backups",
            policies={"Restores": restore_statements(Place(self.account, self.region))},
        )
        self.tests: RestoreTests | None = None
        if not left_out(self, RestoreTests.TYPE, instead="Restore a copy of each kind of store by hand every quarter."):
            self.tests = RestoreTests(
                self,
                "RestoreTests",
                vault_arn=vault_arn,
                encryption_key=key,
                role=self.restore_role,
                subnet_group=self._define_network(config),
            )
            # AWS Backup tries the role for each kind of store; a new key comes late enough for IAM to have spread it.
            key.node.add_dependency(cast("Construct", self.restore_role.node.default_child))
            self.tests.wait_for(key)
        self.audit: CopiesAudit | None = None
        if not left_out(self, CopiesAudit.TYPE, instead="Read AWS Backup's copy and restore jobs every month."):
            self.audit = CopiesAudit(self, "Audit", retention_days=self.vault.retention_days[0])
        define_alert_rule(
            self,
            "Failures",
            source="aws.backup",
            detail_types=["Copy Job State Change", "Recovery Point State Change", "Restore Job State Change"],
            detail={
                "$or": [{one: ["ABORTED", "EXPIRED", "FAILED", "PARTIAL", "STOPPED"]} for one in ("state", "status")]
            },
            topic=self.alerts,
            description="Copies and restores in the backup account that ended badly",
            runbook="backup-failed",
        )
        seal(self)

    def _define_network(self, config: OrganizationZoneConfig) -> rds.SubnetGroup:
        """Make the subnets that databases are restored in; the account has no other use for a network."""
        network = IsolatedVpc(self, "Network", reserve_concurrency=config.reserve_concurrency)
        archive = names.archive_of(config, self.region).traffic_bucket
        if archive is not None:
            ArchivedFlowLogs(
                self,
                "ArchivedFlowLogs",
                vpc_id=network.vpc.vpc_id,
                bucket_arn=f"arn:{cdk.Aws.PARTITION}:s3:::{archive}",
            )
        return rds.SubnetGroup(
            self,
            "RestoreSubnets",
            description="Where restore tests put databases",
            vpc=network.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        )

    def _define_vault(self, config: OrganizationZoneConfig) -> AirGappedVault | RecoveryVault:
        organization_id, name = config.organization.id, names.copies_vault(config)
        if not is_absent(AirGappedVault.TYPE, self.region):
            return AirGappedVault(self, "Vault", vault_name=name, organization_id=organization_id, topic=self.alerts)
        vault = RecoveryVault(
            self, "Vault", compliance_lock_after=lock_after(config.backup), topic=self.alerts, vault_name=name
        )
        vault.accept_copies_from_organization(organization_id)
        return vault
