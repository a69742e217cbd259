from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._constants import block_all, name_if_needed
from hipaa_constructs._names import KEPT
from hipaa_constructs._stacks import path_of, settle
from hipaa_constructs.primitives.arns import bucket_arn, key_arn
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.caller_grants import let_macie_read
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.storage.access_log_bucket import AccessLogBucket
from hipaa_constructs.storage.grants import grant_delete, grant_put, grant_read
from hipaa_constructs.storage.lifecycle import version_rule
from hipaa_constructs.storage.notifications import NotifyingBucket
from hipaa_constructs.storage.replica import (
    ReceivesReplicas,
    acknowledge_no_replica,
    replica_name,
    require_destination,
)
from hipaa_constructs.storage.replication import replicate
from hipaa_constructs.storage.requirements import (
    days_locked,
    require_bucket_name,
    require_compatible,
    require_copy,
)
from hipaa_constructs.storage.write_denials import deny_other_encryption


class EncryptedBucket(Construct):
    """A private, versioned bucket for PHI under a customer key, with access logs and a copy elsewhere.

    - Every object ends under ``encryption_key``, with a bucket key. A write that asks for another key, for
      ``aws:kms`` without naming one, for SSE-S3 or for a customer-provided key is denied; one that asks for
      nothing gets the key. Name the key by its ARN, if at all.
    - Requests without TLS, or below TLS 1.2, are denied. All four public-access blocks are on; ACLs are off.
    - What is overwritten or deleted stays as a version: colder storage after 30 and 90 days, removal after
      seven years (2557 days) or when Object Lock ends, whichever is later. Unfinished uploads go after 7 days.
    - A key of this app lets Macie, if the account has it, look into what the bucket holds (``DataDiscovery``).
    - Server access logs go to ``AccessLogBucket.of(scope)``.
    - The bucket, its policy and its key stay when the stack goes.
    - A backup plan, a replica in another Region, or both keep a copy; the two do not disturb each other.
      Replication covers what is written after it was set up.
    - ``.bucket.add_event_notification(…)`` tells a queue, topic or function of objects, through one function in the
      stack that passes the gate. With a backup plan, EventBridge hears of them anyway: an ``events.Rule`` for source
      ``aws.s3`` needs no function. A queue or topic may be under the same ``KmsRotatedKey`` as the bucket; with a
      plain ``kms.Key`` for both, CDK has key and bucket name each other, which CloudFormation refuses.

    Meets 164.312(a)(1) access control, 164.312(a)(2)(iv) encryption and decryption, 164.312(b) audit controls,
    164.312(c)(1) integrity, 164.312(e)(1) transmission security and 164.308(a)(7)(ii)(A) data backup plan.

    :param encryption_key: the key for all objects, not an alias. Default: a ``KmsRotatedKey`` of its own.
    :param backup_plan: the plan that covers the bucket.
        Default: none; then ``replication_destination`` is needed.
    :param replication_destination: a bucket in a stack of another Region and the same account, made with
        ``EncryptedBucket.replica``, or with a ``backup_plan`` of its own.
        Default: no replication; then ``backup_plan`` is needed.
    :param object_lock_default_retention: how long each new version cannot be deleted or overwritten, in
        governance or compliance mode. Object Lock cannot be turned off again. Default: no Object Lock.
    :param lifecycle_rules: rules beside those above. A noncurrent version may not expire before seven years,
        nor an object before its lock. Default: none.
    :param bucket_name: a fixed name. Default: CloudFormation makes one, or CDK if another Region refers to the
        bucket; that one outlives the stack, and a second deployment finds it taken.
    :raises ValueError: neither plan nor replica, a destination that cannot work, a contradictory rule, a key
        given by alias, or a name that S3 refuses.
    """

    # A replica needs neither plan nor replica of its own.
    _is_copy: ClassVar[bool] = False
    # What an account without a plan or replica keeps says in its class why.
    _needs_copy: ClassVar[bool] = True
    _bucket_key_enabled: ClassVar[bool] = True
    # Macie looks into data, not into logs.
    _holds_data: ClassVar[bool] = True

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey | None = None,
        backup_plan: ProtectsData | None = None,
        replication_destination: EncryptedBucket | None = None,
        object_lock_default_retention: s3.ObjectLockRetention | None = None,
        lifecycle_rules: Sequence[s3.LifecycleRule] = (),
        bucket_name: str | None = None,
    ) -> None:
        lock_days = days_locked(object_lock_default_retention)
        if self._needs_copy and not self._is_copy:
            require_copy(backup_plan, replication_destination)
        require_bucket_name(bucket_name)
        require_compatible(lifecycle_rules, lock_days)
        if replication_destination is not None:
            require_destination(scope, replication_destination, locked=lock_days > 0)
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)

        self._locked = lock_days > 0
        self._receives_replicas = False
        self._key = encryption_key or KmsRotatedKey(self, "Key").key
        if self._holds_data:
            let_macie_read(self._key)
        self._bucket = NotifyingBucket(
            self,
            "Resource",
            bucket_name=bucket_name or name_if_needed(),
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self._key,
            bucket_key_enabled=self._bucket_key_enabled,
            block_public_access=block_all(),
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            object_lock_default_retention=object_lock_default_retention,
            lifecycle_rules=[*self._own_lifecycle_rules(lock_days), *lifecycle_rules],
            removal_policy=KEPT,
        )
        # Each of these is a call to Node, so it is asked for once.
        self._arn = bucket_arn(self._bucket)
        self._policy = cast("s3.BucketPolicy", self._bucket.policy)
        self._document = self._policy.document
        self._deny_writes()
        self._policy.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        AccessLogBucket.of(self)._collect(self._bucket.resource, arn=self._arn, path=path_of(self))
        self._define_copies(backup_plan, replication_destination)
        if self._is_copy:
            self.node.add_validation(ReceivesReplicas(self))

    @classmethod
    @checked_arguments
    def replica(
        cls,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey | None = None,
        object_lock_default_retention: s3.ObjectLockRetention | None = None,
        lifecycle_rules: Sequence[s3.LifecycleRule] = (),
        bucket_name: str | None = None,
        deployment: str = "",
    ) -> EncryptedBucket:
        """Make a bucket that is the ``replication_destination`` of another, and needs no copy of its own.

        Its stack has to state account and Region, and its key has to be a ``KmsRotatedKey``, the default.
        Synthesis fails if no bucket replicates into it. Its name, made from its path, outlives the stack: give a
        second deployment another ``deployment``, up to 8 lower-case letters and digits.
        """
        return _Replica(
            scope,
            construct_id,
            encryption_key=encryption_key,
            object_lock_default_retention=object_lock_default_retention,
            lifecycle_rules=lifecycle_rules,
            bucket_name=replica_name(scope, construct_id, bucket_name, deployment),
        )

    @property
    def bucket(self) -> s3.Bucket:
        """The bucket itself."""
        return self._bucket

    @property
    def encryption_key(self) -> kms.IKey:
        """The key that every object is under."""
        return self._key

    @property
    def locked(self) -> bool:
        """Whether the bucket has Object Lock."""
        return self._locked

    @property
    def receives_replicas(self) -> bool:
        """Whether another bucket replicates into this one."""
        return self._receives_replicas

    @checked_arguments
    def grant_read(self, identity: iam.IGrantable, *, objects_key_pattern: str = "*") -> iam.Grant:
        """Let a principal list and read objects and their versions, and decrypt them."""
        return grant_read(self._bucket, self._key, identity, objects_key_pattern)

    @checked_arguments
    def grant_put(self, identity: iam.IGrantable, *, objects_key_pattern: str = "*") -> iam.Grant:
        """Let a principal write objects, but not read or delete any."""
        return grant_put(self._bucket, self._key, identity, objects_key_pattern)

    @checked_arguments
    def grant_delete(self, identity: iam.IGrantable, *, objects_key_pattern: str = "*") -> iam.Grant:
        """Let a principal delete objects; their versions stay, and nobody is let delete those."""
        return grant_delete(self._bucket, identity, objects_key_pattern)

    @checked_arguments
    def grant_write(self, identity: iam.IGrantable, *, objects_key_pattern: str = "*") -> iam.Grant:
        """Let a principal write and delete objects."""
        return self.grant_put(identity, objects_key_pattern=objects_key_pattern).combine(
            self.grant_delete(identity, objects_key_pattern=objects_key_pattern)
        )

    @checked_arguments
    def grant_read_write(self, identity: iam.IGrantable, *, objects_key_pattern: str = "*") -> iam.Grant:
        """Let a principal read, write and delete objects."""
        return self.grant_read(identity, objects_key_pattern=objects_key_pattern).combine(
            self.grant_write(identity, objects_key_pattern=objects_key_pattern)
        )

    def _own_lifecycle_rules(self, lock_days: int) -> list[s3.LifecycleRule]:
        return [version_rule(lock_days)]

    def _deny_writes(self) -> None:
        deny_other_encryption(self._document, bucket_arn=self._arn, key_arn=key_arn(self._key))

    def _define_copies(self, plan: ProtectsData | None, destination: EncryptedBucket | None) -> None:
        if plan is not None:
            # AWS Backup follows changes through EventBridge:
            # docs.aws.amazon.com/aws-backup/latest/devguide/s3-backups.html
            self._bucket.enable_event_bridge_notification()
            plan.protect(self, self._arn)
        if destination is not None:
            replicate(self, destination)
            destination._receives_replicas = True
        else:
            acknowledge_no_replica(self._bucket.resource, plan)


class _Replica(EncryptedBucket):
    """What ``EncryptedBucket.replica`` makes."""

    _is_copy = True
