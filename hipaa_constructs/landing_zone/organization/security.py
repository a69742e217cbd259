"""Security: what watches over all accounts, and tells people once of what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs._regions import left_out
from hipaa_constructs._stacks import region_of
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.compliance.classify import leave_out_of_backups
from hipaa_constructs.detection.access_review import AccessReview
from hipaa_constructs.detection.account_alerts import AccountAlertBus
from hipaa_constructs.detection.central_configuration import CentralConfiguration
from hipaa_constructs.detection.data_discovery import DataDiscovery
from hipaa_constructs.detection.discovery_results_bucket import DiscoveryResultsBucket
from hipaa_constructs.detection.existing import Existing
from hipaa_constructs.detection.organization_compliance import OrganizationCompliance
from hipaa_constructs.detection.organization_detection import OrganizationDetection
from hipaa_constructs.detection.security_posture import SecurityPosture
from hipaa_constructs.detection.threat_detection import ThreatDetection
from hipaa_constructs.detection.vulnerability_scanning import VulnerabilityScanning
from hipaa_constructs.edge.firewall_logs import FirewallLogs
from hipaa_constructs.edge.firewall_manager_policies import FirewallManagerPolicies
from hipaa_constructs.landing_zone import names
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.organization.role_stack import RoleStack
from hipaa_constructs.landing_zone.organization.sealed import seal
from hipaa_constructs.landing_zone.organization_section import FirewallConfig
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.lifecycle import SEVEN_YEARS
from hipaa_constructs.storage.write_denials import deny_deletion

_DISCOVERY = "Look for PHI in buckets where it should not be otherwise."


def define(scope: Construct, config: OrganizationZoneConfig) -> Sequence[cdk.Stack]:
    """Define the role's stacks: copies, the home Region, each further one, and Firewall Manager's."""
    copies = SecurityCopiesStack(scope, f"{config.name}-SecurityCopies", config=config)
    home = SecurityStack(scope, f"{config.name}-Security", config=config, copies=copies)
    firewall = config.organization.firewall
    return [
        copies,
        home,
        *(
            RegionalSecurityStack(scope, f"{config.name}-Security-{region}", config=config, home=home, region=region)
            for region in config.organization.regions
        ),
        *(
            FirewallsStack(scope, f"{config.name}-Firewalls-{region}", config=config, firewall=firewall, region=region)
            for region in (firewall.allowed_rules if firewall else ())
            if firewall is not None
        ),
    ]


class SecurityCopiesStack(RoleStack):
    """Copies of findings, discovery results and evidence in the first of the further Regions."""

    def __init__(self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="security",
            region=config.organization.regions[0],
            description="Copies of findings and evidence",
        )
        self.findings = _replica(self, "Findings", config)
        self.evidence = _replica(self, "Evidence", config, lock=_lock())
        _keep(self.evidence)
        self.discovery: EncryptedBucket | None = None
        if not is_absent(DataDiscovery.TYPE, config.organization.home_region):
            self.discovery = _replica(self, "Discovery", config)
        seal(self)


class SecurityStack(RoleStack):
    """The home Region: what watches over it, what exists once, and where evidence is kept.

    Security Hub is configured from here for all Regions, and its findings of these come here. Control Tower has an
    aggregator of AWS Config in this account already
    (docs.aws.amazon.com/controltower/latest/userguide/config.html), and Landing Zone Accelerator
    makes one if it is told to, so that none is made where one of them is the owner.

    The conformance pack goes into accounts whose recorder is somebody else's, as of an owner: workloads have it by
    their own landing zone, and of the management account nobody says that it records.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig, copies: SecurityCopiesStack
    ) -> None:
        super().__init__(
            scope, construct_id, config=config, role="security", description="What watches over all accounts"
        )
        organization = config.organization
        watched = _Watched(self, config, findings=copies.findings, discovery=copies.discovery, home=True)
        self.alerts, detection = watched.alerts, watched.detection
        self.replicas = {
            region: (
                _replica(self, f"Findings-{region}", config),
                None if is_absent(DataDiscovery.TYPE, region) else _replica(self, f"Discovery-{region}", config),
            )
            for region in organization.regions
        }
        # Inspector, GuardDuty, Macie and Access Analyzer tell of what they find in each Region themselves.
        SecurityPosture(self, "Posture", topic=self.alerts, hub=Existing(), linked_regions=organization.regions)
        central = not left_out(
            self, CentralConfiguration.TYPE, instead="Say in Security Hub's console what is on in which account."
        )
        if central and detection.hub is not None and detection.root_id is not None:
            CentralConfiguration(
                self,
                "Configuration",
                root_id=detection.root_id,
                linked_regions=organization.regions,
                after=detection.hub,
            )
        owned = organization.owner != "none"
        apart = [workload.account for workload in organization.workloads]
        if organization.accounts.management is not None:
            apart.append(organization.accounts.management)
        OrganizationCompliance(self, "Compliance", aggregator=not owned, excluded_accounts=apart if owned else None)
        self.evidence = EncryptedBucket(
            self,
            "Evidence",
            bucket_name=names.evidence_bucket(config),
            replication_destination=copies.evidence,
            object_lock_default_retention=_lock(),
        )
        _keep(self.evidence)
        deployment = organization.accounts.deployment
        if deployment is not None:
            # Which of its roles may is up to that account; what lies here cannot be overwritten or deleted.
            self.evidence.grant_put(iam.AccountPrincipal(deployment))
        seal(self)


class RegionalSecurityStack(RoleStack):
    """A further Region: what watches over it. Its findings are copied to the home Region."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: OrganizationZoneConfig,
        home: SecurityStack,
        region: str,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="security",
            region=region,
            description=f"What watches over all accounts in {region}",
        )
        findings, discovery = home.replicas[region]
        self.alerts = _Watched(self, config, findings=findings, discovery=discovery, home=False).alerts
        seal(self)


class FirewallsStack(RoleStack):
    """Firewall Manager's policies of a Region, and where the web ACLs that they make log.

    Firewall Manager changes the bucket's policy itself, so that this is not left to who deploys alone.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: OrganizationZoneConfig,
        firewall: FirewallConfig,
        region: str,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="security",
            region=region,
            description=f"Firewall Manager's policies in {region}",
        )
        self.logs = FirewallLogs(
            self,
            "Logs",
            organization_id=config.organization.id,
            bucket_name=names.firewall_bucket(config, region),
        )
        policies = FirewallManagerPolicies(
            self,
            "Policies",
            log_destination_arn=self.logs.bucket.bucket_arn,
            allowed_rules=ec2.SecurityGroup.from_security_group_id(self, "Allowed", firewall.allowed_rules[region]),
            organizational_unit_ids=firewall.organizational_units,
            shield_advanced=firewall.shield_advanced,
        )
        policies.node.add_dependency(self.logs.policy)


class _Watched:
    """What each Region has: the services' settings, where their findings are kept, and who is told."""

    def __init__(
        self,
        stack: RoleStack,
        config: OrganizationZoneConfig,
        *,
        findings: EncryptedBucket,
        discovery: EncryptedBucket | None,
        home: bool,
    ) -> None:
        organization = config.organization
        self.alerts = AlertTopic(
            stack, "Alerts", emails=config.alerts.emails, reserve_concurrency=config.reserve_concurrency
        )
        results = None
        if discovery is not None and not left_out(stack, DataDiscovery.TYPE, instead=_DISCOVERY):
            results = DiscoveryResultsBucket(stack, "Discovery", replication_destination=discovery)
        self.detection = OrganizationDetection(
            stack,
            "Detection",
            accounts=[
                *organization.accounts.by_role().values(),
                *(workload.account for workload in organization.workloads),
            ],
            discovery_results=results,
            security_hub=home,
            reserve_concurrency=config.reserve_concurrency,
        )
        ThreatDetection(
            stack,
            "Threats",
            topic=self.alerts,
            replication_destination=findings,
            detector=Existing(resource_id=self.detection.detector_id),
        )
        if organization.baseline is not None:
            AccountAlertBus(
                stack,
                "AccountAlerts",
                organization_id=organization.id,
                event_bus_name=names.alert_bus(config),
                topic=self.alerts,
            )
        # What nobody uses is the same in every Region:
        # docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-create-unused.html
        AccessReview(stack, "Access", topic=self.alerts, organization=True, unused_access=None if home else Existing())
        if results is not None:
            DataDiscovery(stack, "Data", topic=self.alerts, session=Existing())
        if not is_absent("inspector2", region_of(stack), kind="services"):
            VulnerabilityScanning(stack, "Vulnerabilities", topic=self.alerts)


def _replica(
    stack: RoleStack, construct_id: str, config: OrganizationZoneConfig, *, lock: s3.ObjectLockRetention | None = None
) -> EncryptedBucket:
    copies = EncryptedBucket.replica(
        stack, construct_id, object_lock_default_retention=lock, deployment=config.deployment
    )
    # What lies here is a copy.
    leave_out_of_backups(copies.bucket)
    return copies


def _keep(evidence: EncryptedBucket) -> None:
    """Deny deletions, which in a locked bucket would only hide what lies there."""
    deny_deletion(cast("s3.BucketPolicy", evidence.bucket.policy).document, bucket_arn=evidence.bucket.bucket_arn)


def _lock() -> s3.ObjectLockRetention:
    return s3.ObjectLockRetention.compliance(cdk.Duration.days(SEVEN_YEARS))
