"""Distributions of buckets send security headers.

A redirect to HTTPS leaves the first request unencrypted, and open to whoever is on the way; Strict-Transport-Security
keeps browsers from making it
(docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html). Compliant:
the default behaviour has a response headers policy with a year of it, a referrer policy, which keeps addresses with
identifiers from other sites, and a content security policy, which keeps others' scripts out; or one of AWS's with
security headers. Non-compliant: one is missing, or a shorter time. Unknown: a policy outside the app. Not applicable:
origins of one's own, which can send these.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Ternary, any_of, dig, is_present, spread
from hipaa_constructs.compliance.facts.settings import at_least
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, unknown, worst

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


def _serves_buckets(resource: Resource) -> Ternary:
    configs = spread(resource.properties, "DistributionConfig.Origins[].S3OriginConfig")
    return any_of(Ternary.UNKNOWN if config is UNKNOWN else Ternary.of(config is not None) for config in configs)


def check(resource: Resource) -> Verdict:
    serves = _serves_buckets(resource)
    if serves is Ternary.UNKNOWN:
        return unknown("Origins are known only at deployment.")
    if serves is Ternary.NO:
        return NOT_APPLICABLE
    named = resource.get("DistributionConfig.DefaultCacheBehavior.ResponseHeadersPolicyId")
    if is_present(named) is Ternary.NO:
        return failed("DefaultCacheBehavior has no ResponseHeadersPolicyId, so browsers may start without TLS.")
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
            constructs=("Distribution",),
        ),
    ),
    check=check,
)
