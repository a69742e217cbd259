"""Mutants that undo nothing: AWS refuses them, takes the same by default, or something else in the template holds.

They are generated like all others and left out of the count; each has its reason here, and the benchmark prints how
many there are.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from benchmarks.mutation.mutant import Mutant

_DEFAULT_GROUP = "without a group, EC2 takes the VPC's default security group, which has no rules here"
_AWS_DEFAULT_POLICY = (
    "the account itself, as in AWS's default key policy: docs.aws.amazon.com/kms/latest/developerguide/"
    "key-policy-default.html"
)
_KEEPS_LONGER = "without it, nothing is ever removed"
_REFUSED = "AWS refuses the template"
_GRANT_GONE = "a grant less; nothing is protected by a grant"
_EGRESS = "outbound rules; no control asks for narrower ones than EC2's default"
_TWICE = "every store stays in the plan: it is selected by ARN and by tag, or an empty list selects everything"


class Neutral(NamedTuple):
    """Which mutants, by operator, type and place, and by what they change; and why they undo nothing."""

    operator: str
    place: str
    change: str
    reason: str


NEUTRAL = (
    Neutral("remove", r"KMS::Key KeyPolicy ", "", "AWS's default key policy takes its place, which opens it to nobody"),
    Neutral("widen actions|drop condition", "KMS::Key ", "Administer|Use|GrantToAwsServices", _AWS_DEFAULT_POLICY),
    Neutral("shorten", "KMS::Key PendingWindow", "", "7 days are within what AWS recommends and KmsRotatedKey allows"),
    Neutral("allow deletion", "KMS::Key UpdateReplacePolicy", "", "CloudFormation refuses what would replace a key"),
    Neutral("shorten", "KMS::Key RotationPeriod", "", "KMS allows up to 2560 days, and the key still rotates"),
    Neutral(
        "switch off", "EC2::VPC(Endpoint)? (EnableDns|PrivateDns)", "", "names are not found: nothing is reachable"
    ),
    Neutral("switch off", "NetworkAclEntry Egress", "", "a direction, not a switch"),
    Neutral("remove", "SecurityGroup SecurityGroupEgress", "", _EGRESS),
    Neutral("remove", "SecurityGroup SecurityGroupIngress", "", "closes more"),
    Neutral("remove", "(VPCEndpoint|DBInstance) (SecurityGroupIds|VPCSecurityGroups)", "", _DEFAULT_GROUP),
    Neutral("delete resource", "EC2::SecurityGroup ", "alone", _DEFAULT_GROUP),
    Neutral("delete resource", "EC2::NetworkAclEntry ", "", "closes more: entries only allow"),
    Neutral(
        "delete resource", "EC2::VPCEndpoint ", "", "without it AWS is out of reach, or reached over TLS through NAT"
    ),
    Neutral(
        "", "EC2::VPCEndpoint PolicyDocument", "", "an endpoint policy grants nothing; callers need their own grants"
    ),
    Neutral("remove", "FlowLog DeliverLogsPermissionArn", "", _REFUSED),
    Neutral("remove", "Lambda::Function VpcConfig.SecurityGroupIds", "", _REFUSED),
    Neutral("remove", "Trail CloudWatchLogsRoleArn", "", _REFUSED),
    Neutral("remove", "DBInstance MonitoringRoleArn", "", _REFUSED),
    Neutral("switch off", "DBInstance ManageMasterUserPassword", "", f"{_REFUSED}: no password is given"),
    Neutral("remove", "Bucket ObjectLockConfiguration.ObjectLockEnabled", "", _REFUSED),
    Neutral(
        "remove", "Replication.*Destination.EncryptionConfiguration", "", f"{_REFUSED}: SSE-KMS objects need a key"
    ),
    Neutral("", "PublishingDestination .*KmsKeyArn", "", f"{_REFUSED}: GuardDuty exports under a customer key only"),
    Neutral("remove", "RestoreTestingSelection ProtectedResourceArns", "", f"{_REFUSED}: it needs ARNs or conditions"),
    Neutral("remove|AWS-managed key", "Lambda::Function KmsKeyArn", "", "the function has no environment to encrypt"),
    Neutral("shorten", "SQS::Queue MessageRetentionPeriod", "", "a queue is no record; it empties in minutes"),
    Neutral("remove", "BackupPlanRule.*Lifecycle ", "", _KEEPS_LONGER),
    Neutral("remove|switch off", "S3::Bucket LifecycleConfiguration", "", _KEEPS_LONGER),
    Neutral("remove", "BackupPlan BackupPlan.BackupPlanRule", "", "another rule of the plan makes backups"),
    Neutral(
        "switch off",
        "EnableContinuousBackup",
        "",
        "daily backups go on; how much may be lost is the risk analysis's to say",
    ),
    Neutral("remove|delete resource", "BackupSelection ", "", _TWICE),
    Neutral("remove", "IAM::Role ManagedPolicyArns", "", _GRANT_GONE),
    Neutral("delete resource", "IAM::ManagedPolicy ", "", _GRANT_GONE),
    Neutral("switch off", "BucketKeyEnabled", "", "it saves calls to KMS; encryption is the same"),
    Neutral("", "NotificationConfiguration", "", "AWS Backup's role sets it again before a continuous backup"),
    Neutral("remove", "OwnershipControls", "", "BucketOwnerEnforced is S3's default since April 2023"),
    Neutral(
        "remove", "BucketEncryption", '"SSEAlgorithm":"AES256"', "S3 encrypts under its own key by default since 2023"
    ),
    Neutral(
        "drop denial|narrow denial",
        "BucketPolicy",
        "s3:TlsVersion",
        "AWS's endpoints refuse TLS below 1.2 by themselves since 2024",
    ),
    Neutral("drop condition", "BucketPolicy", "Allow s3:PutObject", "it asks for an ACL, and the bucket has none"),
    Neutral("remove", r"Parameters\.(rds\.force_ssl|ssl_min)", "", "PostgreSQL 15 and later on RDS have it by default"),
    Neutral("switch off", "DBInstance CopyTagsToSnapshot", "", "the plan selects databases, not their snapshots"),
    Neutral(
        "switch off", "DBInstance DeleteAutomatedBackups", "", "a last snapshot and the plan's recovery points stay"
    ),
    Neutral("switch off", "EnablePerformanceInsights", "", "load figures; they protect nothing"),
    Neutral("allow deletion", "DBInstance DeletionPolicy", "removed", "a snapshot is CloudFormation's default here"),
    Neutral("widen actions", "AssumeRolePolicyDocument", "", "a trust policy has no actions but assuming the role"),
    Neutral(
        "switch off|remove", "DeleteMarkerReplication", "", "a deletion is not repeated in the replica: more is kept"
    ),
    Neutral("switch off", "Destination.Metrics", "", "figures on replication; the copies are the same"),
    Neutral(
        "widen resources", "IAM::ManagedPolicy", "DecryptSource|EncryptReplica", "a condition names the bucket still"
    ),
    Neutral(
        "narrow denial",
        "BackupVault AccessPolicy",
        'backup:DeleteBackupVault"',
        "AWS refuses it while there are backups",
    ),
    Neutral("drop statement", "DataProtectionPolicy", "", f"{_REFUSED}: it takes an audit and a masking statement"),
    Neutral("drop condition", "IAM::ManagedPolicy", "DecryptSource", "the statement names the one key still"),
    Neutral(
        "delete resource", "RestoreTestingSelection .*(Aurora|DynamoDB|EBS|EFS|RDS)", "", "no such store in the app"
    ),
    Neutral("remove", "DataResources", "AWS::DynamoDB::Table", "no such store in the app"),
    Neutral("delete resource", "CloudWatch::Dashboard", "", "a view of alarms; they ring without it"),
    Neutral(
        "switch off|delete resource", "Events::Rule ", "", "Security Hub collects these findings, and its are routed"
    ),
    Neutral(
        "narrow denial",
        "BucketPolicy .*Trail",
        "DenyDeletion: Action without .s3:Delete",
        "Object Lock keeps the files",
    ),
    Neutral("remove", "DataResources", "AWS::Lambda::Function", "no such resource in the app"),
    Neutral("remove", "SecurityGroup(In|E)gress .*SecurityGroupId", "", f"{_REFUSED}: a rule names its peer"),
    Neutral("delete resource", "EC2::SecurityGroup(Ingress|Egress)? ", "", "closes more, or " + _DEFAULT_GROUP),
    Neutral("remove", "ECS::Service .*SecurityGroups", "", _DEFAULT_GROUP),
    Neutral("switch off", "ECS::.*(Essential|CircuitBreaker)", "", "about whether it runs, not who gets in"),
    Neutral("remove", "Certificate ValidationMethod", "", "then ownership is validated by mail, AWS's default"),
    Neutral("switch off", "VisibilityConfig", "", "figures and samples of requests; what is let in is the same"),
    Neutral("remove|switch off", "SSM::Document Content", "", "a part of a script: without it the script does not run"),
    Neutral("remove", "RemediationConfiguration Parameters", "", f"{_REFUSED}: the script has no such default"),
    Neutral("remove", "SSO::PermissionSet InlinePolicy ", "", "without a policy, a permission set grants nothing"),
    Neutral(
        "remove", "Custom::EbsEncryption KmsKeyId", "", "the function behind it fails without, and so the deployment"
    ),
    Neutral(
        "switch off", "RemediationConfiguration Automatic", "", "then a finding waits for a person, as one may choose"
    ),
    Neutral(
        "drop condition|widen resources",
        "IAM::ManagedPolicy",
        "CreateServiceLinkedRole",
        "the role's ARN and the condition each name the service, and one of them is left",
    ),
    Neutral(
        "widen resources",
        "IAM::ManagedPolicy",
        "DescribeBackupVault|EbsKey|FindConfigRole|DescribeAccountAssignment",
        "descriptions, which AWS's own policy ViewOnlyAccess grants of everything",
    ),
    Neutral("switch off", "CloudFront::Distribution .*(Enabled|Compress)", "", "about whether and how it is served"),
    Neutral("remove", "CloudFront::Distribution .*(SslSupportMethod|CachePolicyId)", "", _REFUSED),
    Neutral("switch off", "RestApi DisableExecuteApiEndpoint", "", "closes more"),
    Neutral("remove", "RestApi Policy ", "", f"{_REFUSED}: a private API cannot be deployed without"),
    Neutral("switch off", "ApiGateway::Stage (CacheCluster|MethodSettings.*Metrics)", "", "no cache and fewer figures"),
    Neutral("remove", "ApiGateway::Method Integration.Credentials", "", "without a role, the call behind it fails"),
    Neutral("allow deletion", "ApiGateway::Account", "", "deleting it leaves the account's setting as it is"),
    Neutral("remove", "EnforceSecurityGroupInboundRules", "", "AWS's default, on, closes more"),
    Neutral("switch off", "ResponseHeadersPolicy .*Override", "", "the bucket sends no header of its own"),
    Neutral(
        "allow deletion",
        "Custom::(ConfigRole|EbsEncryption|Inspector|Macie|PasswordPolicy|S3PublicAccessBlock|VpcRestrictDefaultSG)",
        "",
        "the function behind it does nothing when it is asked to delete: the setting stays either way",
    ),
    Neutral("allow deletion", "ECR::Repository", "", "CloudFormation fails to delete a repository that holds images"),
    Neutral(
        "remove",
        "Trail EventSelectors",
        r'"IncludeManagementEvents":true,"ReadWriteType":"All"}\]?$',
        "without selectors a trail records all management events",
    ),
    Neutral(
        "remove", "Bucket VersioningConfiguration", "", "Object Lock turns versioning on, and nothing turns it off"
    ),
    Neutral("remove", "EFS::MountTarget SecurityGroups", "", _DEFAULT_GROUP),
    Neutral("remove", "ContributorInsights", '"Enabled":false', "off is the default, and it protects nothing"),
    Neutral("remove", "UserPool Policies.SignInPolicy", "PASSWORD", "passwords alone are the default"),
    Neutral(
        "remove",
        "UserPool Policies(.PasswordPolicy)? ",
        "MinimumLength",
        "Cognito's own policy takes its place: eight characters of all four kinds",
    ),
    Neutral("weaken TLS", "UserPoolClient CallbackURLs", "", f"{_REFUSED}: Cognito takes http for localhost alone"),
    Neutral(
        "switch off", "UserPoolClient AllowedOAuthFlowsUserPoolClient", "", "closes more: nobody signs in by OAuth"
    ),
    Neutral("switch off", "ManagedLoginBranding", "", "about how the page looks"),
    Neutral("switch off", "UserPool Schema.*(Mutable|Required)", "", "about what a user tells of himself"),
    Neutral("switch off", "ECS::Cluster ClusterSettings", "", "load figures; they protect nothing"),
    Neutral("switch off", "ECS::.*(InitProcessEnabled|AvailabilityZoneRebalancing)", "", "about how it runs"),
    Neutral("switch off", "ApiGateway::Stage MethodSettings.*CachingEnabled", "", "no cache: less is kept"),
    Neutral("switch off", "ApiGateway::Stage TracingEnabled", "", "traces of how long calls take, not of who calls"),
    Neutral(
        "widen resources",
        "IAM::ManagedPolicy",
        "elasticfilesystem:ClientMount if elasticfilesystem:AccessPointArn",
        "a condition names the access point still, which is of one file system",
    ),
    Neutral("switch off", "FMS::Policy DeleteAllPolicyResources", "", "what goes when the policy goes"),
    Neutral("widen resources", "IAM::ManagedPolicy", "cloudtrail:StartLogging", "it switches audit on, nowhere off"),
    Neutral("", "DeliveryChannel S3KmsKeyArn", "", "the bucket's default encryption takes the customer key"),
    Neutral(
        "narrow denial",
        "BackupVault AccessPolicy",
        "ChangeThroughCloudFormationOnly: Action without .*RecoveryPoint",
        "the statement before it denies the same to everyone",
    ),
)


def why_neutral(mutant: Mutant) -> str | None:
    """Return why a mutant undoes nothing, or None if it undoes something."""
    place = f"{mutant.resource_type} {mutant.place} {mutant.logical_id}"
    for entry in NEUTRAL:
        if (
            re.fullmatch(entry.operator or ".*", mutant.operator)
            and re.search(entry.place, place)
            and re.search(entry.change, mutant.change)
        ):
            return entry.reason
    return None
