from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct, IDependable

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._constants import partition
from hipaa_constructs.audit.log_group import EncryptedLogGroup
from hipaa_constructs.audit.trail_bucket import TrailBucket
from hipaa_constructs.audit.trail_requirements import lock, require_organization, require_retention
from hipaa_constructs.detection.encrypted_topic import EncryptedTopic
from hipaa_constructs.encryption.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.encryption.service_grants import grant_cloudtrail
from hipaa_constructs.identity.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.recovery.protection import ProtectsData
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.replica import require_destination
from hipaa_constructs.storage.requirements import require_copy

_SERVICE = "cloudtrail.amazonaws.com"
_NAME_LENGTH = 128  # docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html


class AuditTrail(Construct):
    r"""The record of who did what in the account: one CloudTrail trail for all Regions, locked for seven years.

    - It records every management event, reads too, of all Regions and global services; every data event of S3
      objects, Lambda functions and DynamoDB tables, those that exist and those to come; and Insights on unusual
      call and error rates. Reads of the audit bucket are among them, and so are CloudTrail's own deliveries to it,
      one event per file: leaving the bucket out would hide who read the record, and the AWS Config rule
      ``cloudtrail-s3-dataevents-enabled`` asks for all buckets.
    - Log files are under ``encryption_key``, with digests that prove they are whole. Digest files are under S3's
      own key, which CloudTrail offers no choice of:
      docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html.
    - The bucket is versioned, under Object Lock for all of ``retention``, and takes writes from this trail alone.
      Files move to colder storage after 30 and 90 days and go when the lock ends.
    - Events also go to an encrypted log group for seven years, for alarms and queries, and a notice of each file to
      an encrypted topic.
    - Bucket, key and log group stay when the stack goes.

    MFA delete is not part of it. CloudFormation cannot set it, and S3 supports no lifecycle rules beside it
    (docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html); Object Lock and the
    bucket policy hold files more strictly. Where a policy of yours demands it all the same, remove the lifecycle
    rules, and run this with the root user's credentials, which alone can do it::

        aws s3api put-bucket-versioning --bucket BUCKET --versioning-configuration \
            Status=Enabled,MFADelete=Enabled --mfa "arn:aws:iam::ACCOUNT:mfa/root-account-mfa-device CODE"

    Meets 164.312(b) audit controls, 164.308(a)(1)(ii)(D) information system activity review, 164.308(a)(5)(ii)(C)
    log-in monitoring, 164.312(c)(1) integrity and 164.316(b)(2)(i) time limit.

    :param encryption_key: the key for log files, log group and topic; CloudTrail and CloudWatch Logs are let
        use it. Default: a ``KmsRotatedKey`` of its own.
    :param backup_plan: the plan that covers the bucket.
        Default: none; then ``replication_destination`` is needed.
    :param replication_destination: a locked bucket in another Region, as of ``EncryptedBucket.replica``.
        Default: no replication; then ``backup_plan`` is needed.
    :param retention: how long log files are locked and kept, 2192 days (six years) to 100 years.
        Default: seven years (2557 days). Source: 45 CFR 164.316(b)(2)(i).
    :param object_lock_mode: governance, or compliance, which not even the root user can lift before its time.
        Default: governance.
    :param organization_id: such as ``o-a1b2c3d4e5``, to record all accounts of the organization; the stack then
        belongs into the management account. Default: this account alone.
    :raises ValueError: neither plan nor replica, a destination that cannot work, a retention outside those limits,
        a key given by alias, or an id that is none of an organization.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey | None = None,
        backup_plan: ProtectsData | None = None,
        replication_destination: EncryptedBucket | None = None,
        retention: cdk.Duration | None = None,
        object_lock_mode: s3.ObjectLockMode = s3.ObjectLockMode.GOVERNANCE,
        organization_id: str | None = None,
    ) -> None:
        require_copy(backup_plan, replication_destination)
        require_retention(retention)
        require_organization(organization_id)
        if replication_destination is not None:
            require_destination(scope, replication_destination, locked=True)
        super().__init__(scope, construct_id)

        # The policies name the trail before it exists, and it cannot be made before they do: hence a fixed name.
        self._name = cdk.Names.unique_resource_name(self, max_length=_NAME_LENGTH, separator="-")
        self._arn = cdk.Stack.of(self).format_arn(service="cloudtrail", resource="trail", resource_name=self._name)
        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        grant_cloudtrail(self._key, trail_arn=self._arn)
        self._bucket = TrailBucket(
            self,
            "Bucket",
            encryption_key=self._key,
            backup_plan=backup_plan,
            replication_destination=replication_destination,
            object_lock_default_retention=lock(object_lock_mode, retention),
        )
        self._log_group = EncryptedLogGroup(self, "LogGroup", encryption_key=self._key).log_group
        self._notices = EncryptedTopic(self, "Notices", encryption_key=self._key)
        self._trail = self._define_trail(organization_id)

    @property
    def trail(self) -> cloudtrail.Trail:
        """The trail itself. Its log group is ``log_group`` of this construct, not ``trail.log_group``."""
        return self._trail

    @property
    def bucket(self) -> s3.Bucket:
        """Where log files and digests are kept."""
        return self._bucket.bucket

    @property
    def log_group(self) -> logs.LogGroup:
        """Where events arrive within minutes, for alarms and queries."""
        return self._log_group

    @property
    def topic(self) -> sns.Topic:
        """Where each delivery of a log file is announced."""
        return self._notices.topic

    @property
    def encryption_key(self) -> kms.IKey:
        """The key for log files, log group and topic."""
        return self._key

    def _define_trail(self, organization_id: str | None) -> cloudtrail.Trail:
        account = cdk.Stack.of(self).account
        self._bucket.accept(trail_arn=self._arn, prefixes=[account, organization_id] if organization_id else [account])
        trail = cloudtrail.Trail(
            self,
            "Resource",
            trail_name=self._name,
            # A reference only: to a bucket that it can change, CDK adds statements for any trail of any account.
            bucket=s3.Bucket.from_bucket_name(self, "Destination", self.bucket.bucket_name),
            encryption_key=self._key,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_file_validation=True,
            management_events=cloudtrail.ReadWriteType.ALL,
            insight_types=[cloudtrail.InsightType.API_CALL_RATE, cloudtrail.InsightType.API_ERROR_RATE],
            is_organization_trail=True if organization_id else None,
            org_id=organization_id,
        )
        role, permission = self._define_logs_role()
        resource = cast("cloudtrail.CfnTrail", trail.node.default_child)
        # By CDK's own arguments, the role would get an inline policy, and the topic a statement for any trail.
        resource.cloud_watch_logs_log_group_arn = self._log_group.log_group_arn
        resource.cloud_watch_logs_role_arn = role.role_arn
        resource.sns_topic_name = self.topic.topic_name
        # CDK's enumeration has no DynamoDB tables. The forms are those for all resources, current and future:
        # docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html
        resource.add_property_override("EventSelectors.0.DataResources", _data_resources())
        # CloudTrail tries all three when the trail is made; references alone do not wait for the policies.
        trail.node.add_dependency(cast("s3.BucketPolicy", self.bucket.policy), permission)
        self._notices.allow_publishing(_SERVICE, source_arn=self._arn).apply_before(trail)
        return trail

    def _define_logs_role(self) -> tuple[iam.Role, IDependable]:
        # CloudTrail supports no condition on the source here:
        # docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
        role = LeastPrivilegeRole(
            self,
            "LogsRole",
            assumed_by=iam.ServicePrincipal(_SERVICE),
            description=f"Delivers {self.node.path} to CloudWatch Logs",
        )
        added = role.add_to_principal_policy(
            iam.PolicyStatement(
                sid="Deliver",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self._log_group.log_group_arn],
            )
        )
        return role, added.policy_dependable


def _data_resources() -> list[dict[str, object]]:
    types = {"AWS::S3::Object": "s3", "AWS::Lambda::Function": "lambda", "AWS::DynamoDB::Table": "dynamodb"}
    return [{"Type": name, "Values": [f"arn:{partition()}:{service}"]} for name, service in types.items()]
