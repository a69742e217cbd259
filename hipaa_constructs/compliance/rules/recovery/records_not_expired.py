"""Buckets that records come into keep them.

HIPAA asks to keep documentation for six years (45 CFR 164.316(b)(2)(i)); how long a medical record stays, the law of a
state says, seldom less. Compliant: no enabled rule of the lifecycle deletes all objects before 2190 days; what a bucket
with versions expires stays as a noncurrent version, unless another rule deletes those
(docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html), what Object Lock keeps
stays until its retention is over, and what is replicated stays at its destination
(docs.aws.amazon.com/AmazonS3/latest/userguide/delete-marker-replication.html). Non-compliant: such a rule of a bucket
into which functions, tasks or people of the app put objects, or that is called one of records. Unknown: only deployment
tells how long objects stay. Not applicable: rules for some of the objects, which tell these apart; what is deleted
within 14 days in a bucket that is not called one of records, since it is on its way; buckets, or rules, that are called
by what is of use for a while or made of something else, such as caches, temporary files, copies and logs; buckets of
logs, of which AuditBucketRetention speaks, of web sites, of a pipeline's artifacts, of results of queries and of what
deployments alone fill; buckets classified NO_PHI.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Unknown, as_int, dig, is_true
from hipaa_constructs.compliance.facts.buckets import (
    is_likely_made_again,
    is_made_again,
    keeps_versions,
    replicates,
)
from hipaa_constructs.compliance.facts.expiring_buckets import (
    is_called_of_records,
    is_called_passing,
    is_of_all,
    is_soon,
    rules_of,
)
from hipaa_constructs.compliance.facts.log_buckets import logs_in
from hipaa_constructs.compliance.facts.uploads import takes_uploads
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst

_SIX_YEARS_DAYS = 2190
_RETENTION = "ObjectLockConfiguration.Rule.DefaultRetention"


def _why(bucket: Resource) -> str:
    """Return why a bucket holds records, in words; empty where nothing says that it does."""
    if is_called_passing(bucket):
        return ""
    called = is_called_of_records(bucket)
    if called:
        return f"the bucket is called one of {called}"
    return "functions, tasks or people of the app put objects there" if takes_uploads(bucket) else ""


def _noncurrent(rule: Resolved) -> int | Unknown | None:
    """Return after how many days a rule deletes each noncurrent version; None where it keeps some or all of them."""
    if not is_of_all(rule) or dig(rule, "NoncurrentVersionExpiration.NewerNoncurrentVersions") is not None:
        return None
    days = dig(rule, "NoncurrentVersionExpiration.NoncurrentDays")
    return as_int(dig(rule, "NoncurrentVersionExpirationInDays") if days is None else days)


def _locked_days(bucket: Resource) -> int:
    """Return for how many days Object Lock certainly keeps each version."""
    if is_true(bucket.get("ObjectLockEnabled", False)) is not Ternary.YES:
        return 0
    days, years = as_int(bucket.get(f"{_RETENTION}.Days", 0)), as_int(bucket.get(f"{_RETENTION}.Years", 0))
    return (days if isinstance(days, int) else 0) + (years if isinstance(years, int) else 0) * 365


def _as_versions(bucket: Resource) -> tuple[int, str] | Verdict:
    """Return for how long what expired stays as a noncurrent version, with words for it; or what is to be said."""
    versions = keeps_versions(bucket)
    if versions is Ternary.UNKNOWN:
        return unknown("Whether the bucket keeps versions of what expires is known only at deployment.")
    if versions is Ternary.NO:
        return 0, ""
    found = [days for rule in rules_of(bucket) if (days := _noncurrent(rule)) is not None]
    known = [days for days in found if isinstance(days, int)]
    if len(known) < len(found):
        return unknown("How long noncurrent versions stay is known only at deployment.")
    return (min(known), f", and its noncurrent version {min(known)} days later") if known else PASSED


def _judge(bucket: Resource, rule: Resolved, why: str) -> Verdict:
    if isinstance(rule, Unknown):
        return unknown("A lifecycle rule is known only at deployment.")
    date, days = dig(rule, "ExpirationDate"), as_int(dig(rule, "ExpirationInDays"))
    if not is_of_all(rule) or (date is None and days is None):
        return PASSED
    if isinstance(days, int) and is_soon(days) and not is_called_of_records(bucket):
        return NOT_APPLICABLE
    later = _as_versions(bucket)
    if isinstance(later, Verdict):
        return later
    more, said = later
    if days is None:
        return failed(f"A lifecycle rule deletes every object on {date}{said}, and {why}.", at="LifecycleConfiguration")
    if isinstance(days, Unknown):
        return unknown("ExpirationInDays is known only at deployment.")
    if max(days + more, _locked_days(bucket)) >= _SIX_YEARS_DAYS:
        return PASSED
    return failed(f"A lifecycle rule deletes every object after {days} days{said}, and {why}.")


def check(resource: Resource) -> Verdict:
    if resource.get("LifecycleConfiguration") is None or logs_in(resource):
        return NOT_APPLICABLE
    why = _why(resource)
    if not why or is_made_again(resource) or is_likely_made_again(resource):
        return NOT_APPLICABLE
    if replicates(resource) is Ternary.YES:
        return PASSED
    return worst([_judge(resource, rule, why) for rule in rules_of(resource)] or [PASSED])


RULE = Rule(
    name="RecordsNotExpired",
    severity="warning",
    resource_types=("AWS::S3::Bucket",),
    controls=("164.312(c)(1)", "164.316(b)(2)(i)"),
    fix="Delete records after six years at the earliest, or as late as the law of the state asks; limit the rule to "
    "the objects that are of use for a while.",
    fixes=(
        Fix(
            template="In the rule of LifecycleConfiguration that deletes all objects, put Transitions to a colder "
            f"StorageClass in place of ExpirationInDays or ExpirationDate, or ExpirationInDays: {_SIX_YEARS_DAYS} or "
            "more, as the law of the state asks; or a Prefix or TagFilters of what is of use for a while alone.",
            beside="A bucket that holds no records at all is called by what it holds, such as a cache or exports, or "
            "is classified NO_PHI.",
            cdk=(f"s3.Bucket(lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days({_SIX_YEARS_DAYS}))])",),
            l2="Or give the rule a prefix or tag_filters of what is of use for a while alone.",
            constructs=("EncryptedBucket",),
        ),
    ),
    needs="app",
    check=check,
    phi_only=True,
)
