"""S3 buckets keep the versions that are overwritten or deleted.

Compliant: versioning ``Enabled``, or Object Lock, which turns it on
(docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html), and no lifecycle rule that expires noncurrent versions
within a week, as long as databases keep automatic backups (DatabaseBackupsKept). Non-compliant: versioning absent or
suspended, a warning for a bucket that is a web site, for a pipeline's artifacts and functions' code, which are built
again, for what deployments alone fill, for one that is called so and that nothing of the app is let put objects into,
for results of Athena and what else StoreBackedUp takes for made again, and for one that everything passes through, as
StoreBackedUp says; an earlier expiry of noncurrent versions, which is a warning and does not
count for buckets of logs, whose current objects have their own rule (AuditBucketRetention). Not applicable: nothing; a
log that is overwritten is lost as a record is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, as_int, dig, is_one_of, spread
from hipaa_constructs.compliance.facts.buckets import (
    is_likely_made_again,
    is_made_again,
    keeps_versions,
)
from hipaa_constructs.compliance.facts.built_files import is_called_built
from hipaa_constructs.compliance.facts.expiring_buckets import passes_through
from hipaa_constructs.compliance.facts.log_buckets import logs_in
from hipaa_constructs.compliance.facts.settings import Setting, one_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Outcome, Rule, Verdict, failed, unknown, weaker, worst

_WEEK_DAYS = 7
_NONCURRENT = ("NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays")
_VERSIONED = Setting("VersioningConfiguration.Status", one_of("Enabled"))


def _expiries(bucket: Resource) -> Iterator[Verdict]:
    for rule in spread(bucket.properties, "LifecycleConfiguration.Rules[]"):
        noncurrent = dig(rule, "NoncurrentVersionExpiration.NoncurrentDays")
        days = as_int(dig(rule, "NoncurrentVersionExpirationInDays") if noncurrent is None else noncurrent)
        if is_one_of(dig(rule, "Status"), "Disabled") is Ternary.YES or days is None:
            continue
        if isinstance(days, Unknown):
            yield unknown("How long noncurrent versions stay is known only at deployment.")
        elif days < _WEEK_DAYS:
            yield failed(f"A lifecycle rule expires noncurrent versions after {days} days.", severity="warning")


def _expires_current_alone(bucket: Resource) -> bool:
    """Whether rules delete objects after some time, and none does so with noncurrent versions.

    Of a bucket with versions, a rule that expires objects makes noncurrent versions of them, which stay
    (docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-actions).
    """
    rules = [
        rule
        for rule in spread(bucket.properties, "LifecycleConfiguration.Rules[]")
        if is_one_of(dig(rule, "Status"), "Enabled") is Ternary.YES
    ]
    expires = any(dig(rule, name) is not None for rule in rules for name in ("ExpirationInDays", "ExpirationDate"))
    return expires and all(dig(rule, name) is None for rule in rules for name in _NONCURRENT)


def _versioned(bucket: Resource) -> Verdict:
    return PASSED if keeps_versions(bucket) is Ternary.YES else _VERSIONED.judge(bucket)


def check(resource: Resource) -> Verdict:
    verdict = worst([_versioned(resource), *(() if logs_in(resource) else _expiries(resource))])
    passes = is_made_again(resource) or passes_through(resource) or is_likely_made_again(resource)
    if passes or verdict.outcome is not Outcome.FAILED:
        return weaker(verdict) if passes else verdict
    name = "" if logs_in(resource) else is_called_built(resource)
    if not name:
        return verdict
    return weaker(replace(verdict, seen=(*verdict.seen, f"By its name, {name}, it holds what is built again.")))


RULE = Rule(
    name="BucketVersioned",
    severity="error",
    resource_types=("AWS::S3::Bucket",),
    controls=("164.308(a)(7)(i)", "164.308(a)(7)(ii)(A)", "164.308(a)(7)(ii)(B)", "164.312(c)(1)", "164.312(c)(2)"),
    fix="Turn versioning on, and keep noncurrent versions for a week or more.",
    fixes=(
        Fix(
            properties={"VersioningConfiguration.Status": "Enabled"},
            beside="The rules of LifecycleConfiguration expire current versions alone, and what expires stays as a "
            "noncurrent version then: let such a rule have NoncurrentVersionExpiration too, with NoncurrentDays of "
            f"{_WEEK_DAYS} or more.",
            cdk=(
                "s3.Bucket(versioned=True, lifecycle_rules=[s3.LifecycleRule(expiration=<a duration>, "
                "noncurrent_version_expiration=<a duration>)])",
            ),
            constructs=("EncryptedBucket",),
            when=_expires_current_alone,
        ),
        Fix(
            properties={"VersioningConfiguration.Status": "Enabled"},
            beside=f"Where a rule of LifecycleConfiguration expires noncurrent versions, let NoncurrentDays be "
            f"{_WEEK_DAYS} or more.",
            cdk=("s3.Bucket(versioned=True)",),
            constructs=("EncryptedBucket",),
        ),
    ),
    check=check,
)
