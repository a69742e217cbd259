"""CloudFront speaks TLS 1.2 or later with viewers and origins.

Compliant: every behavior redirects to or requires HTTPS, the viewers' certificate is the customer's with a minimum
of TLS 1.2, and custom and VPC origins are reached over HTTPS with TLS 1.2 alone. Non-compliant: HTTP on either
side, older versions, or CloudFront's default certificate, which means TLS 1.0. S3 origins are not judged:
CloudFront signs requests to them and sends them over TLS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Fields,
    Resolved,
    Ternary,
    all_of,
    as_items,
    as_text,
    dig,
    is_mapping,
    is_one_of,
    is_true,
    spread,
)
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, failed, judge, listed, shown, unknown, worst

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
            *(verdict for name, origin in _origins(config) for verdict in _origin(name, origin)),
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


def _origins(config: Fields) -> Iterator[tuple[str, Resolved]]:
    for origin in spread(config, "Origins[]"):
        settings = dig(origin, "CustomOriginConfig")
        if settings is not None:
            yield f"The origin {dig(origin, 'Id', 'without id')}", settings
    if config.get("CustomOrigin") is not None:
        yield "CustomOrigin", config["CustomOrigin"]


def _origin(name: str, origin: Resolved) -> Iterator[Verdict]:
    protocol = dig(origin, "OriginProtocolPolicy")
    yield judge(
        is_one_of(protocol, "https-only"),
        f"{name}: OriginProtocolPolicy is {shown(protocol)}, not https-only.",
        unknown_message=f"{name}: OriginProtocolPolicy is known only at deployment.",
    )
    if protocol is UNKNOWN:
        return
    versions = as_items(dig(origin, "OriginSSLProtocols"))
    recent = all_of(is_one_of(version, "TLSv1.2", "TLSv1.3") for version in versions)
    yield judge(
        recent if versions else Ternary.NO,
        f"{name}: OriginSSLProtocols is {shown(listed(versions))}, so it may use TLS older than 1.2.",
        unknown_message=f"{name}: OriginSSLProtocols are known only at deployment.",
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
            {
                "DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy": "redirect-to-https",
                "DistributionConfig.CacheBehaviors[].ViewerProtocolPolicy": "redirect-to-https",
                "DistributionConfig.ViewerCertificate": {
                    "AcmCertificateArn": Choose("the ARN of a certificate in us-east-1"),
                    "SslSupportMethod": "sni-only",
                    "MinimumProtocolVersion": "TLSv1.2_2021",
                },
                **{
                    f"?DistributionConfig.Origins[].CustomOriginConfig.{name}": value
                    for name, value in _TO_ORIGINS.items()
                },
            },
            cdk=(
                "cloudfront.Distribution(certificate=<a certificate in us-east-1>, "
                "minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021, "
                "default_behavior=cloudfront.BehaviorOptions("
                "viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS, "
                f"origin=cloudfront_origins.HttpOrigin(<a domain>, {_CDK_OF_ORIGINS})))",
            ),
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
