"""The management account: the trail of all accounts, organizational units, and what nobody may do."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs._regions import left_out
from hipaa_constructs.audit.activity_alarms import ActivityAlarms
from hipaa_constructs.audit.organization_trail import OrganizationTrail
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.compliance.classify import leave_out_of_backups
from hipaa_constructs.detection.access_review import AccessReview
from hipaa_constructs.detection.account_baseline import AccountBaseline
from hipaa_constructs.detection.continuous_compliance import ContinuousCompliance
from hipaa_constructs.detection.data_discovery import DataDiscovery
from hipaa_constructs.detection.existing import Existing
from hipaa_constructs.detection.security_posture import SecurityPosture
from hipaa_constructs.detection.threat_detection import ThreatDetection
from hipaa_constructs.detection.trusted_advisor_alerts import HOME_REGION, TrustedAdvisorAlerts
from hipaa_constructs.detection.vulnerability_scanning import VulnerabilityScanning
from hipaa_constructs.guardrails.guardrails import Guardrails
from hipaa_constructs.guardrails.organizational_units import OrganizationalUnits
from hipaa_constructs.landing_zone import names
from hipaa_constructs.landing_zone.arguments import existing, lock_after, policies_region
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.organization.role_stack import RoleStack
from hipaa_constructs.landing_zone.sections import PoliciesConfig
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

# CloudFormation names a role after stack and resource, and shortens each from behind if both are too long.
_KEPT_OF_NAMES = 20
# What sets account-wide blocks, what mends what AWS Config finds, and what has detection on in all accounts, by the ids
# that FoundationStack and SecurityStack give them.
_MENDING = ("BaselineProvider", "Compliance", "DetectionProvider")
# What sets them in the stacks of the baseline's stack set, whose names begin with this.
_OF_STACK_SETS, _MENDING_THERE = "StackSet-", "BaselineProvider"
# As many further Regions as fit on the page of ActivityAlarms.
_SHOWN = 3


def define(scope: Construct, config: OrganizationZoneConfig) -> Sequence[cdk.Stack]:
    """Define the role's stacks, as far as nobody else does what is in them.

    Control Tower makes an organization's trail, and watches what it governs; so does Landing Zone Accelerator:
    docs.aws.amazon.com/controltower/latest/userguide/about-logging.html,
    docs.aws.amazon.com/solutions/latest/landing-zone-accelerator-on-aws/centralized-logging.html. Both have units of
    their own, in which theirs alone are known:
    docs.aws.amazon.com/controltower/latest/userguide/organizations.html. Policies of ours go beside theirs.
    """
    organization = config.organization
    stacks: list[cdk.Stack] = []
    if organization.owner == "none" and organization.accounts.log_archive is not None:
        trail = OrganizationTrailStack(scope, f"{config.name}-OrganizationTrail", config=config)
        here = ManagementStack(scope, f"{config.name}-Management", config=config, alerts=trail.alerts)
        stacks = [trail, here]
        for region, findings in here.findings.items():
            stacks.append(
                ManagementThreatsStack(
                    scope, f"{config.name}-Management-{region}", config=config, region=region, findings=findings
                )
            )
    if organization.root_id is not None or organization.policies is not None:
        stacks.append(OrganizationStack(scope, f"{config.name}-Organization", config=config))
    return stacks


class OrganizationTrailStack(RoleStack):
    """The organization's trail, with alarms on what people do in any account, and who is told."""

    def __init__(self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="management",
            description="The organization's trail, and alarms on activity in all accounts",
        )
        self.alerts = AlertTopic(
            self, "Alerts", emails=config.alerts.emails, reserve_concurrency=config.reserve_concurrency
        )
        self.trail = OrganizationTrail(
            self,
            "Trail",
            organization_id=config.organization.id,
            trail_name=names.trail(config),
            data_trail_name=names.trail(config, "-DataEvents"),
            bucket_name=names.trail_bucket(config),
            file_key_arn=names.trail_key_arn(config),
        )
        ActivityAlarms(
            self,
            "Activity",
            log_group=self.trail.log_group,
            topic=self.alerts,
            dashboard_regions=config.organization.regions[:_SHOWN],
        )


class ManagementStack(RoleStack):
    """What every account gets, for the one that no policy and no service-managed stack set reaches.

    Its settings, AWS Config into the log archive, and what watches over it, at home and for threats in every Region: so
    the account that records all others is watched whatever an administrator's account does. Where ``detection`` says
    that a service exists, that is so here too.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig, alerts: AlertTopic
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="management",
            description="Settings, AWS Config and detection of the management account",
        )
        detection = config.detection
        backups = BackupPlan.daily_7_year(
            self, "Backups", compliance_lock_after=lock_after(config.backup), topic=alerts
        )
        baseline = AccountBaseline(
            self,
            "Baseline",
            inspector=existing(detection, "inspector"),
            reserve_concurrency=config.reserve_concurrency,
        )
        compliance = ContinuousCompliance(
            self,
            "Compliance",
            baseline=baseline,
            topic=alerts,
            recorder=existing(detection, "config"),
            delivery_bucket=s3.Bucket.from_bucket_name(self, "ConfigArchive", names.config_bucket(config)),
            manual_remediations=config.compliance.manual_remediations,
        )
        # The framework judges what AWS Config records, and cannot be made before it does.
        if backups.audit is not None and compliance.recorder is not None:
            backups.audit.framework.node.add_dependency(compliance.recorder)
        detector = existing(detection, "guard_duty")
        ThreatDetection(self, "Threats", topic=alerts, backup_plan=None if detector else backups, detector=detector)
        # The findings of further Regions are themselves the original; what lies here are their copies.
        self.findings: dict[str, EncryptedBucket | None] = dict.fromkeys(config.organization.regions)
        if not detection.exists("recovery_guard_duty"):
            for region in self.findings:
                copies = EncryptedBucket.replica(self, f"Findings-{region}", deployment=config.deployment)
                leave_out_of_backups(copies.bucket)
                self.findings[region] = copies
        SecurityPosture(self, "Posture", topic=alerts, hub=existing(detection, "security_hub"))
        AccessReview(
            self,
            "Access",
            topic=alerts,
            external_access=existing(detection, "access_analyzer"),
            unused_access=existing(detection, "unused_access_analyzer"),
        )
        if not left_out(self, DataDiscovery.TYPE, instead="Look for PHI in buckets where it should not be otherwise."):
            # Macie is on already where it was delegated: the management account has to have it first.
            delegated = config.organization.accounts.security is not None
            session = Existing() if delegated else existing(detection, "macie")
            DataDiscovery(
                self,
                "Data",
                topic=alerts,
                baseline=None if session else baseline,
                backup_plan=None if session else backups,
                session=session,
            )
        # Where Inspector is not, the account's baseline says so.
        if not is_absent("inspector2", self.region, kind="services"):
            VulnerabilityScanning(self, "Vulnerabilities", topic=alerts)
        if self.region == HOME_REGION:
            TrustedAdvisorAlerts(self, "Advice", topic=alerts)


class ManagementThreatsStack(RoleStack):
    """Threat detection of the management account in a further Region.

    :param findings: where copies of its findings go; None where the Region has a detector already.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: OrganizationZoneConfig,
        region: str,
        findings: EncryptedBucket | None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="management",
            region=region,
            description=f"Threat detection of the management account in {region}",
        )
        alerts = AlertTopic(self, "Alerts", emails=config.alerts.emails, reserve_concurrency=config.reserve_concurrency)
        ThreatDetection(
            self,
            "Threats",
            topic=alerts,
            replication_destination=findings,
            detector=existing(config.detection, "recovery_guard_duty"),
        )
        if region == HOME_REGION:
            TrustedAdvisorAlerts(self, "Advice", topic=alerts)


class OrganizationStack(RoleStack):
    """Organizational units, one for each environment of workloads, and organization policies.

    No account is moved: that is done by hand, once the policies were tried. Units and policies are deleted with the
    stack, a unit only while it is empty.
    """

    def __init__(self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig) -> None:
        organization = config.organization
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="management",
            region=policies_region(organization.home_region),
            description="Organizational units, and organization policies",
        )
        environments = sorted({one.environment for one in organization.workloads})
        if organization.root_id is not None and environments:
            units = OrganizationalUnits(
                self,
                "Units",
                parent_id=organization.root_id,
                unit_names=[f"{names.prefix(config)}-{environment}" for environment in environments],
            )
            for name, unit in units.units.items():
                cdk.CfnOutput(self, f"Unit-{name}", value=unit.attr_id, description=f"Where accounts of {name} belong")
        if organization.policies is not None:
            self.guardrails = _guardrails(self, organization.policies, config)


def _guardrails(stack: cdk.Stack, policies: PoliciesConfig, config: OrganizationZoneConfig) -> Guardrails:
    kept = config.name[:_KEPT_OF_NAMES]
    baseline_roles: list[str] = []
    stacks = [f"{config.name}-*"]
    if config.organization.baseline is not None:
        name = f"{_OF_STACK_SETS}{config.name}"
        baseline_roles = [f"{name[:_KEPT_OF_NAMES]}*-{_MENDING_THERE}*"]
        stacks.append(f"{_OF_STACK_SETS}{names.baseline_stack_set(config)}-*")
    return Guardrails(
        stack,
        "Guardrails",
        organization_id=config.organization.id,
        target_ids=policies.target_ids,
        regions=config.organization.all_regions,
        deployment_role_names=(
            "cdk-*-cfn-exec-role-*",
            *(f"{kept}*-{mending}*" for mending in _MENDING),
            *baseline_roles,
            *policies.deployment_roles,
        ),
        bootstrap_role_names=policies.bootstrap_roles,
        emergency_role_names=policies.emergency_roles,
        trusted_account_ids=policies.trusted_accounts,
        additional_services=policies.additional_services,
        stack_names=stacks,
    )
