"""The deployment account: what deploys to all others, and what its runs leave."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs.compliance.classification import DataClassification
from hipaa_constructs.compliance.classify import classify
from hipaa_constructs.delivery.deployment_pipeline import DeploymentPipeline
from hipaa_constructs.delivery.deployment_wave import DeploymentWave
from hipaa_constructs.delivery.workflow_roles import WorkflowRoles
from hipaa_constructs.landing_zone import names
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.deployment_section import DeploymentConfig
from hipaa_constructs.landing_zone.organization.role_stack import RoleStack
from hipaa_constructs.landing_zone.waves import waves
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.recovery.backup_plan import BackupPlan

_REASON = "Templates, code and evidence about them pass through this account, and no data of patients."


def define(scope: Construct, config: OrganizationZoneConfig) -> Sequence[cdk.Stack]:
    """Define the role's stack, if ``organization.deployment`` says what deploys.

    What is deployed is no stage of the CDK: each wave is the app, synthesized with ``-c only=`` what it deploys. So
    all accounts' stacks are the same, and named the same, whoever deploys them.
    """
    if config.organization.deployment is None:
        return []
    return [DeploymentStack(scope, f"{config.name}-Deployment", config=config)]


class DeploymentStack(RoleStack):
    """The pipeline, or the roles of a workflow that does the same, in the home Region."""

    def __init__(self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig) -> None:
        super().__init__(
            scope, construct_id, config=config, role="deployment", description="What deploys to all accounts"
        )
        given = config.organization.deployment
        if given is None:
            raise ValueError("organization.deployment is not given; there is nothing that deploys")
        self.alerts = AlertTopic(
            self, "Alerts", emails=config.alerts.emails, reserve_concurrency=config.reserve_concurrency
        )
        self.backups = BackupPlan.daily_7_year(self, "Backups", topic=self.alerts)
        made = [
            DeploymentWave(
                name=wave.name,
                environments=[cdk.Environment(account=one.account, region=one.region) for one in wave.targets],
                context={**_context(given), "only": wave.only},
                production=wave.approval,
            )
            for wave in waves(config.organization)
        ]
        self.pipeline: DeploymentPipeline | None = None
        self.roles: WorkflowRoles | None = None
        if given.connection_arn is not None:
            self.pipeline = DeploymentPipeline(
                self,
                "Pipeline",
                connection_arn=given.connection_arn,
                repo_string=given.repository,
                branch=given.branch,
                waves=made,
                backup_plan=self.backups,
                alert_topic=self.alerts,
                context={**_context(given), "only": "deployment"},
                evidence_retention=cdk.Duration.days(config.audit.retention_days),
            )
        else:
            self.roles = WorkflowRoles(
                self,
                "Workflow",
                repo_string=given.repository,
                branch=given.branch,
                waves=made,
                role_name_prefix=names.workflow_roles(config),
                evidence_bucket_name=names.deployment_evidence_bucket(config),
                backup_plan=self.backups,
                gitlab_url=(given.gitlab_url or "https://gitlab.com") if given.by == "gitlab" else None,
            )
        classify(self, DataClassification.NO_PHI, reason=_REASON, approved_by="hipaa_constructs")


def _context(given: DeploymentConfig) -> dict[str, str]:
    return {"landing-zone": given.configuration} if given.configuration is not None else {}
