"""What AWS Backup needs to back up and restore the stores a plan covers, as policy statements.

Equal in effect to AWS's managed policies AWSBackupServiceRolePolicyForBackup, ForRestores, ForS3Backup and ForS3Restore
(docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html), with these differences: only S3, RDS,
Aurora, DynamoDB, EFS, EBS and Redshift Serverless; only this account and Region; making and restoring are two roles;
databases are deleted only if a restore test made them; sharing with another account only if the plan copies there.

A pattern such as ``rds:…:*`` lets an action reach no more than the kinds of resources that the action is about; it is
narrowed further where that makes a difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructs import IConstruct

from hipaa_constructs._constants import partition
from hipaa_constructs._stacks import account_of, region_of
from hipaa_constructs.primitives.via_service import via_services

Statement = dict[str, Any]

# AWS Backup tags with it what it made; a null check tells its snapshots from everybody else's.
MADE_BY_BACKUP = {"Null": {"aws:ResourceTag/aws:backup:source-resource": "false"}}
FOR_AWS = {"Bool": {"kms:GrantIsForAWSResource": "true"}}


@dataclass(frozen=True)
class Place:
    """An account and Region whose ARNs are written."""

    account: str
    region: str

    @classmethod
    def of(cls, construct: IConstruct) -> Place:
        """Return the account and Region that a construct's stack is deployed to."""
        return cls(account_of(construct), region_of(construct))

    def arns(self, service: str, *resources: str) -> list[str]:
        """ARNs of one service in this account and Region."""
        return [f"arn:{partition()}:{service}:{self.region}:{self.account}:{name}" for name in resources]

    def snapshots(self) -> list[str]:
        """EBS snapshots, whose ARNs have no account."""
        return [f"arn:{partition()}:ec2:{self.region}::snapshot/*"]

    def via(self, *services: str) -> dict[str, Any]:
        """The condition that a key is used through one of these services alone."""
        return {"StringEquals": {"kms:ViaService": via_services(self.region, *services)}}


def allow(actions: Sequence[str], resources: Sequence[str], condition: Mapping[str, Any] | None = None) -> Statement:
    """Write one statement."""
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return {**statement, "Condition": dict(condition)} if condition else statement


def owned(here: Place) -> dict[str, Any]:
    """Bucket ARNs name no account, so a condition does."""
    return {"StringEquals": {"aws:ResourceAccount": here.account}}


def keys(here: Place) -> list[Statement]:
    """Grants are how AWS services use a key for a snapshot or restored resource; nobody else can be given one."""
    return [
        allow(["kms:DescribeKey"], here.arns("kms", "key/*")),
        allow(["kms:CreateGrant"], here.arns("kms", "key/*"), FOR_AWS),
    ]
