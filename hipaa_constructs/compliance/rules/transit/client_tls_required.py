"""Connections that AWS services open use TLS.

Compliant: QuickSight data sources and CodeBuild sources that do not turn TLS or its verification off; Glue's JDBC
connections that enforce it. Non-compliant: ``DisableSsl`` or ``InsecureSsl`` true; ``JDBC_ENFORCE_SSL`` not true.
Not applicable: Glue connections of other kinds.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_false, is_one_of, is_true
from hipaa_constructs.compliance.facts.settings import Setting
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, unknown, worst

_SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    "AWS::CodeBuild::Project": (
        Setting("Source.InsecureSsl", is_false, False),
        Setting("SecondarySources[].InsecureSsl", is_false, False),
    ),
    "AWS::Glue::Connection": (Setting("ConnectionInput.ConnectionProperties.JDBC_ENFORCE_SSL", is_true, False),),
    "AWS::QuickSight::DataSource": (Setting("SslProperties.DisableSsl", is_false, False),),
}


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::Glue::Connection":
        jdbc = is_one_of(resource.get("ConnectionInput.ConnectionType", "JDBC"), "JDBC")
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
    fix="Leave disable_ssl and insecure_ssl out, and set JDBC_ENFORCE_SSL to 'true' in Glue's connection_properties.",
    check=check,
)
