from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct, IConstruct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._regions import left_out
from hipaa_constructs._stacks import account_of, region_of, settle, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.classification import TAG_KEY, DataClassification
from hipaa_constructs.primitives.alert_rule import define_alert_rule
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.recovery.account_copies import (
    AccountVault,
    account_copy_statements,
    open_key,
    open_store,
    vault_of_account,
)
from hipaa_constructs.recovery.backup_audit import BackupAudit
from hipaa_constructs.recovery.backup_copies import copy_policy, require_copy_target, require_snapshots, vault_arn
from hipaa_constructs.recovery.backup_permissions import backup_statements
from hipaa_constructs.recovery.backup_role import define_backup_role
from hipaa_constructs.recovery.backup_rule import SEVEN_YEARS, BackupRule
from hipaa_constructs.recovery.backup_selections import BackupSelections
from hipaa_constructs.recovery.permissions import Place
from hipaa_constructs.recovery.plan_rules import archive_volumes, default_rules, define_rule, require_rules
from hipaa_constructs.recovery.plan_vault import PlanVault
from hipaa_constructs.recovery.recovery_vault import RecoveryVault, require_lock, require_near
from hipaa_constructs.recovery.restore_permissions import restore_statements
from hipaa_constructs.recovery.restore_tests import RestoreTests


class BackupPlan(Construct):
    """Backups of PHI in a locked vault, copied elsewhere, tried every quarter, watched, with failures reported.

    A store takes it as ``backup_plan`` and so is selected; ``protect_tagged`` selects by tag. It backs up S3 buckets,
    RDS, Aurora and DocumentDB databases, DynamoDB tables, EFS file systems, EBS volumes and namespaces of Redshift
    Serverless.

    - Recovery points lie in a ``RecoveryVault``, whose lock lets in just the retentions of ``rules``.
    - One role makes backups, another restores; both are held to this account and Region.
    - Each quarter AWS Backup restores a recovery point of every store and deletes the result; it has no such test for
      Redshift. An audit framework
      checks that it took no more than 72 hours (the proposed rule of 2025, 90 FR 898; the rule in force names no time),
      that what is tagged as PHI is in a plan, and that recovery points are encrypted, locked and kept; reports go to a
      bucket every day. The framework needs the account's AWS Config recorder to run before deployment. Either is left
      out, with a note at synthesis, where the Region lacks it.
    - Jobs that fail, expire or are aborted, in this account and Region, and continuous backups that stop are told to
      ``topic``.

    AWS Backup itself has to be opted in for each service, and, for a copy to another account, across accounts; no
    template can do that: ``aws backup update-region-settings`` and ``update-global-settings``.

    Meets 164.308(a)(7)(ii)(A) data backup plan and 164.312(c)(1) integrity. Supports 164.308(a)(7)(ii)(B) disaster
    recovery plan and 164.308(a)(7)(ii)(D) testing and revision procedures.

    :param rules: when recovery points are made and how long they stay, one to ten. Default: continuous for 35 days,
        daily for 35 days, weekly for 90 days, monthly for seven years with cold storage after 90 days.
    :param copy_to: a vault in a stack of another Region, of this or another account of the organization, that
        receives a copy of every snapshot. Both stacks have to state their Region. The keys of volumes, and of databases
        that are selected by tag or are CDK's own, have to let another account use them. Default: no copies.
    :param copy_to_account: the ARN of a vault of another account of the organization, in this Region, that receives a
        copy of every snapshot too; made in the other account by ``RecoveryVault(vault_name=…)``, which
        ``accept_copies_from_organization`` opens, or as a logically air-gapped vault, whose retentions have to hold
        those of ``rules``. Keys as for ``copy_to``. Where the Region copies to no account, it is left out with a note
        at synthesis. Default: no copies.
    :param compliance_lock_after: after how long, at least 3 days, nobody can change or remove the vault's lock any
        more. Default: governance mode. See ``RecoveryVault``.
    :param encryption_key: the key of the vault. Default: a ``KmsRotatedKey`` of its own.
    :param topic: who hears of failures. Default: an ``AlertTopic`` of its own.
    :param restore_subnet_group: where restore tests put databases; isolated subnets are right. Default: AWS Backup
        takes the account's default VPC, never publicly accessible; without a default VPC the test fails and is told.
    :raises ValueError: no rules, names used twice, a rule that would keep continuous backups from running or that the
        target's lock refuses, a target that copies cannot reach, such as one in this Region, or a lock time below 3
        days.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        rules: Sequence[BackupRule] | None = None,
        copy_to: RecoveryVault | None = None,
        copy_to_account: str | None = None,
        compliance_lock_after: cdk.Duration | None = None,
        encryption_key: kms.IKey | None = None,
        topic: AlertTopic | None = None,
        restore_subnet_group: rds.ISubnetGroup | None = None,
    ) -> None:
        rules = default_rules() if rules is None else list(rules)
        require_rules(rules)
        require_lock(compliance_lock_after)
        if topic is not None:
            require_near(scope, topic)
        if copy_to is not None:
            require_copy_target(scope, copy_to, rules)
        if copy_to_account is not None:
            require_snapshots("copy_to_account", rules)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        account_vault = vault_of_account(self, copy_to_account)
        self._vault = PlanVault(
            self,
            "Vault",
            encryption_key=encryption_key,
            min_retention=cdk.Duration.days(min(rule.delete_after_days for rule in rules)),
            max_retention=cdk.Duration.days(max(rule.delete_after_days for rule in rules)),
            compliance_lock_after=compliance_lock_after,
            topic=topic,
        )
        self._name = cdk.Names.unique_resource_name(self, max_length=50, separator="-")
        self._copy_accounts = self._accounts_of(copy_to, account_vault)
        self._plan = self._define_plan(rules, copy_to, account_vault)
        self._define_roles(copy_to, account_vault)
        self._selections = BackupSelections(self, plan=self._plan, role=self._role)
        self._tests = None
        if not left_out(
            self, RestoreTests.TYPE, instead="Restore a recovery point of each store by hand every quarter."
        ):
            self._tests = RestoreTests(
                self,
                "RestoreTests",
                vault_arn=self.vault.backup_vault_arn,
                encryption_key=self.encryption_key,
                role=self._restore_role,
                subnet_group=restore_subnet_group,
            )
        self._define_notices()
        self._audit = None
        if not left_out(self, BackupAudit.TYPE, instead="Read AWS Backup's jobs and protected resources every month."):
            self._audit = BackupAudit(
                self,
                "Audit",
                retention_days=self._vault.retention_days.start,
                copy_regions=[region_of(copy_to)] if copy_to else [],
                copy_accounts=self._copy_accounts,
                backup_plan=self,
            )
        self._let_roles_settle()
        if copy_to is None and account_vault is None:
            _acknowledge_one_region(self._plan)

    @classmethod
    def daily_7_year(
        cls,
        scope: Construct,
        construct_id: str,
        *,
        copy_to: RecoveryVault | None = None,
        copy_to_account: str | None = None,
        compliance_lock_after: cdk.Duration | None = None,
        encryption_key: kms.IKey | None = None,
        topic: AlertTopic | None = None,
        restore_subnet_group: rds.ISubnetGroup | None = None,
    ) -> BackupPlan:
        """Make a plan that keeps every day's backup seven years, and restores to any second of the last 35 days."""
        return cls(
            scope,
            construct_id,
            rules=[BackupRule.continuous(), BackupRule.daily(delete_after=cdk.Duration.days(SEVEN_YEARS))],
            copy_to=copy_to,
            copy_to_account=copy_to_account,
            compliance_lock_after=compliance_lock_after,
            encryption_key=encryption_key,
            topic=topic,
            restore_subnet_group=restore_subnet_group,
        )

    @classmethod
    def daily_weekly_monthly_7_year(
        cls,
        scope: Construct,
        construct_id: str,
        *,
        copy_to: RecoveryVault | None = None,
        copy_to_account: str | None = None,
        compliance_lock_after: cdk.Duration | None = None,
        encryption_key: kms.IKey | None = None,
        topic: AlertTopic | None = None,
        restore_subnet_group: rds.ISubnetGroup | None = None,
    ) -> BackupPlan:
        """Make a plan with the default rules: what is older is kept more thinly, so that it costs less."""
        return cls(
            scope,
            construct_id,
            copy_to=copy_to,
            copy_to_account=copy_to_account,
            compliance_lock_after=compliance_lock_after,
            encryption_key=encryption_key,
            topic=topic,
            restore_subnet_group=restore_subnet_group,
        )

    @property
    def plan(self) -> backup.BackupPlan:
        """The plan itself."""
        return self._plan

    @property
    def plan_name(self) -> str:
        """The plan's name, known at synth."""
        return self._name

    @property
    def recovery_vault(self) -> RecoveryVault:
        """The vault with its key, lock and notices."""
        return self._vault

    @property
    def vault(self) -> backup.BackupVault:
        """The vault that holds the recovery points."""
        return self._vault.vault

    @property
    def encryption_key(self) -> kms.IKey:
        """The key that recovery points are under."""
        return self._vault.encryption_key

    @property
    def topic(self) -> AlertTopic:
        """Who hears of failures."""
        return self._vault.topic

    @property
    def role(self) -> LeastPrivilegeRole:
        """What makes backups."""
        return self._role

    @property
    def restore_role(self) -> LeastPrivilegeRole:
        """What restores, in tests and in earnest."""
        return self._restore_role

    @property
    def audit(self) -> BackupAudit | None:
        """The audit framework and its reports; None in a Region without AWS Backup Audit Manager."""
        return self._audit

    @checked_arguments
    def protect(self, store: Construct, resource_arn: str) -> None:
        """Select ``resource_arn`` for backup, in the stack of ``store``.

        The key of a database of this library lets the accounts that receive copies use it.
        """
        self._selections.add(store, resource_arn)
        for account in self._copy_accounts:
            open_store(store, account)
        if self._tests is not None:
            self._tests.cover(store)

    @checked_arguments
    def protect_tagged(self, key: str = TAG_KEY, value: str = DataClassification.PHI.value) -> None:
        """Select every store in this account and Region with a tag; by default, what is classified as PHI."""
        self._selections.add_tag(key, value)

    def _accounts_of(self, copy_to: RecoveryVault | None, account_vault: AccountVault | None) -> Sequence[str]:
        """Return the other accounts that copies go to, each once."""
        targets = [account_of(copy_to)] if copy_to is not None else []
        if account_vault is not None:
            targets.append(account_vault.place.account)
        return [one for one in dict.fromkeys(targets) if one != account_of(self)]

    def _define_plan(
        self, rules: Sequence[BackupRule], copy_to: RecoveryVault | None, account_vault: AccountVault | None
    ) -> backup.BackupPlan:
        targets = []
        if copy_to is not None:
            targets.append(backup.BackupVault.from_backup_vault_arn(self, "CopyTarget", vault_arn(copy_to)))
            stack_of(self).add_stack_dependency(stack_of(copy_to))
        if account_vault is not None:
            targets.append(backup.BackupVault.from_backup_vault_arn(self, "AccountCopyTarget", account_vault.arn))
        plan = backup.BackupPlan(
            self,
            "Resource",
            backup_plan_name=self._name,
            backup_vault=self._vault.vault,
            backup_plan_rules=[define_rule(rule, targets) for rule in rules],
        )
        archive_volumes(plan, rules)
        return plan

    def _define_roles(self, copy_to: RecoveryVault | None, account_vault: AccountVault | None) -> None:
        stack = stack_of(self)
        here = Place.of(stack)
        policies = {"Backups": backup_statements(here, self.vault.backup_vault_arn)}
        if copy_to is not None:
            policies["Copies"] = copy_policy(self, copy_to)
            if account_of(copy_to) in self._copy_accounts:
                copy_to.accept_copies_from(account_of(stack))
        if account_vault is not None:
            policies["AccountCopies"] = account_copy_statements(self, account_vault)
        for account in self._copy_accounts:
            open_key(self.encryption_key, account)
        self._role = define_backup_role(self, "Role", description="Makes backups", policies=policies)
        self._restore_role = define_backup_role(
            self, "RestoreRole", description="Restores backups", policies={"Restores": restore_statements(here)}
        )

    def _let_roles_settle(self) -> None:
        """Put the bucket of reports and its key, which take a while, between the roles and what AWS tries them for.

        A selection fails while IAM has not spread the role, as one that AWS Backup cannot assume or that may not call
        tag:GetResources: github.com/hashicorp/terraform-provider-aws/issues/10511. Of a new key CloudFormation waits
        until it has spread, and the bucket and its policy come after it. Where nothing is audited, the plan comes
        between.
        """
        first: IConstruct = self._plan
        last = cast("Construct", self._plan.node.default_child)
        if self._audit is not None:
            reports = self._audit.bucket
            first, last = reports.encryption_key, cast("Construct", reports.bucket.policy)
            # They refer to the plan anyway.
            self._selections.wait_for(last)
        for role in (self._role, self._restore_role):
            # Without what is granted to the role later, which may name the key itself.
            first.node.add_dependency(cast("Construct", role.node.default_child))
        if self._tests is not None:
            self._tests.wait_for(last)

    def _define_notices(self) -> None:
        """Tell of jobs that ended badly and continuous backups that stopped; some events say state and some status.

        Sources: docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html and, for what a stopped recovery point
        is, docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRecoveryPoint.html.
        """
        bad = ["ABORTED", "EXPIRED", "FAILED", "PARTIAL", "STOPPED"]
        define_alert_rule(
            self,
            "Failures",
            source="aws.backup",
            detail_types=[
                "Backup Job State Change",
                "Copy Job State Change",
                "Recovery Point State Change",
                "Restore Job State Change",
            ],
            detail={"$or": [{"state": bad}, {"status": bad}]},
            topic=self.topic,
            description="Backup, copy and restore jobs that ended badly, and continuous backups that stopped",
            runbook="backup-failed",
        )


def _acknowledge_one_region(plan: backup.BackupPlan) -> None:
    """Leave a trace of the choice to keep no copies elsewhere, for whoever reads the evidence."""
    acknowledge_limitation(
        cast("Construct", plan.node.default_child),
        "HIPAA.Constructs-BackupCopiedElsewhere",
        reason="No copy_to was given: recovery points stay in this Region, over its availability zones. Whether that "
        "is enough is for the risk analysis and the disaster recovery plan to say.",
        source="45 CFR 164.308(a)(7)(ii)(B)",
    )
