"""Connections that AWS services open use TLS.

Compliant: QuickSight data sources and CodeBuild sources that do not turn TLS or its verification off; Glue's JDBC
connections that enforce it, and those of Kafka, which have it where nothing is said
(docs.aws.amazon.com/glue/latest/dg/connection-properties.html). Non-compliant: ``DisableSsl`` or ``InsecureSsl`` true;
``JDBC_ENFORCE_SSL`` not true; ``KAFKA_SSL_ENABLED`` false. Not applicable: Glue connections of other kinds.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_false, is_one_of, is_true
from hipaa_constructs.compliance.facts.settings import Setting, to_set
from hipaa_constructs.compliance.fix import Fix, fixes_of_types
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, unknown, worst

_SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    "AWS::CodeBuild::Project": (
        Setting("Source.InsecureSsl", is_false, False, value=False),
        Setting("SecondarySources[].InsecureSsl", is_false, False, value=False),
    ),
    "AWS::Glue::Connection": (
        Setting("ConnectionInput.ConnectionProperties.JDBC_ENFORCE_SSL", is_true, False, value="true"),
    ),
    "AWS::QuickSight::DataSource": (Setting("SslProperties.DisableSsl", is_false, False, value=False),),
}

_KAFKA = Setting("ConnectionInput.ConnectionProperties.KAFKA_SSL_ENABLED", is_true, True, value="true")


def _is_kafka(connection: Resource) -> bool:
    return is_one_of(connection.get("ConnectionInput.ConnectionType"), "KAFKA") is Ternary.YES


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::Glue::Connection":
        kind = resource.get("ConnectionInput.ConnectionType", "JDBC")
        if is_one_of(kind, "KAFKA") is Ternary.YES:
            return _KAFKA.judge(resource)
        jdbc = is_one_of(kind, "JDBC")
        if jdbc is Ternary.NO:
            return NOT_APPLICABLE
        verdict = _of_settings(resource)
        if jdbc is Ternary.UNKNOWN and verdict is not PASSED:
            return unknown("ConnectionType is known only at deployment.")
        return verdict
    return _of_settings(resource)


def _of_settings(resource: Resource) -> Verdict:
    return worst(setting.judge(resource) for setting in _SETTINGS[resource.type])


RULE = Rule(
    name="ClientTlsRequired",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Let the service connect over TLS, and verify the certificate.",
    fixes=(
        Fix(
            ("AWS::Glue::Connection",),
            {_KAFKA.path: _KAFKA.value},
            cdk=('glue.Connection(properties={"KAFKA_SSL_ENABLED": "true"})',),
            when=_is_kafka,
        ),
        *fixes_of_types(
            to_set(_SETTINGS),
            cdk={
                "AWS::CodeBuild::Project": "codebuild.Project(source=codebuild.Source.git_hub_enterprise("
                "https_clone_url=<its address>, ignore_ssl_errors=False))",
                "AWS::Glue::Connection": 'glue.Connection(properties={"JDBC_ENFORCE_SSL": "true"})',
            },
        ),
    ),
    check=check,
)
