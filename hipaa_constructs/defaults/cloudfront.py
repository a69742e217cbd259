"""Amazon CloudFront: HTTPS, headers, and logs where CloudFront keeps them."""

from __future__ import annotations

from aws_cdk import aws_cloudfront as cloudfront

from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Plain, Setting
from hipaa_constructs.edge.distribution_logs import DistributionLogs
from hipaa_constructs.primitives.service_grants import grant_cloudwatch_logs

_TYPE = "AWS::CloudFront::Distribution"
_REGION = "us-east-1"


def _finish(session: Session, found: Found) -> None:
    """Log through CloudWatch Logs, whose deliveries for CloudFront are in one Region.

    Source: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html.
    """
    logged = {
        name
        for source in found.of("AWS::Logs::DeliverySource")
        for name in _attributes(session.resolved(source, "resource_arn"))
    }
    for resource in found.of(_TYPE):
        owner, stack = session.owner(resource), session.stack(resource)
        path = session.path(owner)
        given = session.seen.get(path)
        if not isinstance(owner, cloudfront.Distribution) or given is None:
            continue
        if given.get("enableLogging") or given.get("logBucket") or session.name(resource) in logged:
            continue
        if stack.region != _REGION:
            why = f"Set enable_logging=True, or define the stack with region={_REGION!r}, where it can log."
            session.record(resource, path, _TYPE, "enable_logging", ["DistributionConfig"], "unreached", why)
            continue
        key = session.key(resource)
        grant_cloudwatch_logs(key)
        home = session.home(session.owner(owner), path.rsplit("/", 1)[-1])
        DistributionLogs(home, "Logs", encryption_key=key).collect_from(owner)
        why = "Requests are logged, without cookies and query strings, and kept seven years."
        session.record(resource, path, _TYPE, "logging", [], "set", why)


def _attributes(value: object) -> list[str]:
    if isinstance(value, dict):
        return [name for key, part in value.items() for name in ([part] if key == "Ref" else _attributes(part))]
    if isinstance(value, list):
        return [name for part in value for name in _attributes(part)]
    return []


SERVICE = Service(
    plain=[
        Plain(
            construct=cloudfront.Distribution,
            props=cloudfront.DistributionProps,
            resource_type=_TYPE,
            settings=[
                Setting(
                    argument="default_behavior",
                    properties=["DistributionConfig"],
                    parts=cloudfront.BehaviorOptions,
                    value=lambda made: {
                        "viewer_protocol_policy": cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                        "response_headers_policy": cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
                    },
                    why="HTTP is redirected, and browsers are told to stay on TLS.",
                ),
                Setting(
                    argument="minimum_protocol_version",
                    properties=["DistributionConfig"],
                    value=lambda made: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
                    when=lambda made: "certificate" in made,
                    why="TLS older than 1.2 is refused.",
                ),
            ],
        )
    ],
    types=[_TYPE, "AWS::Logs::DeliverySource"],
    finish=_finish,
    later=[
        "Distributions log into CloudWatch Logs, in stacks of us-east-1; elsewhere they are named.",
    ],
)
