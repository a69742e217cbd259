from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs.audit.activity_alarms import ActivityAlarms
from hipaa_constructs.audit.audit_trail import AuditTrail
from hipaa_constructs.detection.account_baseline import AccountBaseline
from hipaa_constructs.detection.continuous_compliance import ContinuousCompliance
from hipaa_constructs.detection.cost_alarms import CostAlarms
from hipaa_constructs.detection.trusted_advisor_alerts import HOME_REGION, TrustedAdvisorAlerts
from hipaa_constructs.landing_zone.arguments import existing, lock_after, services_monitor
from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.landing_zone.network_stack import NetworkStack
from hipaa_constructs.landing_zone.recovery_stack import RecoveryStack
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.recovery.backup_plan import BackupPlan


class FoundationStack(cdk.Stack):
    """What everything else stands on: alerts, backups, the audit trail, account settings and AWS Config."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: LandingZoneConfig,
        recovery: RecoveryStack,
        network: NetworkStack,
        env: cdk.Environment,
    ) -> None:
        super().__init__(scope, construct_id, env=env, description="Alerts, backups, audit trail and AWS Config")
        self.alerts = AlertTopic(
            self, "Alerts", emails=config.alerts.emails, reserve_concurrency=config.reserve_concurrency
        )
        self.backups = BackupPlan.daily_7_year(
            self,
            "Backups",
            copy_to=recovery.vault,
            copy_to_account=config.backup.copy_account_vault,
            compliance_lock_after=lock_after(config.backup),
            topic=self.alerts,
            restore_subnet_group=rds.SubnetGroup(
                self,
                "RestoreTests",
                description="Where restore tests put databases",
                vpc=network.vpc.vpc,
                vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            ),
        )
        self.backups.protect_tagged()
        self.trail: AuditTrail | None = None
        # An organization's trail has its log group, and so its alarms, in the account that made it.
        if not config.audit.by_organization:
            self.trail = AuditTrail(
                self,
                "Trail",
                backup_plan=self.backups,
                retention=cdk.Duration.days(config.audit.retention_days),
                organization_id=config.audit.organization_id,
            )
            ActivityAlarms(
                self,
                "Activity",
                log_group=self.trail.log_group,
                topic=self.alerts,
                dashboard_regions=[config.recovery_region],
            )
        if config.costs is not None:
            CostAlarms(
                self,
                "Costs",
                topic=self.alerts,
                monthly_limit=config.costs.monthly_limit,
                services_monitor=services_monitor(config.costs),
            )
        self.baseline = AccountBaseline(
            self,
            "Baseline",
            outbound_internet=config.network.nat_gateways > 0,
            load_balancer_subnets=network.vpc.vpc.public_subnets if config.network.load_balancer_subnets else (),
            inspector=existing(config.detection, "inspector"),
            reserve_concurrency=config.reserve_concurrency,
        )
        archived = None
        if config.archive.config_bucket is not None:
            archived = s3.Bucket.from_bucket_name(self, "ConfigArchive", config.archive.config_bucket)
        self.compliance = ContinuousCompliance(
            self,
            "Compliance",
            baseline=self.baseline,
            topic=self.alerts,
            backup_plan=self.backups,
            recorder=existing(config.detection, "config"),
            delivery_bucket=archived,
            trail=self.trail,
            manual_remediations=config.compliance.manual_remediations,
        )
        # No administrator of an organization hears of another account's checks; without one, DetectionStack has this.
        if config.detection.by_organization and env.region == HOME_REGION:
            TrustedAdvisorAlerts(self, "Advice", topic=self.alerts)
        # The framework judges what AWS Config records, and cannot be made before it does.
        if self.backups.audit is not None and self.compliance.recorder is not None:
            self.backups.audit.framework.node.add_dependency(self.compliance.recorder)
