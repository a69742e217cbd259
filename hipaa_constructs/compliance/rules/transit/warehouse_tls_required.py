"""Redshift refuses connections without TLS.

Compliant: ``require_ssl`` is true, which is the default of workgroups and of parameter groups of the family
redshift-2.0 (docs.aws.amazon.com/redshift/latest/mgmt/working-with-parameter-groups.html). Non-compliant: it is
false, or absent from a group of the family redshift-1.0. Unknown: a parameter group outside the app.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of, is_true, negate
from hipaa_constructs.compliance.facts.warehouses import (
    CLUSTER,
    TLS_REQUIRED,
    WORKGROUP,
    group_parameter,
    parameter_group,
    workgroup_parameter,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge, unknown


def check(resource: Resource) -> Verdict:
    if resource.type == WORKGROUP:
        value = workgroup_parameter(resource, TLS_REQUIRED)
        return _judge(Ternary.YES if value is None else is_true(value))
    group = parameter_group(resource)
    if group is None:
        return unknown("The parameter group is not part of the app.")
    if isinstance(group, str):
        return _judge(Ternary.of(group != "default.redshift-1.0"))
    value = group_parameter(group, TLS_REQUIRED)
    if value is None:
        return _judge(negate(is_one_of(group.get("ParameterGroupFamily"), "redshift-1.0")))
    return _judge(is_true(value))


def _judge(required: Ternary) -> Verdict:
    return judge(required, "require_ssl is not true, so Redshift accepts connections without TLS.")


RULE = Rule(
    name="WarehouseTlsRequired",
    severity="error",
    resource_types=(CLUSTER, WORKGROUP),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Require TLS in the cluster's parameter group, or in the workgroup's parameters.",
    fixes=(
        Fix(
            (CLUSTER,),
            beside="Name as ClusterParameterGroupName an AWS::Redshift::ClusterParameterGroup whose Parameters have "
            '{ParameterName: require_ssl, ParameterValue: "true"}.',
        ),
        Fix(
            (WORKGROUP,),
            beside='Among ConfigParameters, set {ParameterKey: require_ssl, ParameterValue: "true"}.',
        ),
    ),
    check=check,
)
