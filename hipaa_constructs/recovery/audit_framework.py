from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, cast

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_iam as iam
from constructs import Construct

from hipaa_constructs._stacks import arn_in, path_of
from hipaa_constructs.compliance.classification import TAG_KEY, DataClassification
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

_REPORTS_ROLE = "role/aws-service-role/reports.backup.amazonaws.com/AWSServiceRoleForBackupReports"

Controls = Mapping[str, Mapping[str, str]]
"""Controls of Backup Audit Manager, with their parameters."""


class AuditFramework(Construct):
    """A Backup Audit Manager framework, and daily reports in a locked-down bucket.

    :param on_phi: controls of what is tagged as PHI.
    :param everywhere: controls of everything.
    :param reports: the templates of the reports.
    :param define_bucket: makes the bucket of the reports within a scope, under an id.
    """

    TYPE: ClassVar = "AWS::Backup::Framework"

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        on_phi: Controls,
        everywhere: Controls,
        reports: Sequence[str],
        define_bucket: Callable[[Construct, str], EncryptedBucket],
    ) -> None:
        super().__init__(scope, construct_id)
        self._framework = backup.CfnFramework(
            self,
            "Framework",
            framework_name=_name(self, ""),
            framework_description=f"Watches {path_of(scope)}",
            framework_controls=_written(on_phi, everywhere),
        )
        self._bucket = define_bucket(self, "Reports")
        policy, name = self._let_reports_in(), self._bucket.bucket.bucket_name
        for template in reports:
            self._define_report(template, bucket_name=name, policy=policy)

    @property
    def framework(self) -> backup.CfnFramework:
        """The framework; CDK has no higher construct for it."""
        return self._framework

    @property
    def bucket(self) -> EncryptedBucket:
        """Where the reports go."""
        return self._bucket

    def _let_reports_in(self) -> Construct:
        """Let Backup Audit Manager's service-linked role write reports, and nothing else; return the policy.

        The role comes into being with the account's first framework or report plan, and neither a key nor a bucket
        policy can name a principal that does not exist; so both wait for the framework. Sources:
        docs.aws.amazon.com/aws-backup/latest/devguide/create-report-plan-api.html and
        docs.aws.amazon.com/aws-backup/latest/devguide/using-service-linked-roles-AWSServiceRoleForBackupReports.html.
        """
        role = iam.ArnPrincipal(reports_role_arn(self))
        bucket = self._bucket.bucket
        self._bucket.encryption_key.add_to_resource_policy(
            iam.PolicyStatement(principals=[role], actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=["*"])
        )
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[role],
                actions=["s3:PutObject"],
                resources=[bucket.arn_for_objects("*")],
                conditions={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
            )
        )
        self._bucket.encryption_key.node.add_dependency(self._framework)
        policy = cast("Construct", bucket.policy)
        policy.node.add_dependency(self._framework)
        return policy

    def _define_report(self, template: str, *, bucket_name: str, policy: Construct) -> None:
        compliance = template == "RESOURCE_COMPLIANCE_REPORT"
        plan = backup.CfnReportPlan(
            self,
            "".join(part.capitalize() for part in template.split("_")),
            report_plan_name=_name(self, template.removesuffix("_REPORT").lower()),
            report_delivery_channel={
                "S3BucketName": bucket_name,
                "Formats": ["CSV", "JSON"],
            },
            report_setting={
                "ReportTemplate": template,
                **({"FrameworkArns": [self._framework.attr_framework_arn]} if compliance else {}),
            },
        )
        plan.node.add_dependency(policy)


def reports_role_arn(scope: Construct) -> str:
    """Return the service-linked role by which Backup Audit Manager writes reports, in the account of ``scope``."""
    return arn_in(scope, "iam", _REPORTS_ROLE, region="")


def _written(on_phi: Controls, everywhere: Controls) -> list[backup.CfnFramework.FrameworkControlProperty]:
    """Write the controls.

    Names and parameters: docs.aws.amazon.com/aws-backup/latest/devguide/creating-frameworks-api.html.
    """
    # CDK passes the scope on as it is, so it has to be in CloudFormation's own spelling.
    phi = {"Tags": [{"Key": TAG_KEY, "Value": DataClassification.PHI.value}]}
    return [
        backup.CfnFramework.FrameworkControlProperty(
            control_name=name,
            control_input_parameters=[
                backup.CfnFramework.ControlInputParameterProperty(parameter_name=key, parameter_value=value)
                for key, value in parameters.items()
            ]
            or None,
            control_scope=phi if name in on_phi else None,
        )
        for name, parameters in {**on_phi, **everywhere}.items()
    ]


def _name(scope: Construct, suffix: str) -> str:
    """Audit Manager's names are letters, digits and underscores, unique in the account and Region."""
    unique = cdk.Names.unique_resource_name(scope, max_length=200, separator="_", allowed_special_characters="_")
    return f"{unique}_{suffix}" if suffix else unique
