"""S3 buckets and their access points are closed to the public.

Compliant: all four public-access blocks are on, no ACL for everyone, and no policy statement that admits
everyone without a condition on account, organization, network or source. Non-compliant: one of these is
missing. It is a warning for a bucket that says nothing of ``PublicAccessBlockConfiguration`` and is opened by nothing
else: since April 2023 S3 turns all four blocks on for each new bucket
(docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html), while an older bucket, or one whose update drops
the property, has none. An access point, of one Region or of several, has all four where it says nothing
(docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html and
multi-region-access-point-block-public-access.html); one that is off there is a warning where the access point answers
a VPC alone, or the app's bucket behind it blocks the same, since S3 applies the strictest. ResourcePolicyNotPublic
judges what their policies say. Unknown: a block that an access point leaves out beside others. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, as_items, dig, is_one_of, is_present, is_true
from hipaa_constructs.compliance.facts.buckets import is_web_site
from hipaa_constructs.compliance.facts.exposure import judge_policies
from hipaa_constructs.compliance.facts.settings import shown
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, listed, unknown, weaker, worst

_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_PUBLIC_ACLS = ("AuthenticatedRead", "PublicRead", "PublicReadWrite")
_BUCKET, _OF_ONE_REGION, _OF_REGIONS = "AWS::S3::Bucket", "AWS::S3::AccessPoint", "AWS::S3::MultiRegionAccessPoint"

_ALL_BLOCKED = {f"PublicAccessBlockConfiguration.{block}": True for block in _BLOCKS}


def _shows_site(bucket: Resource) -> bool:
    return is_web_site(bucket) or is_present(bucket.get("WebsiteConfiguration")) is Ternary.YES


def _blocks(resource: Resource) -> Verdict:
    if resource.get("PublicAccessBlockConfiguration") is None:
        return failed("The bucket does not set PublicAccessBlockConfiguration.", severity="warning")
    return worst(
        judge(
            is_true(resource.get(f"PublicAccessBlockConfiguration.{block}")),
            f"PublicAccessBlockConfiguration leaves {block} off.",
        )
        for block in _BLOCKS
    )


def _acl(resource: Resource) -> Verdict:
    acl = resource.get("AccessControl", "Private")
    public = is_one_of(acl, *_PUBLIC_ACLS)
    if public is Ternary.UNKNOWN:
        return unknown("AccessControl is known only at deployment.")
    return failed(f"AccessControl is {shown(acl)}.") if public is Ternary.YES else PASSED


def _behind(point: Resource) -> list[Resource | None]:
    """Return the buckets that an access point leads to; None for each that is not of the app."""
    names = (
        [point.get("Bucket")]
        if point.type == _OF_ONE_REGION
        else [dig(region, "Bucket") for region in as_items(point.get("Regions"))]
    )
    return [point.template.target(name, _BUCKET) for name in names]


def _access_point(point: Resource) -> Verdict:
    blocks = {name: point.get(f"PublicAccessBlockConfiguration.{name}") for name in _BLOCKS}
    if all(block is None for block in blocks.values()):
        return PASSED
    off = [name for name, block in blocks.items() if block is not None and is_true(block) is Ternary.NO]
    if off:
        told = failed(f"PublicAccessBlockConfiguration leaves {listed(off)} off.", at="PublicAccessBlockConfiguration")
        buckets = _behind(point)
        blocked = bool(buckets) and all(
            bucket is not None
            and all(is_true(bucket.get(f"PublicAccessBlockConfiguration.{name}")) is Ternary.YES for name in off)
            for bucket in buckets
        )
        of_vpc = is_present(point.get("VpcConfiguration")) is Ternary.YES
        return weaker(told) if of_vpc or blocked else told
    unsaid = [name for name, block in blocks.items() if block is None]
    if unsaid:
        return unknown(
            f"PublicAccessBlockConfiguration says nothing of {listed(unsaid)}, which S3 may take for off.",
            at="PublicAccessBlockConfiguration",
        )
    return worst(
        judge(
            is_true(block),
            "",
            unknown_message=f"PublicAccessBlockConfiguration.{name} is known only at deployment.",
            at=f"PublicAccessBlockConfiguration.{name}",
        )
        for name, block in blocks.items()
    )


def check(resource: Resource) -> Verdict:
    if resource.type != _BUCKET:
        return _access_point(resource)
    policies = resource.template.app.referring(resource, "AWS::S3::BucketPolicy", "Bucket")
    opened = (judge_policies(policy, "PolicyDocument", "The bucket policy") for policy in policies)
    return worst([*opened, _acl(resource), _blocks(resource)])


RULE = Rule(
    name="BucketNotPublic",
    severity="error",
    resource_types=(_OF_ONE_REGION, _BUCKET, _OF_REGIONS),
    controls=("164.312(a)(1)",),
    fix="Block all public access, and grant to named principals.",
    fixes=(
        Fix((_OF_ONE_REGION, _OF_REGIONS), _ALL_BLOCKED),
        Fix(
            (_BUCKET,),
            _ALL_BLOCKED,
            beside="The site is served by CloudFront: a distribution has the bucket's RegionalDomainName for origin, "
            "with an AWS::CloudFront::OriginAccessControl in OriginAccessControlId, and the AWS::S3::BucketPolicy lets "
            "cloudfront.amazonaws.com alone s3:GetObject, with a Condition {StringEquals: {aws:SourceArn: <the "
            "distribution's ARN>}}. AccessControl names no public group.",
            cdk=("s3.Bucket(block_public_access=s3.BlockPublicAccess.BLOCK_ALL)",),
            constructs=("Distribution",),
            when=_shows_site,
        ),
        Fix(
            (_BUCKET,),
            _ALL_BLOCKED,
            beside="AccessControl names no public group, and the AWS::S3::BucketPolicy names principals in place of * "
            "in its Allow statements.",
            cdk=("s3.Bucket(block_public_access=s3.BlockPublicAccess.BLOCK_ALL)",),
            constructs=("EncryptedBucket",),
        ),
    ),
    check=check,
)
