"""CloudFront speaks TLS 1.2 or later with viewers and origins.

Compliant: every behavior redirects to or requires HTTPS, the viewers' certificate is the customer's with a minimum
of TLS 1.2, and custom and VPC origins are reached over HTTPS with TLS 1.2 alone, also by ``match-viewer`` where no
behavior that uses them lets viewers use HTTP
(docs.aws.amazon.com/securityhub/latest/userguide/cloudfront-controls.html#cloudfront-9). Non-compliant: HTTP on either
side, older versions, CloudFront's default certificate, which means TLS 1.0, or a website endpoint of S3 for origin,
which has no TLS (docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html), so that ``https-only`` does not
reach it. Which versions are taken is not asked of an origin that is reached over HTTP alone. S3 origins are not judged:
CloudFront signs requests to them and sends them over TLS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Fields,
    Resolved,
    Ternary,
    all_of,
    any_of,
    as_items,
    as_text,
    dig,
    is_mapping,
    is_one_of,
    is_true,
    negate,
    same,
    spread,
)
from hipaa_constructs.compliance.facts.site_origins import is_site, is_site_domain, site_ids
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, failed, judge, listed, shown, unknown, worst

_DISTRIBUTION, _VPC_ORIGIN = "AWS::CloudFront::Distribution", "AWS::CloudFront::VpcOrigin"
_HTTPS_ALONE = ("https-only", "redirect-to-https")
_TO_ORIGINS = {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}
_CDK_OF_ORIGINS = (
    "protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY, "
    "origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2]"
)


def check(resource: Resource) -> Verdict:
    if resource.type == _VPC_ORIGIN:
        return worst(_origin("The origin", resource.get("VpcOriginEndpointConfig", {}), _who_asks(resource)))
    config = resource.get("DistributionConfig")
    if not is_mapping(config):
        return unknown("DistributionConfig is known only at deployment.")
    return worst(
        (
            *(_viewer(name, behavior) for name, behavior in _behaviors(config)),
            _certificate(config.get("ViewerCertificate", {})),
            *(verdict for origin in _origins(config, site_ids(resource)) for verdict in _judged(config, *origin)),
        )
    )


def _behaviors(config: Fields) -> Iterator[tuple[str, Resolved]]:
    yield "DefaultCacheBehavior", config.get("DefaultCacheBehavior", {})
    for behavior in spread(config, "CacheBehaviors[]"):
        yield f"The behavior {dig(behavior, 'PathPattern', 'without path')}", behavior


def _viewer(name: str, behavior: Resolved) -> Verdict:
    policy = dig(behavior, "ViewerProtocolPolicy")
    return judge(
        is_one_of(policy, *_HTTPS_ALONE),
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


def _by_https(config: Fields, origin_id: Resolved) -> Ternary:
    """Whether all behaviors that use an origin, by itself or in a group of origins, take HTTPS alone.

    Where none names it, code at the edge may choose it for any of them.
    """
    ids = [origin_id, *(dig(group, "Id") for group in _groups(config, origin_id))]
    answers = [
        (any_of(_is_same(dig(behavior, "TargetOriginId"), one) for one in ids), _takes_https(behavior))
        for _, behavior in _behaviors(config)
    ]
    named = any(uses is not Ternary.NO for uses, _ in answers)
    return all_of(any_of((negate(uses), takes)) if named else takes for uses, takes in answers)


def _groups(config: Fields, origin_id: Resolved) -> Iterator[Resolved]:
    for group in spread(config, "OriginGroups.Items[]"):
        if any(_is_same(member, origin_id) is not Ternary.NO for member in spread(group, "Members.Items[].OriginId")):
            yield group


def _is_same(one: Resolved, other: Resolved) -> Ternary:
    return Ternary.UNKNOWN if one is UNKNOWN or other is UNKNOWN else Ternary.of(same(one, other))


def _takes_https(behavior: Resolved) -> Ternary:
    return is_one_of(dig(behavior, "ViewerProtocolPolicy"), *_HTTPS_ALONE)


def _who_asks(vpc_origin: Resource) -> Ternary:
    """Whether the distributions that use an origin in a VPC do so by HTTPS alone; who does if none is in the app?"""
    app = vpc_origin.template.app
    found = app.told(vpc_origin, "who uses origins in a VPC", (_DISTRIBUTION,), _used)
    return all_of(by_https for _, by_https in found) if found else Ternary.NO


def _used(distribution: Resource) -> Iterator[tuple[Resource, Ternary]]:
    config = distribution.get("DistributionConfig")
    for origin in spread(config, "Origins[]") if is_mapping(config) else ():
        target = distribution.template.target(dig(origin, "VpcOriginConfig.VpcOriginId"), _VPC_ORIGIN)
        if target is not None and is_mapping(config):
            yield target, _by_https(config, dig(origin, "Id"))


def _origins(config: Fields, sites: AbstractSet[str]) -> Iterator[tuple[str, Resolved, Resolved, bool]]:
    """Yield each custom origin's name and id, what is set for it, and whether it is a website endpoint of S3."""
    for origin in spread(config, "Origins[]"):
        settings, name = dig(origin, "CustomOriginConfig"), dig(origin, "Id", "without id")
        if settings is not None:
            yield f"The origin {name}", dig(origin, "Id"), settings, is_site(origin, sites)
    legacy = config.get("CustomOrigin")
    if legacy is not None:
        yield "CustomOrigin", UNKNOWN, legacy, is_site_domain(dig(legacy, "DNSName"))


def _judged(config: Fields, name: str, origin_id: Resolved, settings: Resolved, of_site: bool) -> Iterator[Verdict]:
    if of_site:
        yield failed(f"{name} is a website endpoint of S3, which has no TLS.")
    else:
        yield from _origin(name, settings, _by_https(config, origin_id))


def _has_site(distribution: Resource) -> bool:
    config = distribution.get("DistributionConfig")
    sites = site_ids(distribution)
    return is_mapping(config) and any(of_site for *_, of_site in _origins(config, sites))


def _origin(name: str, origin: Resolved, by_https: Ternary) -> Iterator[Verdict]:
    """Judge what is set for an origin, given whether viewers' requests for it come by HTTPS alone."""
    protocol = dig(origin, "OriginProtocolPolicy")
    yield judge(
        any_of((is_one_of(protocol, "https-only"), all_of((is_one_of(protocol, "match-viewer"), by_https)))),
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
    resource_types=(_DISTRIBUTION, _VPC_ORIGIN),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Redirect viewers to HTTPS, use a certificate of your own with TLS 1.2 or later, and reach origins over HTTPS "
    "with TLS 1.2 alone.",
    fixes=(
        Fix(
            (_DISTRIBUTION,),
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
            (_DISTRIBUTION,),
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
            (_VPC_ORIGIN,),
            {f"VpcOriginEndpointConfig.{name}": value for name, value in _TO_ORIGINS.items()},
            cdk=(f"cloudfront.VpcOrigin({_CDK_OF_ORIGINS})",),
        ),
    ),
    needs="app",
    check=check,
)
