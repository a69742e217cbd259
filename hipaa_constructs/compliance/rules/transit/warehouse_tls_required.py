"""Redshift refuses connections without TLS.

Compliant: ``require_ssl`` is true, which is the default of workgroups and of parameter groups of the family
redshift-2.0 (docs.aws.amazon.com/redshift/latest/mgmt/working-with-parameter-groups.html). Non-compliant: it is
false, or absent from a group of the family redshift-1.0. Unknown: a parameter group outside the app.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    as_items,
    is_mapping,
    is_one_of,
    is_true,
    negate,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge, unknown


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::RedshiftServerless::Workgroup":
        value = _setting(resource.get("ConfigParameters"), "ParameterKey")
        return _judge(Ternary.YES if value is None else is_true(value))
    name = resource.get("ClusterParameterGroupName", "default.redshift-2.0")
    if isinstance(name, str) and name.startswith("default."):
        return _judge(Ternary.of(str(name) != "default.redshift-1.0"))
    group = resource.template.target(name, "AWS::Redshift::ClusterParameterGroup")
    if group is None:
        return unknown("The parameter group is not part of the app.")
    value = _setting(group.get("Parameters"), "ParameterName")
    if value is None:
        return _judge(negate(is_one_of(group.get("ParameterGroupFamily"), "redshift-1.0")))
    return _judge(is_true(value))


def _judge(required: Ternary) -> Verdict:
    return judge(required, "require_ssl is not true, so Redshift accepts connections without TLS.")


def _setting(parameters: Resolved, name_key: str) -> Resolved | None:
    for entry in as_items(parameters):
        if not is_mapping(entry):
            return UNKNOWN
        if str(entry.get(name_key)).lower() == "require_ssl":
            return entry.get("ParameterValue", UNKNOWN)
    return None


RULE = Rule(
    name="WarehouseTlsRequired",
    severity="error",
    resource_types=("AWS::Redshift::Cluster", "AWS::RedshiftServerless::Workgroup"),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Require TLS in the cluster's parameter group, or in the workgroup's parameters.",
    fixes=(
        Fix(
            ("AWS::Redshift::Cluster",),
            beside="Name as ClusterParameterGroupName an AWS::Redshift::ClusterParameterGroup whose Parameters have "
            '{ParameterName: require_ssl, ParameterValue: "true"}.',
        ),
        Fix(
            ("AWS::RedshiftServerless::Workgroup",),
            beside='Among ConfigParameters, set {ParameterKey: require_ssl, ParameterValue: "true"}.',
        ),
    ),
    check=check,
)
