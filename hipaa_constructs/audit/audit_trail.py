from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._stacks import account_of, arn_in, settle
from hipaa_constructs.audit.trail_bucket import TrailBucket
from hipaa_constructs.audit.trail_requirements import lock, require_organization, require_retention
from hipaa_constructs.audit.trails import define_trails
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.service_grants import grant_cloudtrail
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.storage.replica import require_destination
from hipaa_constructs.storage.requirements import require_copy

_NAME_LENGTH = 128  # docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html


class AuditTrail(Construct):
    r"""The record of who did what in the account, of all Regions, locked for seven years.

    - One trail records every management event, reads too, of all Regions and global services, and Insights on unusual
      call and error rates. Its events also go to an encrypted log group for seven years, for alarms and queries, and
      a notice of each of its files to an encrypted topic.
    - Another records every data event of S3 objects, Lambda functions and DynamoDB tables, those that exist and those
      to come, and delivers to the bucket alone: a log group gets all that its trail records
      (docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html), and
      reads and writes of objects outnumber everything else. AWS Config's ``cloud-trail-cloud-watch-logs-enabled``
      therefore names this trail.
    - Reads of the audit bucket are among the data events, and so are CloudTrail's own deliveries to it, one event per
      file: leaving the bucket out would hide who read the record, and the AWS Config rule
      ``cloudtrail-s3-dataevents-enabled`` asks for all buckets.
    - Log files are under ``encryption_key``, with digests that prove they are whole. Digest files are under S3's
      own key, which CloudTrail offers no choice of:
      docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html.
    - The bucket is versioned, under Object Lock for all of ``retention``, and takes writes from these trails alone.
      Files move to colder storage after 30 and 90 days and go when the lock ends.
    - Bucket, key and log group stay when the stack goes.

    MFA delete is not part of it. CloudFormation cannot set it, and S3 supports no lifecycle rules beside it
    (docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html); Object Lock and the
    bucket policy hold files more strictly. Where a policy of yours demands it all the same, remove the lifecycle
    rules, and run this with the root user's credentials, which alone can do it::

        aws s3api put-bucket-versioning --bucket BUCKET --versioning-configuration \
            Status=Enabled,MFADelete=Enabled --mfa "arn:aws:iam::ACCOUNT:mfa/root-account-mfa-device CODE"

    Meets 164.312(b) audit controls and 164.312(c)(1) integrity. Supports 164.308(a)(1)(ii)(D) information system
    activity review, 164.308(a)(5)(ii)(C) log-in monitoring and 164.316(b)(2)(i) time limit.

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
    :param data_events_in_log_group: whether one trail records everything, so that data events go to the log group too,
        and ``ActivityAlarms`` is told the same. Default: False.
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
        data_events_in_log_group: bool = False,
    ) -> None:
        require_copy(backup_plan, replication_destination)
        require_retention(retention)
        require_organization(organization_id)
        if replication_destination is not None:
            require_destination(scope, replication_destination, locked=True)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        # The policies name a trail before it exists, and it cannot be made before they do: hence fixed names.
        name, arn = self._name()
        data_name, data_arn = self._name("-DataEvents")
        arns = [arn] if data_events_in_log_group else [arn, data_arn]
        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        for one in arns:
            grant_cloudtrail(self._key, trail_arn=one)
        self._bucket = TrailBucket(
            self,
            "Bucket",
            encryption_key=self._key,
            backup_plan=backup_plan,
            replication_destination=replication_destination,
            object_lock_default_retention=lock(object_lock_mode, retention),
        )
        account = account_of(self)
        self._bucket.accept(trail_arns=arns, prefixes=[account, organization_id] if organization_id else [account])
        self._trails = define_trails(
            self,
            name=name,
            data_name=None if data_events_in_log_group else data_name,
            bucket_name=self.bucket.bucket_name,
            file_key=self._key,
            encryption_key=self._key,
            organization_id=organization_id,
            # CloudTrail tries the bucket when a trail is made; a reference alone does not wait for the policy.
            after=cast("s3.BucketPolicy", self.bucket.policy),
        )

    @property
    def trail(self) -> cloudtrail.Trail:
        """The trail of management events. Its log group is ``log_group`` of this construct, not ``trail.log_group``."""
        return self._trails.trail

    @property
    def data_trail(self) -> cloudtrail.Trail | None:
        """The trail of data events; None where ``trail`` records these too."""
        return self._trails.data_trail

    @property
    def bucket(self) -> s3.Bucket:
        """Where log files and digests are kept."""
        return self._bucket.bucket

    @property
    def log_group(self) -> logs.LogGroup:
        """Where the events of ``trail`` arrive within minutes, for alarms and queries."""
        return self._trails.log_group

    @property
    def topic(self) -> sns.Topic:
        """Where each log file of ``trail`` is announced."""
        return self._trails.topic

    @property
    def encryption_key(self) -> kms.IKey:
        """The key for log files, log group and topic."""
        return self._key

    def _name(self, suffix: str = "") -> tuple[str, str]:
        name = cdk.Names.unique_resource_name(self, max_length=_NAME_LENGTH - len(suffix), separator="-") + suffix
        return name, arn_in(self, "cloudtrail", f"trail/{name}")
