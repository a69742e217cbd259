"""Why a mutant that undoes something is let through all the same, where that is a decision."""

from __future__ import annotations

import re

from benchmarks.mutation.mutant import Mutant

# By operator, type and place, and change.
_DECISIONS = (
    (
        "remove",
        "LogGroup DataProtectionPolicy",
        "",
        "No template tells which log group can hold PHI; LogGroupMasked asks it of apps that mask others too.",
    ),
    (
        "widen resources",
        "IAM::ManagedPolicy",
        "logs:CreateLogStream|Deliver",
        "AWS's own policies, such as AWSLambdaBasicExecutionRole, let every log group be written to.",
    ),
    (
        "allow instead of deny|drop denial|widen actions|drop condition",
        "IAM::ManagedPolicy",
        "NoOtherRole|kms:CreateGrant|iam:PassRole|StartBackups|StartInstances|ControlsOnly|ReadOnly|NoPhi",
        "A boundary grants nothing; what it lets a role's own policies use is the organization's choice.",
    ),
    (
        "remove|AWS-managed key|switch off",
        "ECS::Cluster Configuration",
        "",
        "A task's own disk goes with it, under AWS's key; sessions are no more than a service that lets people in.",
    ),
    (
        "delete resource|remove|shorten",
        "CloudWatch::Alarm",
        "",
        "What else than failures an alarm watches, and from when, is its owner's to say.",
    ),
    (
        "remove",
        "S3::Bucket LoggingConfiguration",
        "",
        "Buckets of logs need no log of their own; the trail's data events tell who read them.",
    ),
    (
        "drop condition|widen resources",
        "IAM::ManagedPolicy",
        "DescribeBackupVault|ReadConfiguration|EncryptReplica",
        "What is granted neither reads nor removes data: descriptions, encrypting.",
    ),
    (
        "delete resource",
        "BackupVault",
        "",
        "Copies go to a vault of another Region by its ARN, and its stack need not be part of the app.",
    ),
    (
        "delete resource",
        "SecurityHub::Standard",
        "",
        "Which standards an account is held to is a choice; the hub and its controls stay.",
    ),
    (
        "remove|AWS-managed key|delete resource",
        "Custom::",
        "",
        "A custom resource's properties are its function's own; the preflight asks the live account about them.",
    ),
    (
        "delete resource|switch off",
        "AWS::Config::",
        "",
        "One recorder and one set of rules serve an account, and need not be part of this app; the preflight asks.",
    ),
    ("weaken TLS", "ConformancePack", "", "The pack's text is a template within a template, which no rule opens."),
    (
        "widen resources|drop condition",
        "IAM::ManagedPolicy",
        "EbsKey|FindConfigRole|DescribeAccountAssignment|RebootDBInstance|PassedToService",
        "What is granted describes, restarts or passes one role; it neither reads nor removes data.",
    ),
    (
        "drop denial",
        "IAM::ManagedPolicy|SSO::PermissionSet",
        "NoPhi|Never|Withheld",
        "What a role's boundary denies is the organization's choice.",
    ),
    (
        "widen resources",
        "SSO::PermissionSet",
        "RebootDBInstance",
        "It restarts databases; it neither reads nor removes data.",
    ),
    (
        "remove|switch off",
        "ResponseHeadersPolicy",
        "",
        "Whether subdomains stay on TLS too is their owner's to say.",
    ),
    (
        "drop condition",
        "IAM::Role AssumeRolePolicyDocument",
        "aws:SourceAccount",
        "AWS's guides name no such condition for API Gateway, so that a rule may not ask for it.",
    ),
    (
        "remove",
        "LoadBalancer SecurityGroups",
        "",
        "A network load balancer may be without; its targets' groups decide who gets in.",
    ),
    (
        "switch off",
        "ApiGateway::RequestValidator",
        "",
        "What an application takes for valid is its own.",
    ),
    (
        "switch off|delete resource",
        "FMS::Policy|Shield::",
        "",
        "Which policies an organization enforces centrally, and whom AWS calls, are choices.",
    ),
    (
        "switch off",
        "LoadBalancer LoadBalancerAttributes",
        "",
        "Whether it balances across zones is about availability, and a choice.",
    ),
    (
        "delete resource",
        "Organizations::Policy",
        "",
        "Policies on tags, backups and AI are choices; what service and resource control policies deny is judged.",
    ),
    (
        "remove",
        "WebACL DataProtectionConfig",
        "",
        "Neither logs nor samples hold bodies.",
    ),
    (
        "delete resource",
        "AccessAnalyzer::Analyzer",
        "",
        "The analyzer of unused access costs for each role; that of access from outside is asked for.",
    ),
    ("shorten", "IAM::Role MaxSessionDuration", "", "Twelve hours are IAM's own limit, and workloads need them."),
    ("delete resource", "Macie::CustomDataIdentifier", "", "It adds to what Macie looks for by itself."),
    (
        "switch off",
        "ReadonlyRootFilesystem",
        "",
        "Whether a container can write to its own disk says nothing of data elsewhere.",
    ),
    (
        "drop condition",
        "BucketPolicy",
        "LogDelivery",
        "AWS's own policy for load balancers' logs names no source; the object's path names the account.",
    ),
    (
        "open network",
        "NetworkAclEntry",
        "",
        "Return traffic needs the ephemeral ports, which the entry is for; security groups decide who gets in.",
    ),
)


def why_survived(mutant: Mutant) -> str | None:
    """Return the reason why no rule looks for a mutant, or None if there is none yet."""
    place = f"{mutant.resource_type} {mutant.place}"
    for operator, where, change, reason in _DECISIONS:
        if re.fullmatch(operator, mutant.operator) and re.search(where, place) and re.search(change, mutant.change):
            return reason
    return None
