from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs.detection.trusted_advisor_alerts import HOME_REGION, TrustedAdvisorAlerts
from hipaa_constructs.landing_zone.arguments import lock_after
from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.recovery.recovery_vault import RecoveryVault
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket


class RecoveryStack(cdk.Stack):
    """The recovery Region: a locked vault for copies of backups, and the replica of the records."""

    def __init__(self, scope: Construct, construct_id: str, *, config: LandingZoneConfig, env: cdk.Environment) -> None:
        super().__init__(
            scope, construct_id, env=env, description="Copies of backups and records in the recovery Region"
        )
        self.alerts = AlertTopic(
            self, "Alerts", emails=config.alerts.emails, reserve_concurrency=config.reserve_concurrency
        )
        self.vault = RecoveryVault(
            self,
            "Vault",
            compliance_lock_after=lock_after(config.backup),
            topic=self.alerts,
            deployment=config.deployment,
        )
        # No administrator of an organization hears of another account's checks.
        if config.detection.by_organization and env.region == HOME_REGION:
            TrustedAdvisorAlerts(self, "Advice", topic=self.alerts)
        self.records = EncryptedBucket.replica(self, "Records", deployment=config.deployment)
