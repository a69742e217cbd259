from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs.detection.access_review import AccessReview
from hipaa_constructs.detection.account_baseline import AccountBaseline
from hipaa_constructs.detection.continuous_compliance import ContinuousCompliance
from hipaa_constructs.detection.data_discovery import DataDiscovery
from hipaa_constructs.detection.security_posture import SecurityPosture
from hipaa_constructs.detection.threat_detection import ThreatDetection
from hipaa_constructs.detection.vulnerability_scanning import VulnerabilityScanning
from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.landing_zone.foundation_stack import FoundationStack
from hipaa_constructs.landing_zone.network_stack import NetworkStack


class DetectionStack(cdk.Stack):
    """What the account has to have switched on, and what goes on watching after deployment."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: LandingZoneConfig,
        foundation: FoundationStack,
        network: NetworkStack,
        env: cdk.Environment,
    ) -> None:
        super().__init__(
            scope, construct_id, env=env, description="Account settings, threat detection, compliance and access review"
        )
        alerts = foundation.alerts
        ThreatDetection(self, "Threats", topic=alerts, backup_plan=foundation.backups)
        SecurityPosture(self, "Posture", topic=alerts)
        AccessReview(self, "Access", topic=alerts)
        discovery = DataDiscovery(self, "Data", topic=alerts)
        VulnerabilityScanning(self, "Vulnerabilities", topic=alerts)
        baseline = AccountBaseline(
            self,
            "Baseline",
            outbound_internet=config.network.nat_gateways > 0,
            load_balancer_subnets=network.vpc.vpc.public_subnets if config.network.load_balancer_subnets else (),
            data_discovery=discovery,
        )
        ContinuousCompliance(
            self,
            "Compliance",
            baseline=baseline,
            topic=alerts,
            backup_plan=foundation.backups,
            trail=foundation.trail,
            manual_remediations=config.compliance.manual_remediations,
        )
