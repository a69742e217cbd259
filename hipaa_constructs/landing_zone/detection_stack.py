from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs.detection.access_review import AccessReview
from hipaa_constructs.detection.data_discovery import DataDiscovery
from hipaa_constructs.detection.security_posture import SecurityPosture
from hipaa_constructs.detection.threat_detection import ThreatDetection
from hipaa_constructs.detection.vulnerability_scanning import VulnerabilityScanning
from hipaa_constructs.landing_zone.foundation_stack import FoundationStack


class DetectionStack(cdk.Stack):
    """What goes on watching after deployment."""

    def __init__(
        self, scope: Construct, construct_id: str, *, foundation: FoundationStack, env: cdk.Environment
    ) -> None:
        super().__init__(scope, construct_id, env=env, description="Threat detection, posture and access review")
        alerts = foundation.alerts
        ThreatDetection(self, "Threats", topic=alerts, backup_plan=foundation.backups)
        SecurityPosture(self, "Posture", topic=alerts)
        AccessReview(self, "Access", topic=alerts)
        DataDiscovery(self, "Data", topic=alerts, baseline=foundation.baseline)
        VulnerabilityScanning(self, "Vulnerabilities", topic=alerts)
