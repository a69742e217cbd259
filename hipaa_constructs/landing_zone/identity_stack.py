from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs.detection.audit_assessment import AuditAssessment
from hipaa_constructs.identity.break_glass_role import BreakGlassRole
from hipaa_constructs.identity.workforce_roles import WorkforceRoles
from hipaa_constructs.identity.workforce_source import WorkforceSource
from hipaa_constructs.landing_zone.config import LandingZoneConfig
from hipaa_constructs.landing_zone.foundation_stack import FoundationStack
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket


class IdentityStack(cdk.Stack):
    """Who may do what: roles for people, and one for emergencies, which has no rights before it is granted some."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: LandingZoneConfig,
        foundation: FoundationStack,
        env: cdk.Environment,
    ) -> None:
        super().__init__(scope, construct_id, env=env, description="Roles for people and for emergencies")
        people = WorkforceSource.from_accounts(config.identity.accounts or [config.account])
        self.workforce = WorkforceRoles(
            self,
            "Workforce",
            developers=people,
            operators=people,
            auditors=people,
            backup_role=foundation.backups.role,
        )
        # Of an organization, each account assesses itself; without one, DetectionStack has this.
        if config.detection.by_organization:
            define_assessment(self, config, foundation, self.workforce)
        self.break_glass = BreakGlassRole(self, "BreakGlass", people=people, alert_topic=foundation.alerts)


def define_assessment(
    scope: Construct, config: LandingZoneConfig, foundation: FoundationStack, workforce: WorkforceRoles
) -> None:
    """Define Audit Manager's assessment of the account, if the configuration names a framework."""
    framework_id, owner = config.compliance.audit_manager_framework_id, workforce.auditor
    if framework_id is not None and owner is not None:
        AuditAssessment(
            scope,
            "Assessment",
            framework_id=framework_id,
            assessment_reports=EncryptedBucket(scope, "AssessmentReports", backup_plan=foundation.backups),
            owner=owner,
            already_a_customer=True,
        )
