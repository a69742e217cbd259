from __future__ import annotations

import re

import aws_cdk as cdk
from aws_cdk import aws_auditmanager as auditmanager
from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments, is_token, refuse
from hipaa_constructs._regions import require_region
from hipaa_constructs._stacks import account_of
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket


class AuditAssessment(Construct):
    """An Audit Manager assessment against AWS's HIPAA framework, for accounts that already use Audit Manager.

    Audit Manager is closed to new customers since 2026-04-30 (docs.aws.amazon.com/audit-manager/latest/userguide/),
    so this construct refuses to be made by default: an account that is not a customer could not deploy it. AWS points
    to Config conformance packs instead, which ``ContinuousCompliance`` deploys.

    Supports 164.308(a)(8) evaluation.

    :param framework_id: the id of the framework "HIPAA Security Rule: Feb 2003" in this account and Region, as
        ``aws auditmanager list-assessment-frameworks --framework-type Standard`` prints it.
    :param assessment_reports: where reports are written.
    :param owner: the role that owns the assessment.
    :param already_a_customer: says that this account enabled Audit Manager before 2026-04-30. Default: it did not.
    :raises ValueError: not said to be a customer, an id that is no UUID, or a Region without Audit Manager.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        framework_id: str,
        assessment_reports: EncryptedBucket,
        owner: iam.IRole,
        already_a_customer: bool = False,
    ) -> None:
        if not already_a_customer:
            refuse(
                "already_a_customer",
                already_a_customer,
                allowed="Audit Manager is closed to new customers since 2026-04-30",
                fix="Use ContinuousCompliance; or pass True if this account enabled Audit Manager before.",
            )
        if not is_token(framework_id) and not re.fullmatch(r"[a-f0-9-]{36}", framework_id):
            refuse(
                "framework_id",
                framework_id,
                allowed="it takes a UUID",
                fix="Take it from 'aws auditmanager list-assessment-frameworks --framework-type Standard'.",
            )
        require_region(
            scope,
            "AWS::AuditManager::Assessment",
            what="Audit Manager",
            fix="Use ContinuousCompliance, or leave it out.",
        )
        super().__init__(scope, construct_id)

        account = account_of(self)
        self._assessment = auditmanager.CfnAssessment(
            self,
            "Resource",
            name=cdk.Names.unique_resource_name(self, separator="-", max_length=300),
            framework_id=framework_id,
            assessment_reports_destination=auditmanager.CfnAssessment.AssessmentReportsDestinationProperty(
                destination=assessment_reports.bucket.s3_url_for_object(), destination_type="S3"
            ),
            roles=[auditmanager.CfnAssessment.RoleProperty(role_arn=owner.role_arn, role_type="PROCESS_OWNER")],
            scope=auditmanager.CfnAssessment.ScopeProperty(
                aws_accounts=[auditmanager.CfnAssessment.AWSAccountProperty(id=account)]
            ),
        )

    @property
    def assessment(self) -> auditmanager.CfnAssessment:
        """The assessment itself."""
        return self._assessment
