"""DMS endpoints connect over TLS.

Compliant: ``SslMode`` other than none for databases; an SSL protocol for Kafka; Redis without plaintext.
Non-compliant: none or absent, which means none, or plaintext. Not applicable: targets that DMS reaches through
AWS's own HTTPS, such as S3, DynamoDB, Kinesis, OpenSearch, Neptune and Redshift, and data providers that have no
TLS setting.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    Unknown,
    as_text,
    is_mapping,
    is_one_of,
    negate,
)
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, shown, unknown, worst

_OVER_HTTPS = frozenset(
    {
        "dynamodb",
        "elasticsearch",
        "kinesis",
        "neptune",
        "opensearch",
        "redshift",
        "redshift-serverless",
        "s3",
        "timestream",
    }
)


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::DMS::DataProvider":
        return _provider(resource)
    engine = as_text(resource.get("EngineName"))
    if engine is UNKNOWN:
        return unknown("EngineName is known only at deployment.")
    engine = str(engine).lower()
    if engine in _OVER_HTTPS:
        return NOT_APPLICABLE
    if engine == "kafka":
        protocol = as_text(resource.get("KafkaSettings.SecurityProtocol", "plaintext"))
        secure = Ternary.UNKNOWN if isinstance(protocol, Unknown) else Ternary.of("ssl" in str(protocol).lower())
        return judge(secure, f"KafkaSettings.SecurityProtocol is {protocol}, so records are sent unencrypted.")
    if engine == "redis":
        redis = resource.get("RedisSettings.SslSecurityProtocol", "ssl-encryption")
        secure = negate(is_one_of(redis, "plaintext", any_case=True))
        return judge(secure, f"RedisSettings.SslSecurityProtocol is {redis}, so records are sent unencrypted.")
    return _mode("SslMode", resource.get("SslMode"))


def _mode(path: str, mode: Resolved) -> Verdict:
    return judge(
        negate(is_one_of("none" if mode is None else mode, "none", any_case=True)),
        f"{path} is {shown(mode)}, so records are sent unencrypted.",
        unknown_message=f"{path} is known only at deployment.",
    )


def _provider(resource: Resource) -> Verdict:
    settings = resource.get("Settings", {})
    if not is_mapping(settings):
        return unknown("Settings are known only at deployment.")
    return worst(
        _mode(f"{name}.SslMode", entry.get("SslMode"))
        for name, entry in settings.items()
        if is_mapping(entry) and name != "RedshiftSettings"
    )


RULE = Rule(
    name="ReplicationEndpointTlsRequired",
    severity="error",
    resource_types=("AWS::DMS::DataProvider", "AWS::DMS::Endpoint"),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Connect over TLS and verify the database's certificate, as far as the engine offers that.",
    fixes=(
        Fix(
            ("AWS::DMS::DataProvider",),
            beside="Under Settings, in what stands there for the engine, such as PostgreSqlSettings, set SslMode: "
            "verify-full and CertificateArn, or SslMode: require where the engine offers no more.",
        ),
        Fix(
            ("AWS::DMS::Endpoint",),
            {
                "SslMode": "verify-full",
                "CertificateArn": Choose("the ARN of a certificate of the database's authority"),
            },
            beside="Set SslMode: require where the engine offers no more. With EngineName kafka, set "
            "KafkaSettings.SecurityProtocol: ssl-encryption instead, and with redis RedisSettings.SslSecurityProtocol: "
            "ssl-encryption.",
        ),
    ),
    check=check,
)
