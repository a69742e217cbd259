"""What developers, operators and auditors may do, and what none of them may ever do.

The actions' names: docs.aws.amazon.com/service-authorization/latest/reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hipaa_constructs.identity.phi_actions import ESCALATIONS, PHI_ACTIONS

Conditions = Mapping[str, Mapping[str, Any]]

_LOOKING = (
    "autoscaling:DescribeAutoScalingGroups",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:ListStacks",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetDashboard",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:ListDashboards",
    "cloudwatch:ListMetrics",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "ecs:DescribeClusters",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:ListClusters",
    "ecs:ListServices",
    "ecs:ListTasks",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeTargetHealth",
    "lambda:GetFunctionConfiguration",
    "lambda:ListFunctions",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:GetQueryResults",
    "logs:StartQuery",
    "logs:StopQuery",
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "rds:DescribeEvents",
    "tag:GetResources",
    "xray:BatchGetTraces",
    "xray:GetServiceGraph",
    "xray:GetTraceSummaries",
)
_OPERATING = (
    "autoscaling:SetDesiredCapacity",
    "autoscaling:StartInstanceRefresh",
    "backup:DescribeBackupJob",
    "backup:ListBackupJobs",
    "backup:StartBackupJob",
    "cloudwatch:SetAlarmState",
    "ec2:RebootInstances",
    "ec2:StartInstances",
    "ec2:StopInstances",
    "ecs:StopTask",
    "ecs:UpdateService",
    "rds:RebootDBCluster",
    "rds:RebootDBInstance",
    "rds:StartDBInstance",
    "rds:StopDBInstance",
)
_AUDITING = (
    "access-analyzer:GetAnalyzer",
    "access-analyzer:GetFinding",
    "access-analyzer:ListAnalyzers",
    "access-analyzer:ListFindings",
    "backup:DescribeBackupVault",
    "backup:DescribeRestoreJob",
    "backup:GetBackupPlan",
    "backup:ListBackupPlans",
    "backup:ListBackupVaults",
    "backup:ListProtectedResources",
    "backup:ListRestoreJobs",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:LookupEvents",
    "config:DescribeComplianceByConfigRule",
    "config:DescribeConfigRules",
    "config:DescribeConfigurationRecorderStatus",
    "config:DescribeConformancePackCompliance",
    "config:GetComplianceDetailsByConfigRule",
    "config:SelectResourceConfig",
    "guardduty:GetDetector",
    "guardduty:GetFindings",
    "guardduty:ListDetectors",
    "guardduty:ListFindings",
    "iam:GenerateCredentialReport",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "iam:GetCredentialReport",
    "iam:GetServiceLastAccessedDetails",
    "inspector2:ListFindings",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListKeys",
    "macie2:GetFindings",
    "macie2:ListFindings",
    "s3:GetBucketAcl",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListAllMyBuckets",
    "securityhub:DescribeStandards",
    "securityhub:GetFindings",
    "securityhub:ListEnabledProductsForImport",
)
# Reading that an auditor may be granted where evidence lies, such as the trail's bucket.
_EVIDENCE = ("kms:Decrypt", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket")
# What developers and operators may be granted beyond their duties: the services' controls, not their content.
_GRANTABLE = (
    "cloudformation:DescribeChangeSet",
    "cloudformation:DetectStackDrift",
    "cloudformation:GetTemplate",
    "cloudwatch:DeleteAlarms",
    "cloudwatch:PutDashboard",
    "cloudwatch:PutMetricAlarm",
    "codebuild:BatchGetBuilds",
    "codebuild:ListBuildsForProject",
    "codebuild:StopBuild",
    "codedeploy:CreateDeployment",
    "codedeploy:GetDeployment",
    "codedeploy:StopDeployment",
    "codepipeline:GetPipeline",
    "codepipeline:GetPipelineState",
    "codepipeline:PutApprovalResult",
    "codepipeline:RetryStageExecution",
    "codepipeline:StartPipelineExecution",
    "dynamodb:DescribeTable",
    "dynamodb:ListTables",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImageScanFindings",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "elasticloadbalancing:DeregisterTargets",
    "elasticloadbalancing:RegisterTargets",
    "kms:DescribeKey",
    "lambda:GetAlias",
    "lambda:GetFunction",
    "lambda:PublishVersion",
    "lambda:UpdateAlias",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "s3:GetBucketLocation",
    "sns:GetTopicAttributes",
    "sqs:GetQueueAttributes",
    "states:DescribeExecution",
    "states:ListExecutions",
    "states:RedriveExecution",
)
DUTIES: Mapping[str, Sequence[str]] = {
    "Developer": _LOOKING,
    "Operator": (*_LOOKING, *_OPERATING),
    "Auditor": (*_LOOKING, *_AUDITING),
}


# What starting a backup or an instance takes beyond the call itself:
# docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupOperatorAccess.html;
# repost.aws/knowledge-center/kms-iam-ec2-permission.
_HANDING_ON = ("iam:PassRole", "kms:CreateGrant")
_BACKUPS = "backup.amazonaws.com"
_VOLUMES = "ec2.*.amazonaws.com*"  # in China, services end in amazonaws.com.cn
# The role that AWS Backup's console makes and offers:
# docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html.
DEFAULT_BACKUP_ROLE = "service-role/AWSBackupDefaultServiceRole"


def duties(job: str, backup_role: str) -> list[Mapping[str, Any]]:
    """Return what a job may do from the start; ``backup_role`` is the ARN of what operators start backups with."""
    return [
        {"Sid": "Duties", "Effect": "Allow", "Action": list(DUTIES[job]), "Resource": "*"},
        *_handed_on(job, backup_role),
    ]


def limits(job: str, outside: Conditions, backup_role: str) -> list[Mapping[str, Any]]:
    """Return the most a job may ever do; ``outside`` says when a request comes from where nobody should be.

    What is denied stays denied even where the policy of a store names the session itself:
    docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html.
    """
    if job == "Auditor":
        most = {"Sid": "ReadOnly", "Effect": "Allow", "Action": [*DUTIES[job], *_EVIDENCE], "Resource": "*"}
        return [most, *_denied_outside(outside)]
    handed_on = _handed_on(job, backup_role)
    kept_away = {*PHI_ACTIONS, *ESCALATIONS} - (set(_HANDING_ON) if handed_on else set())
    return [
        {"Sid": "ControlsOnly", "Effect": "Allow", "Action": [*DUTIES[job], *_GRANTABLE], "Resource": "*"},
        *handed_on,
        {"Sid": "NoPhi", "Effect": "Deny", "Action": sorted(kept_away), "Resource": "*"},
        *(_nothing_else_handed_on(backup_role) if handed_on else ()),
        *_denied_outside(outside),
    ]


def _handed_on(job: str, backup_role: str) -> list[Mapping[str, Any]]:
    """Return how operators let AWS Backup act as its role, and EC2 attach volumes that are under a key."""
    if job != "Operator":
        return []
    return [
        {
            "Sid": "StartBackups",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": backup_role,
            "Condition": {"StringEquals": {"iam:PassedToService": _BACKUPS}},
        },
        {
            "Sid": "StartInstances",
            "Effect": "Allow",
            "Action": "kms:CreateGrant",
            "Resource": "*",
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}, "StringLike": {"kms:ViaService": _VOLUMES}},
        },
    ]


def _nothing_else_handed_on(backup_role: str) -> list[Mapping[str, Any]]:
    """Return denials of every other grant and role; a request without the key is denied too."""
    role, grant = _HANDING_ON
    everywhere = {"Effect": "Deny", "Resource": "*"}
    return [
        {"Sid": "NoOtherRole", "Effect": "Deny", "Action": role, "NotResource": backup_role},
        {**everywhere, "Action": role, "Condition": {"StringNotEquals": {"iam:PassedToService": _BACKUPS}}},
        {**everywhere, "Action": grant, "Condition": {"BoolIfExists": {"kms:GrantIsForAWSResource": "false"}}},
        {**everywhere, "Action": grant, "Condition": {"StringNotLike": {"kms:ViaService": _VOLUMES}}},
    ]


def _denied_outside(outside: Conditions) -> list[Mapping[str, Any]]:
    if not outside:
        return []
    return [{"Sid": "NotFromOutside", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": outside}]
