from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs._regions import left_out
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.detection.access_review import AccessReview
from hipaa_constructs.detection.audit_assessment import AuditAssessment
from hipaa_constructs.detection.data_discovery import DataDiscovery
from hipaa_constructs.detection.security_posture import SecurityPosture
from hipaa_constructs.detection.threat_detection import ThreatDetection
from hipaa_constructs.detection.trusted_advisor_alerts import HOME_REGION, TrustedAdvisorAlerts
from hipaa_constructs.detection.vulnerability_scanning import VulnerabilityScanning
from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.landing_zone.foundation_stack import FoundationStack
from hipaa_constructs.landing_zone.identity_stack import IdentityStack
from hipaa_constructs.landing_zone.recovery_stack import RecoveryStack
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket


class DetectionStack(cdk.Stack):
    """What goes on watching after deployment."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: LandingZoneConfig,
        foundation: FoundationStack,
        identity: IdentityStack,
        env: cdk.Environment,
    ) -> None:
        super().__init__(scope, construct_id, env=env, description="Threat detection, posture and access review")
        alerts = foundation.alerts
        ThreatDetection(self, "Threats", topic=alerts, backup_plan=foundation.backups)
        self.recovery_findings = EncryptedBucket.replica(self, "RecoveryFindings")
        SecurityPosture(self, "Posture", topic=alerts)
        AccessReview(self, "Access", topic=alerts)
        if not left_out(self, DataDiscovery.TYPE, instead="Look for PHI in buckets where it should not be otherwise."):
            DataDiscovery(self, "Data", topic=alerts, baseline=foundation.baseline)
        # Where Inspector is not, the account's baseline says so.
        if not is_absent("inspector2", env.region, kind="services"):
            VulnerabilityScanning(self, "Vulnerabilities", topic=alerts)
        if env.region == HOME_REGION:
            TrustedAdvisorAlerts(self, "Advice", topic=alerts)
        framework_id, owner = config.compliance.audit_manager_framework_id, identity.workforce.auditor
        if framework_id is not None and owner is not None:
            AuditAssessment(
                self,
                "Assessment",
                framework_id=framework_id,
                assessment_reports=EncryptedBucket(self, "AssessmentReports", backup_plan=foundation.backups),
                owner=owner,
                already_a_customer=True,
            )


class RecoveryDetectionStack(cdk.Stack):
    """Threat detection in the recovery Region, whose findings are copied to the primary one."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        recovery: RecoveryStack,
        detection: DetectionStack,
        env: cdk.Environment,
    ) -> None:
        super().__init__(scope, construct_id, env=env, description="Threat detection in the recovery Region")
        ThreatDetection(self, "Threats", topic=recovery.alerts, replication_destination=detection.recovery_findings)
        if env.region == HOME_REGION:
            TrustedAdvisorAlerts(self, "Advice", topic=recovery.alerts)
