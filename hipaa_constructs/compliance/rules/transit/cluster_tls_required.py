"""DocumentDB and Neptune clusters refuse connections without TLS 1.2.

Compliant: the cluster's parameter group does not turn TLS off; it is on by default. Non-compliant: DocumentDB with
``tls`` disabled, Neptune with ``neptune_enforce_ssl`` 0; as a warning, DocumentDB that also accepts TLS 1.0 and 1.1, as
``enabled`` does, its default (docs.aws.amazon.com/documentdb/latest/developerguide/API_Parameter.html). Unknown: a
parameter group outside the app.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, is_one_of, negate
from hipaa_constructs.compliance.facts.databases import group_parameters
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, failed, judge, shown, unknown

# Type: its parameter group's type, the parameter, and the values that turn TLS off. Neptune from 1.0.4.0 on takes HTTPS
# only and heeds its parameter no more: docs.aws.amazon.com/neptune/latest/userguide/security-ssl.html.
_PARAMETERS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "AWS::DocDB::DBCluster": ("AWS::DocDB::DBClusterParameterGroup", "tls", ("disabled",)),
    "AWS::Neptune::DBCluster": (
        "AWS::Neptune::DBClusterParameterGroup",
        "neptune_enforce_ssl",
        ("0", "false"),
    ),
}


def check(resource: Resource) -> Verdict:
    kind, name, off = _PARAMETERS[resource.type]
    parameters = group_parameters(resource, resource.get("DBClusterParameterGroupName"), kind)
    if isinstance(parameters, Unknown):
        return unknown("The parameter group is not part of the app, or its parameters are known only at deployment.")
    value = parameters.get(name)
    compliant = negate(is_one_of(value, *off, any_case=True))
    weak = is_one_of("enabled" if value is None else value, "enabled") if name == "tls" else Ternary.NO
    if weak is Ternary.YES:
        return failed(
            f"tls is {shown(value, 'enabled by default')}, which accepts TLS 1.0 and 1.1.", severity="warning"
        )
    message = f"{name} is {value}, so the cluster accepts connections without TLS."
    return judge(compliant, message, unknown_message=f"{name} is known only at deployment.")


RULE = Rule(
    name="ClusterTlsRequired",
    severity="error",
    resource_types=tuple(_PARAMETERS),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Require TLS, of DocumentDB 1.2 or later, in the cluster's parameter group.",
    fixes=tuple(
        Fix(
            (kind,),
            template=f"Name as DBClusterParameterGroupName an {group} whose Parameters have {name}: {value}.",
            cdk=cdk,
            constructs=("TlsDocumentDb",) if kind == "AWS::DocDB::DBCluster" else (),
        )
        for kind, (group, name, value), cdk in (
            (
                "AWS::DocDB::DBCluster",
                ("AWS::DocDB::DBClusterParameterGroup", "tls", "tls1.2+"),
                (
                    "docdb.DatabaseCluster(parameter_group=docdb.ClusterParameterGroup(<a scope>, <an id>, "
                    'family=<its family>, parameters={"tls": "tls1.2+"}))',
                ),
            ),
            ("AWS::Neptune::DBCluster", ("AWS::Neptune::DBClusterParameterGroup", "neptune_enforce_ssl", 1), ()),
        )
    ),
    check=check,
)
