from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs._regions import left_out
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.compliance.classify import leave_out_of_backups
from hipaa_constructs.detection.access_review import AccessReview
from hipaa_constructs.detection.data_discovery import DataDiscovery
from hipaa_constructs.detection.security_posture import SecurityPosture
from hipaa_constructs.detection.threat_detection import ThreatDetection
from hipaa_constructs.detection.trusted_advisor_alerts import HOME_REGION, TrustedAdvisorAlerts
from hipaa_constructs.detection.vulnerability_scanning import VulnerabilityScanning
from hipaa_constructs.landing_zone.arguments import existing
from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.landing_zone.foundation_stack import FoundationStack
from hipaa_constructs.landing_zone.identity_stack import IdentityStack, define_assessment
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
        alerts, detection = foundation.alerts, config.detection
        ThreatDetection(
            self,
            "Threats",
            topic=alerts,
            backup_plan=foundation.backups if detection.keeps_findings("guard_duty") else None,
            detector=existing(detection, "guard_duty", resource_id=detection.detector_id),
        )
        self.recovery_findings = None
        if detection.keeps_findings("recovery_guard_duty"):
            self.recovery_findings = EncryptedBucket.replica(self, "RecoveryFindings", deployment=config.deployment)
            # The other Region's findings are themselves the original; what lies here is their copy.
            leave_out_of_backups(self.recovery_findings.bucket)
        SecurityPosture(self, "Posture", topic=alerts, hub=existing(detection, "security_hub"))
        AccessReview(
            self,
            "Access",
            topic=alerts,
            external_access=existing(detection, "access_analyzer"),
            unused_access=existing(detection, "unused_access_analyzer"),
        )
        if not left_out(self, DataDiscovery.TYPE, instead="Look for PHI in buckets where it should not be otherwise."):
            session = existing(detection, "macie")
            # Of a session that exists, whoever runs it decides what is discovered.
            DataDiscovery(
                self,
                "Data",
                topic=alerts,
                baseline=None if session else foundation.baseline,
                backup_plan=foundation.backups,
                session=session,
            )
        # Where Inspector is not, the account's baseline says so.
        if not is_absent("inspector2", env.region, kind="services"):
            VulnerabilityScanning(self, "Vulnerabilities", topic=alerts)
        if env.region == HOME_REGION:
            TrustedAdvisorAlerts(self, "Advice", topic=alerts)
        define_assessment(self, config, foundation, identity.workforce)


class RecoveryDetectionStack(cdk.Stack):
    """Threat detection in the recovery Region, whose findings are copied to the primary one."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: LandingZoneConfig,
        recovery: RecoveryStack,
        detection: DetectionStack,
        env: cdk.Environment,
    ) -> None:
        super().__init__(scope, construct_id, env=env, description="Threat detection in the recovery Region")
        ThreatDetection(
            self,
            "Threats",
            topic=recovery.alerts,
            replication_destination=detection.recovery_findings,
            detector=existing(
                config.detection, "recovery_guard_duty", resource_id=config.detection.recovery_detector_id
            ),
        )
        if env.region == HOME_REGION:
            TrustedAdvisorAlerts(self, "Advice", topic=recovery.alerts)
