"""What makes a bucket fit to receive replicas, and what is said of one that has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsii
from aws_cdk import aws_s3 as s3
from constructs import Construct, IValidation

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._names import known_bucket_name, require_deployment
from hipaa_constructs._stacks import account_of, path_of, region_of, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import in_every_pack
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

if TYPE_CHECKING:
    from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket

_ARGUMENT = "replication_destination"


def require_destination(scope: Construct, destination: EncryptedBucket, *, locked: bool) -> None:
    """Refuse a destination that is not in another Region of this account, or that cannot take the replicas.

    On success the stack of ``scope`` waits for that of ``destination``: S3 refuses a rule whose target is
    missing.
    """
    here, there = stack_of(scope), stack_of(destination)
    place = f"a bucket in {account_of(there)}/{region_of(there)}"
    if is_token(region_of(there)) or is_token(account_of(there)):
        refuse(
            _ARGUMENT,
            "a bucket in an unknown account or Region",
            allowed="its stack has to state both",
            fix="Give that stack env=cdk.Environment(account=…, region=…).",
        )
    if region_of(here) == region_of(there):
        refuse(
            _ARGUMENT,
            place,
            allowed="the replica has to be in another Region",
            fix="Make it in a stack whose env names another Region.",
        )
    if not is_token(account_of(here)) and account_of(here) != account_of(there):
        refuse(
            _ARGUMENT,
            place,
            allowed=f"the replica has to be in the same account, {account_of(here)}",
            fix="For a copy in another account pass a backup_plan that copies there.",
        )
    if KmsRotatedKey.made(destination.encryption_key) is None:
        refuse(
            _ARGUMENT,
            "a bucket under a key from elsewhere",
            allowed="another Region can name its key only by the alias of a KmsRotatedKey",
            fix="Give the replica no encryption_key, or KmsRotatedKey(…).key.",
        )
    if locked and not destination.locked:
        refuse(
            _ARGUMENT,
            "a bucket without Object Lock",
            allowed="locked objects are replicated only into a bucket with Object Lock",
            fix="Give the replica an object_lock_default_retention too.",
        )
    try:
        here.add_stack_dependency(there, "its bucket receives replicas")
    except RuntimeError as error:
        refuse(
            _ARGUMENT,
            f"a bucket in stack {path_of(there)}",
            allowed="its stack is deployed before this one",
            fix=f"Put the replica into a stack that does not need this one: {str(error).splitlines()[0]}",
        )


def replica_name(scope: Construct, construct_id: str, bucket_name: str | None, deployment: str) -> str | None:
    """Return the name of a replica, or None for the one that CDK makes."""
    require_deployment(deployment)
    if not deployment:
        return bucket_name
    if bucket_name is not None:
        refuse(
            "deployment",
            deployment,
            allowed="it is part of a name that is made here, and bucket_name gives one",
            fix="Leave one of the two out.",
        )
    return known_bucket_name(scope, construct_id, deployment=deployment)


def acknowledge_no_replica(resource: s3.CfnBucket, plan: ProtectsData | None) -> None:
    """Say why ``resource`` does not replicate: a plan covers it or, without one, it is itself a replica."""
    if plan is None:
        reason = "This bucket is itself a replica, and S3 does not replicate replicas."
        source = "docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html"
    else:
        reason = f"Copies are kept by the backup plan {plan.plan_name} instead of a replica."
        source = "docs.aws.amazon.com/aws-backup/latest/devguide/s3-backups.html"
    acknowledge_limitation(resource, *in_every_pack("S3BucketReplicationEnabled"), reason=reason, source=source)


@jsii.implements(IValidation)
class ReceivesReplicas:
    """At synthesis: some bucket names the replica as its destination."""

    def __init__(self, replica: EncryptedBucket) -> None:
        self._replica = replica

    def validate(self) -> list[str]:
        """Return what is wrong, which fails synthesis."""
        if self._replica.receives_replicas:
            return []
        return [
            f"{path_of(self._replica)} is a replica of nothing. Pass it as replication_destination to the "
            "EncryptedBucket that it should copy, or make it EncryptedBucket(…, backup_plan=…)."
        ]
