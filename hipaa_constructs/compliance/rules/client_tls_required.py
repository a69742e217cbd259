"""Connections that AWS services open for the customer keep TLS on.

Compliant: QuickSight data sources and CodeBuild sources that do not turn TLS or its verification off; Glue's JDBC
connections that enforce it. Non-compliant: ``DisableSsl`` or ``InsecureSsl`` true; ``JDBC_ENFORCE_SSL`` not true.
Not applicable: Glue connections of other kinds.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict
from hipaa_constructs.compliance.switches import Switch, judge_switches
from hipaa_constructs.compliance.template import Resource, as_text

_SWITCHES: Mapping[str, tuple[Switch, ...]] = {
    "AWS::CodeBuild::Project": (
        Switch("Source.InsecureSsl", ("false",), "false"),
        Switch("SecondarySources[].InsecureSsl", ("false",), "false"),
    ),
    "AWS::Glue::Connection": (Switch("ConnectionInput.ConnectionProperties.JDBC_ENFORCE_SSL", ("true",), "false"),),
    "AWS::QuickSight::DataSource": (Switch("SslProperties.DisableSsl", ("false",), "false"),),
}


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::Glue::Connection":
        kind = as_text(resource.get("ConnectionInput.ConnectionType", "JDBC"))
        if kind != "JDBC":
            return NOT_APPLICABLE
    return judge_switches(resource, _SWITCHES[resource.type], "data crosses the network in clear or unverified")


RULE = Rule(
    name="ClientTlsRequired",
    title="Connections that AWS services open for the customer keep TLS on",
    severity="error",
    resource_types=tuple(_SWITCHES),
    fix="Leave disable_ssl and insecure_ssl out, and set JDBC_ENFORCE_SSL to 'true' in Glue's connection_properties.",
    check=check,
)
