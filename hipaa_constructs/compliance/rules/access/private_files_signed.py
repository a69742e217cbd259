"""Distributions ask who reads files that people and programs of the app put into buckets.

A warning, since some such files are for everybody. An origin access control closes the bucket, not the distribution:
whoever knows or guesses an address reads the file. Compliant: the behavior takes signed addresses or cookies alone, by
``TrustedKeyGroups`` or ``TrustedSigners`` (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/
private-content-trusted-signers.html), or a function at the edge sees each request first, which may ask. Non-compliant:
neither, of an origin that is a bucket which takes what functions, tasks and people of the app put there at run time.
Unknown: a distribution that only deployment knows. Not applicable: distributions without such an origin; the behavior
that shows a site's first page, and buckets classified NO_PHI.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    any_of,
    dig,
    is_one_of,
    is_present,
    same,
    spread,
)
from hipaa_constructs.compliance.classification import DataClassification, classification_of
from hipaa_constructs.compliance.facts.uploads import takes_uploads
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst

_CONFIG = "DistributionConfig"
_DEFAULT = f"{_CONFIG}.DefaultCacheBehavior"
_BUCKET = "AWS::S3::Bucket"
_SIGNERS = ("TrustedKeyGroups", "TrustedSigners")
# Which events are before a file is read: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/
# lambda-cloudfront-trigger-events.html. Functions of CloudFront have the first alone.
_BEFORE = ("viewer-request", "origin-request")
_FUNCTIONS = ("FunctionAssociations", "LambdaFunctionAssociations")


def check(resource: Resource) -> Verdict:
    if resource.get(_CONFIG) is UNKNOWN:
        return unknown(f"{_CONFIG} is known only at deployment.")
    verdicts = [
        _judge(name, behavior, bucket)
        for name, behavior in _behaviors(resource)
        if (bucket := _bucket_of(resource, behavior)) is not None
    ]
    return worst(verdicts) if verdicts else NOT_APPLICABLE


def _behaviors(distribution: Resource) -> Iterator[tuple[str, Resolved]]:
    page = distribution.get(f"{_CONFIG}.DefaultRootObject")
    if not isinstance(page, str) or not page.lower().endswith((".htm", ".html")):
        yield "DefaultCacheBehavior", distribution.get(_DEFAULT)
    for behavior in spread(distribution.properties, f"{_CONFIG}.CacheBehaviors[]"):
        yield f"the behavior for {dig(behavior, 'PathPattern', 'some paths')}", behavior


def _bucket_of(distribution: Resource, behavior: Resolved) -> Resource | None:
    """Return the bucket that a behavior reads from, if it takes what the app puts there."""
    asked = dig(behavior, "TargetOriginId")
    for origin in spread(distribution.properties, f"{_CONFIG}.Origins[]"):
        if asked is not None and same(dig(origin, "Id"), asked):
            bucket = distribution.template.target(dig(origin, "DomainName"), _BUCKET)
            if bucket is not None and takes_uploads(bucket):
                return None if classification_of(bucket) is DataClassification.NO_PHI else bucket
    return None


def _judge(name: str, behavior: Resolved, bucket: Resource) -> Verdict:
    signers = [signer for path in _SIGNERS for signer in spread(behavior, f"{path}[]")]
    events = [event for path in _FUNCTIONS for event in spread(behavior, f"{path}[].EventType")]
    asks = any_of((*map(is_present, signers), *(is_one_of(event, *_BEFORE) for event in events)))
    # Whom only deployment names somebody chose.
    if asks is not Ternary.NO:
        return PASSED
    return failed(
        f"{name[0].upper()}{name[1:]} reads {bucket.logical_id}, where the app puts files, without TrustedKeyGroups or "
        "a function that asks, so whoever knows an address reads the file."
    )


RULE = Rule(
    name="PrivateFilesSigned",
    severity="warning",
    resource_types=("AWS::CloudFront::Distribution",),
    controls=("164.312(a)(1)", "164.312(d)"),
    fix="Take signed addresses or cookies alone.",
    fixes=(
        Fix(
            template="The behavior has TrustedKeyGroups: [<the id of an AWS::CloudFront::KeyGroup>], or a function at "
            "viewer-request that refuses who is not signed in.",
            beside="What hands out addresses signs them by the key, for minutes; what is for everybody stands in "
            "another bucket.",
            cdk=("cloudfront.BehaviorOptions(origin=<an origin>, trusted_key_groups=[<a key group>])",),
        ),
    ),
    needs="app",
    check=check,
    phi_only=True,
)
