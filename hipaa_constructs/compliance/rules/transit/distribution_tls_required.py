"""CloudFront speaks TLS 1.2 or later with viewers and origins.

Compliant: every behavior redirects to or requires HTTPS, the viewers' certificate is the customer's with a minimum
of TLS 1.2, and custom and VPC origins are reached over HTTPS with TLS 1.2 alone. Non-compliant: HTTP on either
side, older versions, CloudFront's default certificate, which means TLS 1.0, or a website endpoint of S3 for origin,
which has no TLS (docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html), so that ``https-only`` does not
reach it. Which versions are taken is not asked of an origin that is reached over HTTP alone. S3 origins are not judged:
CloudFront signs requests to them and sends them over TLS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Fields,
    Reference,
    Resolved,
    Ternary,
    all_of,
    as_items,
    as_mapping,
    as_text,
    dig,
    is_mapping,
    is_one_of,
    is_true,
    spread,
)
from hipaa_constructs.cloudformation.written import places
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, failed, judge, listed, shown, unknown, worst

# s3-website-us-east-1.amazonaws.com, s3-website.eu-central-1.amazonaws.com, and what Fn::GetAtt of a bucket gives.
_SITE = re.compile(r"\bs3-website[.-]|WebsiteURL\}$")
_TO_ORIGINS = {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}
_CDK_OF_ORIGINS = (
    "protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY, "
    "origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2]"
)


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::CloudFront::VpcOrigin":
        return worst(_origin("The origin", resource.get("VpcOriginEndpointConfig", {})))
    config = resource.get("DistributionConfig")
    if not is_mapping(config):
        return unknown("DistributionConfig is known only at deployment.")
    return worst(
        (
            *(_viewer(name, behavior) for name, behavior in _behaviors(config)),
            _certificate(config.get("ViewerCertificate", {})),
            *(verdict for origin in _origins(config, _site_ids(resource)) for verdict in _origin(*origin)),
        )
    )


def _behaviors(config: Fields) -> Iterator[tuple[str, Resolved]]:
    yield "DefaultCacheBehavior", config.get("DefaultCacheBehavior", {})
    for behavior in spread(config, "CacheBehaviors[]"):
        yield f"The behavior {dig(behavior, 'PathPattern', 'without path')}", behavior


def _viewer(name: str, behavior: Resolved) -> Verdict:
    policy = dig(behavior, "ViewerProtocolPolicy")
    return judge(
        is_one_of(policy, "https-only", "redirect-to-https"),
        f"{name}: ViewerProtocolPolicy is {shown(policy)}, so viewers may use HTTP.",
        unknown_message=f"{name}: ViewerProtocolPolicy is known only at deployment.",
    )


def _certificate(certificate: Resolved) -> Verdict:
    if not is_mapping(certificate):
        return unknown("ViewerCertificate is known only at deployment.")
    if not certificate or is_true(certificate.get("CloudFrontDefaultCertificate")) is Ternary.YES:
        return failed("The default certificate of CloudFront is used, which lets viewers use TLS 1.0.")
    version = as_text(certificate.get("MinimumProtocolVersion"))
    if version is UNKNOWN:
        return unknown("MinimumProtocolVersion is known only at deployment.")
    recent = bool(re.fullmatch(r"TLSv1\.[23]_\d{4}", str(version)))
    return judge(recent, f"MinimumProtocolVersion is {shown(version)}, so viewers may use older TLS.")


def _origins(config: Fields, sites: AbstractSet[str]) -> Iterator[tuple[str, Resolved, bool]]:
    """Yield what is set for each custom origin, and whether that is a website endpoint of S3."""
    for origin in spread(config, "Origins[]"):
        settings, name = dig(origin, "CustomOriginConfig"), dig(origin, "Id", "without id")
        if settings is not None:
            domain = dig(origin, "DomainName")
            is_site = name in sites if domain is UNKNOWN and isinstance(name, str) else _is_site(domain)
            yield f"The origin {name}", settings, is_site
    legacy = config.get("CustomOrigin")
    if legacy is not None:
        yield "CustomOrigin", legacy, _is_site(dig(legacy, "DNSName"))


def _is_site(domain: Resolved) -> bool:
    return isinstance(domain, (str, Reference)) and _SITE.search(str(domain)) is not None


def _site_ids(distribution: Resource) -> AbstractSet[str]:
    """Return the ids of origins whose domain is taken out of a bucket's address as a site, as by ``Fn::Split``."""
    origins = places(distribution.template, distribution.raw.get("Properties"), "DistributionConfig.Origins[]")
    found = (as_mapping(origin) for _, origin in origins)
    return {str(one.get("Id")) for one in found if "WebsiteURL" in json.dumps(one.get("DomainName"), default=str)}


def _has_site(distribution: Resource) -> bool:
    config = distribution.get("DistributionConfig")
    sites = _site_ids(distribution)
    return is_mapping(config) and any(is_site for _, _, is_site in _origins(config, sites))


def _origin(name: str, origin: Resolved, is_site: bool = False) -> Iterator[Verdict]:
    if is_site:
        yield failed(f"{name} is a website endpoint of S3, which has no TLS.")
        return
    protocol = dig(origin, "OriginProtocolPolicy")
    yield judge(
        is_one_of(protocol, "https-only"),
        f"{name}: OriginProtocolPolicy is {shown(protocol)}, not https-only.",
        unknown_message=f"{name}: OriginProtocolPolicy is known only at deployment.",
    )
    if protocol is UNKNOWN or is_one_of(protocol, "http-only") is Ternary.YES:
        return
    versions = as_items(dig(origin, "OriginSSLProtocols"))
    recent = all_of(is_one_of(version, "TLSv1.2", "TLSv1.3") for version in versions)
    yield judge(
        recent if versions else Ternary.NO,
        f"{name}: OriginSSLProtocols is {shown(listed(versions))}, so it may use TLS older than 1.2.",
        unknown_message=f"{name}: OriginSSLProtocols are known only at deployment.",
    )


_TO_VIEWERS = {
    "DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy": "redirect-to-https",
    "DistributionConfig.CacheBehaviors[].ViewerProtocolPolicy": "redirect-to-https",
    "DistributionConfig.ViewerCertificate": {
        "AcmCertificateArn": Choose("the ARN of a certificate in us-east-1"),
        "SslSupportMethod": "sni-only",
        "MinimumProtocolVersion": "TLSv1.2_2021",
    },
}
# docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
_ALIASES = "Aliases names the domain of the certificate, by which viewers come."
_CDK = (
    "cloudfront.Distribution(domain_names=[<its domain>], certificate=<a certificate in us-east-1>, "
    "minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021, "
    "default_behavior=cloudfront.BehaviorOptions("
    "viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS, origin={}))"
)

RULE = Rule(
    name="DistributionTlsRequired",
    severity="error",
    resource_types=("AWS::CloudFront::Distribution", "AWS::CloudFront::VpcOrigin"),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Redirect viewers to HTTPS, use a certificate of your own with TLS 1.2 or later, and reach origins over HTTPS "
    "with TLS 1.2 alone.",
    fixes=(
        Fix(
            ("AWS::CloudFront::Distribution",),
            _TO_VIEWERS,
            template="In place of CustomOriginConfig, an origin that is a bucket's website endpoint has the bucket's "
            "RegionalDomainName in DomainName, S3OriginConfig: {}, and in OriginAccessControlId an "
            "AWS::CloudFront::OriginAccessControl with SigningBehavior always and SigningProtocol sigv4; the "
            "distribution has DefaultRootObject: index.html. The bucket's policy lets cloudfront.amazonaws.com "
            "s3:GetObject, with a Condition {StringEquals: {aws:SourceArn: <the distribution's ARN>}}.",
            beside=f"{_ALIASES} First pages of folders below, and redirects, are a CloudFront function's then.",
            cdk=(_CDK.format("<S3BucketOrigin.with_origin_access_control of the bucket>"),),
            constructs=("Distribution",),
            when=_has_site,
        ),
        Fix(
            ("AWS::CloudFront::Distribution",),
            {
                **_TO_VIEWERS,
                **{
                    f"?DistributionConfig.Origins[].CustomOriginConfig.{name}": value
                    for name, value in _TO_ORIGINS.items()
                },
            },
            beside=_ALIASES,
            cdk=(_CDK.format(f"cloudfront_origins.HttpOrigin(<a domain>, {_CDK_OF_ORIGINS})"),),
            constructs=("Distribution",),
        ),
        Fix(
            ("AWS::CloudFront::VpcOrigin",),
            {f"VpcOriginEndpointConfig.{name}": value for name, value in _TO_ORIGINS.items()},
            cdk=(f"cloudfront.VpcOrigin({_CDK_OF_ORIGINS})",),
        ),
    ),
    check=check,
)
