"""CloudFront speaks TLS 1.2 or later with viewers and origins.

Compliant: every behavior redirects to or requires HTTPS, the viewers' certificate is the customer's with a minimum
of TLS 1.2, and custom and VPC origins are reached over HTTPS with TLS 1.2 alone. Non-compliant: HTTP on either
side, older versions, or CloudFront's default certificate, which means TLS 1.0. S3 origins are not judged:
CloudFront signs requests to them and sends them over TLS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_bool, as_list, as_text, spread
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, shown, unknown, worst


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::CloudFront::VpcOrigin":
        return worst(_origin(resource.get("VpcOriginEndpointConfig", {})))
    config = resource.get("DistributionConfig")
    if not isinstance(config, Mapping):
        return unknown("DistributionConfig is known only at deployment.")
    origins = [*spread(config, "Origins[].CustomOriginConfig"), config.get("CustomOrigin")]
    return worst(
        (
            *(_viewer(behavior) for behavior in _behaviors(config)),
            _certificate(config.get("ViewerCertificate", {})),
            *(verdict for origin in origins if origin is not None for verdict in _origin(origin)),
        )
    )


def _behaviors(config: Mapping[str, Any]) -> Iterator[Any]:
    yield config.get("DefaultCacheBehavior", {})
    yield from spread(config, "CacheBehaviors[]")


def _viewer(behavior: Any) -> Verdict:
    policy = as_text(behavior.get("ViewerProtocolPolicy")) if isinstance(behavior, Mapping) else UNKNOWN
    if policy is UNKNOWN:
        return unknown("ViewerProtocolPolicy is known only at deployment.")
    secure = policy in ("https-only", "redirect-to-https")
    return judge(secure, f"ViewerProtocolPolicy is {shown(policy)}, so that viewers may use HTTP.")


def _certificate(certificate: Any) -> Verdict:
    if not isinstance(certificate, Mapping):
        return unknown("ViewerCertificate is known only at deployment.")
    if not certificate or as_bool(certificate.get("CloudFrontDefaultCertificate")) is True:
        return failed("The default certificate of CloudFront is used, with which viewers may use TLS 1.0.")
    version = as_text(certificate.get("MinimumProtocolVersion"))
    if version is UNKNOWN:
        return unknown("MinimumProtocolVersion is known only at deployment.")
    recent = bool(re.fullmatch(r"TLSv1\.[23]_\d{4}", str(version)))
    return judge(recent, f"MinimumProtocolVersion is {shown(version)}, so that viewers may use older TLS.")


def _origin(origin: Any) -> Iterator[Verdict]:
    protocol = as_text(origin.get("OriginProtocolPolicy")) if isinstance(origin, Mapping) else UNKNOWN
    if protocol is UNKNOWN:
        yield unknown("OriginProtocolPolicy is known only at deployment.")
        return
    yield judge(protocol == "https-only", f"OriginProtocolPolicy is {shown(protocol)}, not https-only.")
    versions = as_list(origin.get("OriginSSLProtocols"))
    if versions is UNKNOWN or UNKNOWN in versions:
        yield unknown("OriginSSLProtocols are known only at deployment.")
    elif versions and set(map(str, versions)) <= {"TLSv1.2", "TLSv1.3"}:
        yield PASSED
    else:
        listed = ", ".join(map(str, versions))
        yield failed(f"OriginSSLProtocols is {shown(listed)}, so that an origin may use TLS older than 1.2.")


RULE = Rule(
    name="DistributionTlsRequired",
    severity="error",
    resource_types=("AWS::CloudFront::Distribution", "AWS::CloudFront::VpcOrigin"),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Set viewer_protocol_policy=REDIRECT_TO_HTTPS, a certificate with minimum_protocol_version=TLS_V1_2_2021, "
    "and protocol_policy=HTTPS_ONLY with origin_ssl_protocols=[TLS_V1_2] on origins.",
    check=check,
)
