"""The lifecycle rules that every bucket of this library has.

S3 moves only objects of 128 KB or more, and charges at least 30 and 90 days in the two colder classes:
docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html.
"""

from __future__ import annotations

import functools

from aws_cdk import aws_s3 as s3

from hipaa_constructs._constants import days

SEVEN_YEARS = 2557
_WARM_DAYS = 30
_COLD_DAYS = 90
_UPLOAD_DAYS = 7


@functools.cache
def version_rule(lock_days: int) -> s3.LifecycleRule:
    """Keep what was overwritten or deleted for seven years, or as long as it is locked, in colder storage."""
    return s3.LifecycleRule(
        id="KeepVersions",
        noncurrent_version_transitions=[
            s3.NoncurrentVersionTransition(
                storage_class=s3.StorageClass.INFREQUENT_ACCESS,
                transition_after=days(_WARM_DAYS),
            ),
            s3.NoncurrentVersionTransition(
                storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL,
                transition_after=days(_COLD_DAYS),
            ),
        ],
        noncurrent_version_expiration=days(max(SEVEN_YEARS, lock_days)),
        expired_object_delete_marker=True,
        abort_incomplete_multipart_upload_after=days(_UPLOAD_DAYS),
    )


def access_log_rules(kept_days: int, *, removed_after: int = 1) -> list[s3.LifecycleRule]:
    """Keep log files for ``kept_days``, in colder storage when they are old, then remove them for good.

    ``removed_after`` says how many days later, in which what holds data can be had back.
    """
    return [
        _log_rule(kept_days, removed_after),
        s3.LifecycleRule(id="RemoveMarkers", expired_object_delete_marker=True),
    ]


@functools.cache
def _log_rule(kept_days: int, removed_after: int) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id="KeepLogs",
        transitions=[
            s3.Transition(
                storage_class=s3.StorageClass.INFREQUENT_ACCESS,
                transition_after=days(_WARM_DAYS),
            ),
            s3.Transition(
                storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL,
                transition_after=days(_COLD_DAYS),
            ),
        ],
        expiration=days(kept_days),
        # Nobody can overwrite or delete a log, so only expiry makes a version noncurrent.
        noncurrent_version_expiration=days(removed_after),
        abort_incomplete_multipart_upload_after=days(_UPLOAD_DAYS),
    )
