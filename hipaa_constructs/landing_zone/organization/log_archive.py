"""The log archive: where the records of all accounts are kept, and nobody can delete any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs._constants import days
from hipaa_constructs.audit.trail_bucket import TrailBucket
from hipaa_constructs.detection.config_bucket import ConfigBucket
from hipaa_constructs.edge.load_balancer_logs import LoadBalancerLogs
from hipaa_constructs.landing_zone import names
from hipaa_constructs.landing_zone.config import OrganizationZoneConfig
from hipaa_constructs.landing_zone.organization.role_stack import RoleStack
from hipaa_constructs.landing_zone.organization.sealed import seal
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.service_grants import grant_cloudtrail
from hipaa_constructs.storage.delivered_logs import DeliveredLogs
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.write_denials import deny_deletion


def define(scope: Construct, config: OrganizationZoneConfig) -> Sequence[cdk.Stack]:
    """Define the role's stacks; those of trail and AWS Config only where nobody else makes these.

    Control Tower makes an organization's trail and recorders, and keeps what both write in a bucket of its own in
    its log archive account: docs.aws.amazon.com/controltower/latest/userguide/about-logging.html and
    logging-s3-audit-bucket.html. So does Landing Zone Accelerator, which keeps load balancers' logs there too:
    docs.aws.amazon.com/solutions/latest/landing-zone-accelerator-on-aws/centralized-logging.html.
    """
    organization = config.organization
    records: list[cdk.Stack] = []
    if organization.owner == "none":
        copies = LogArchiveCopiesStack(scope, f"{config.name}-LogArchiveCopies", config=config)
        records = [copies, LogArchiveStack(scope, f"{config.name}-LogArchive", config=config, copies=copies)]
    return [
        *records,
        *(
            ServiceLogsStack(scope, f"{config.name}-ServiceLogs-{region}", config=config, region=region)
            for region in organization.all_regions
        ),
    ]


class LogArchiveCopiesStack(RoleStack):
    """Copies of trail and AWS Config in the first of the further Regions, locked for as long."""

    def __init__(self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="log_archive",
            region=config.organization.regions[0],
            description="Copies of the organization's trail and of AWS Config",
        )
        self.trail = self._define("Trail", config) if config.organization.records_all else None
        self.config = self._define("Config", config)
        seal(self)

    def _define(self, construct_id: str, config: OrganizationZoneConfig) -> EncryptedBucket:
        copies = EncryptedBucket.replica(
            self,
            construct_id,
            object_lock_default_retention=_lock(config),
            lifecycle_rules=[_copy_rule(config)],
            deployment=config.deployment,
        )
        policy = cast("s3.BucketPolicy", copies.bucket.policy)
        deny_deletion(policy.document, bucket_arn=copies.bucket.bucket_arn)
        return copies


class LogArchiveStack(RoleStack):
    """The buckets of the organization's trail and of AWS Config of all accounts.

    The trail's is under Object Lock in compliance mode for ``audit.retention_years``: not even root can lift that. AWS
    Config does not deliver to a bucket whose lock has a default retention (see ``ConfigBucket``); there the policy
    denies every deletion, and the copies in the other Region are locked. Without a management account there is no
    trail, and no bucket for one.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig, copies: LogArchiveCopiesStack
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="log_archive",
            description="The organization's trail, and AWS Config of all accounts",
        )
        organization = config.organization
        management = organization.accounts.management
        self.trail: TrailBucket | None = None
        if management is not None:
            key = KmsRotatedKey(self, "TrailKey", alias=names.trail_key_alias(config)).key
            self.trail = TrailBucket(
                self,
                "Trail",
                bucket_name=names.trail_bucket(config),
                encryption_key=key,
                replication_destination=copies.trail,
                object_lock_default_retention=_lock(config),
            )
            arns = names.trail_arns(config)
            for arn in arns:
                grant_cloudtrail(key, trail_arn=arn, account=management)
            self.trail.accept(trail_arns=arns, prefixes=[management, organization.id])
        self.config = ConfigBucket(
            self,
            "Config",
            bucket_name=names.config_bucket(config),
            replication_destination=copies.config,
        )
        self.config.accept_deliveries(organization_id=organization.id)
        seal(self)


class ServiceLogsStack(RoleStack):
    """Logs of all accounts from one Region: of flows and DNS, and of load balancers.

    They are in the Region of what they tell of, where load balancers have to log to. Two kinds stay elsewhere, since
    AWS asks for it: S3's own access logs in the account of the bucket
    (docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html), and those of web ACLs in the account that manages
    the web ACL (docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html), which is Firewall Manager's.
    """

    def __init__(self, scope: Construct, construct_id: str, *, config: OrganizationZoneConfig, region: str) -> None:
        super().__init__(
            scope,
            construct_id,
            config=config,
            role="log_archive",
            region=region,
            description=f"Logs of services of all accounts in {region}",
        )
        organization = config.organization
        self.traffic = DeliveredLogs(
            self, "Traffic", organization_id=organization.id, bucket_name=names.traffic_bucket(config, region)
        )
        self.access: LoadBalancerLogs | None = None
        if organization.owner != "accelerator":
            self.access = LoadBalancerLogs(
                self, "Access", organization_id=organization.id, bucket_name=names.access_bucket(config, region)
            )
        seal(self)


def _copy_rule(config: OrganizationZoneConfig) -> s3.LifecycleRule:
    """Return what moves copies to where they cost least and can still be read at once; they are hardly ever read.

    What expires stays as a noncurrent version as long as every replica's do.
    """
    return s3.LifecycleRule(
        id="KeepCopies",
        expiration=cdk.Duration.days(config.audit.retention_days),
        transitions=[s3.Transition(storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL, transition_after=days(1))],
    )


def _lock(config: OrganizationZoneConfig) -> s3.ObjectLockRetention:
    return s3.ObjectLockRetention.compliance(cdk.Duration.days(config.audit.retention_days))
