"""Distributions sign what they ask of buckets.

A warning, since the bucket may be closed to everybody else all the same. Compliant: each origin that is a bucket has an
origin access control, whose signatures the bucket's policy takes from one distribution of one account alone.
Non-compliant: an origin access identity, which AWS no longer recommends: it takes no objects under a customer key and
no requests but reads, and any distribution of the account may use it; or neither, so that only what everybody may
read can be served (Security Hub's CloudFront.13, docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/
private-content-restricting-access-to-s3.html). Not applicable: distributions without such an origin.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Ternary, dig, is_present, spread
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst

_ORIGINS = "DistributionConfig.Origins"


def check(resource: Resource) -> Verdict:
    verdicts = [verdict for origin in spread(resource.properties, f"{_ORIGINS}[]") for verdict in _judge(origin)]
    return worst(verdicts) if verdicts else NOT_APPLICABLE


def _judge(origin: Resolved) -> Iterator[Verdict]:
    if origin is UNKNOWN or dig(origin, "S3OriginConfig") is UNKNOWN:
        yield unknown("An origin is known only at deployment.")
    elif dig(origin, "S3OriginConfig") is not None:
        # A control that deployment fills in was chosen by somebody.
        if is_present(dig(origin, "OriginAccessControlId")) is not Ternary.NO:
            yield PASSED
        elif is_present(dig(origin, "S3OriginConfig.OriginAccessIdentity")) is Ternary.NO:
            yield failed(f"OriginAccessControlId is not set for {_name(origin)}, so CloudFront asks unsigned.")
        else:
            yield failed(f"OriginAccessIdentity stands for {_name(origin)}, in place of OriginAccessControlId.")


def _name(origin: Resolved) -> str:
    name = dig(origin, "Id")
    return f"origin {name}" if isinstance(name, str) else "an origin"


RULE = Rule(
    name="BucketOriginSigned",
    severity="warning",
    resource_types=("AWS::CloudFront::Distribution",),
    controls=("164.312(a)(1)",),
    fix="Ask buckets by an origin access control.",
    fixes=(
        Fix(
            template="In each of Origins that has S3OriginConfig, set OriginAccessControlId to an "
            "AWS::CloudFront::OriginAccessControl with SigningBehavior always and SigningProtocol sigv4, and leave "
            "OriginAccessIdentity empty. The bucket's policy lets cloudfront.amazonaws.com s3:GetObject, with a "
            "Condition {StringEquals: {aws:SourceArn: <the distribution's ARN>}}.",
            cdk=(
                "cloudfront.Distribution(default_behavior=cloudfront.BehaviorOptions("
                "origin=<S3BucketOrigin.with_origin_access_control>))",
            ),
            constructs=("Distribution",),
        ),
    ),
    check=check,
)
