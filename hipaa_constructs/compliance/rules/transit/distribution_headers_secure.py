"""Distributions of buckets send security headers.

A redirect to HTTPS leaves the first request unencrypted, and open to whoever is on the way; Strict-Transport-Security
keeps browsers from making it
(docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html). Compliant:
each behavior that shows pages of a bucket has a response headers policy with a year of it, a referrer policy, which
keeps addresses with identifiers from other sites, and a content security policy, which keeps others' scripts out; or
one of AWS's with security headers. A website endpoint is a bucket's too, since S3 sends none of these by itself
(docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html). Non-compliant: one is missing, or a shorter time.
Unknown: a policy outside the app. Not applicable: origins of one's own, which can send these; behaviors for files by
their ending, such as ``*.png``, which are no pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Reference,
    Resolved,
    Ternary,
    any_of,
    as_items,
    dig,
    is_present,
    same,
    spread,
)
from hipaa_constructs.compliance.facts.settings import at_least
from hipaa_constructs.compliance.facts.site_origins import is_site, site_ids
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Outcome, Rule, Verdict, failed, judge, unknown, worst

_a_year = at_least(31_536_000)
_POLICY = "AWS::CloudFront::ResponseHeadersPolicy"
_HEADERS = "ResponseHeadersPolicyConfig.SecurityHeadersConfig"
_ASKED = ("ContentSecurityPolicy.ContentSecurityPolicy", "ReferrerPolicy.ReferrerPolicy")
# docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html
_SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"
_OF_AWS = frozenset(
    {
        _SECURITY_HEADERS,
        "e61eb60c-9c35-4d20-a928-2b84e02af89c",
        "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
    }
)


# Names of files that no browser shows as a page.
_FILES = re.compile(r"\.(css|eot|gif|ico|jpe?g|js|json|map|mp4|otf|png|ttf|txt|webm|webp|woff2?|xml)$", re.IGNORECASE)
_NAME = "ResponseHeadersPolicyId"


def _is_bucket(origin: Resolved, sites: AbstractSet[str]) -> Ternary:
    if origin is UNKNOWN or dig(origin, "S3OriginConfig") is UNKNOWN:
        return Ternary.UNKNOWN
    return Ternary.of(dig(origin, "S3OriginConfig") is not None or is_site(origin, sites))


def _behaviors(config: Resolved) -> Iterator[tuple[str, Resolved]]:
    """Yield each behavior that may show pages, with its path."""
    yield "DefaultCacheBehavior", dig(config, "DefaultCacheBehavior", {})
    for index, behavior in enumerate(as_items(dig(config, "CacheBehaviors"))):
        pattern = dig(behavior, "PathPattern")
        if not isinstance(pattern, str) or not _FILES.search(pattern):
            yield f"CacheBehaviors[{index}]", behavior


def _serves_bucket(config: Resolved, behavior: Resolved, sites: AbstractSet[str]) -> Ternary:
    """Whether a behavior has its answers from a bucket; of one that names no origin, all are asked."""
    target = dig(behavior, "TargetOriginId")
    groups = [group for group in spread(config, "OriginGroups.Items[]") if same(dig(group, "Id"), target)]
    ids = [target, *(member for group in groups for member in spread(group, "Members.Items[].OriginId"))]
    origins = list(spread(config, "Origins[]"))
    named = [origin for origin in origins if any(same(dig(origin, "Id"), one) for one in ids)]
    return any_of(_is_bucket(origin, sites) for origin in named or origins)


def _judged(distribution: Resource) -> Iterator[tuple[str, Verdict]]:
    """Yield what is said of each behavior that shows pages of a bucket, with its path."""
    config, sites = distribution.get("DistributionConfig"), site_ids(distribution)
    for path, behavior in _behaviors(config):
        serves = _serves_bucket(config, behavior, sites)
        if serves is Ternary.UNKNOWN:
            yield path, unknown("Origins are known only at deployment.")
        elif serves is Ternary.YES:
            yield path, _headers(behavior, path)


def _headers(behavior: Resolved, path: str) -> Verdict:
    named = dig(behavior, _NAME)
    if is_present(named) is Ternary.NO:
        pattern = dig(behavior, "PathPattern") if "[" in path else None
        of = f"{path} for {pattern}" if isinstance(pattern, str) else path
        return failed(
            f"{of} has no {_NAME}, so browsers may start without TLS.",
            at=f"DistributionConfig.{path.partition('[')[0]}",
        )
    if isinstance(named, str) and named in _OF_AWS:
        return PASSED
    if not isinstance(named, Reference) or named.resource.type != _POLICY:
        return unknown("The response headers policy is not part of the app.")
    headers = named.resource.get(_HEADERS, {})
    missing = [path.partition(".")[0] for path in _ASKED if dig(headers, path) is None]
    return worst(
        (
            judge(
                _a_year(dig(headers, "StrictTransportSecurity.AccessControlMaxAgeSec", 0)),
                "The response headers policy does not set StrictTransportSecurity for a year.",
                unknown_message="AccessControlMaxAgeSec is known only at deployment.",
            ),
            judge(not missing, f"The response headers policy has no {' and no '.join(missing)}."),
        )
    )


def check(resource: Resource) -> Verdict:
    verdict = worst(verdict for _, verdict in _judged(resource))
    # Behaviors that have one policy are told of it once.
    return replace(verdict, seen=tuple(dict.fromkeys(verdict.seen)))


def _where_it_lacks(fix: Fix, distribution: Resource) -> Fix:
    """Return the fix with the policy in each behavior that lacks one, or has one that is not enough."""
    lacking = [path for path, verdict in _judged(distribution) if verdict.outcome is Outcome.FAILED]
    properties = {f"DistributionConfig.{path}.{_NAME}": _SECURITY_HEADERS for path in lacking}
    return replace(fix, properties=properties or fix.properties)


RULE = Rule(
    name="DistributionHeadersSecure",
    severity="warning",
    resource_types=("AWS::CloudFront::Distribution",),
    controls=("164.312(e)(1)", "164.312(e)(2)(ii)"),
    fix="Send security headers by a response headers policy of your own, or by AWS's SecurityHeadersPolicy.",
    fixes=(
        Fix(
            properties={"DistributionConfig.DefaultCacheBehavior.ResponseHeadersPolicyId": _SECURITY_HEADERS},
            cdk=(
                "cloudfront.Distribution(default_behavior=cloudfront.BehaviorOptions("
                "origin=<its origin>, response_headers_policy=cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS))",
            ),
            l2="Each behavior that shows pages of a bucket, in additional_behaviors too, has it.",
            constructs=("Distribution",),
            tailor=_where_it_lacks,
        ),
    ),
    check=check,
)
