"""PostgreSQL records log-ins and changes.

Compliant: ``log_connections`` and ``log_disconnections`` are on, and ``pgaudit.log`` or ``log_statement`` names
statements to record. Non-compliant: one is off or left at RDS's default, which is off
(docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.Query_Logging.html). Not
applicable: other engines, which decide it by their log exports (DatabaseLogsExported); members of a cluster.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, as_text
from hipaa_constructs.compliance.facts.databases import engine_of, in_cluster, parameters_of
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_ON = ("1", "on", "true", "yes", "all")
_SWITCHES = ("log_connections", "log_disconnections")
_STATEMENTS = ("pgaudit.log", "log_statement")


def check(resource: Resource) -> Verdict:
    if in_cluster(resource):
        return NOT_APPLICABLE
    engine = engine_of(resource)
    if isinstance(engine, Unknown):
        return unknown("Engine is known only at deployment.")
    if engine.name not in ("postgres", "aurora-postgresql"):
        return NOT_APPLICABLE
    parameters = parameters_of(resource)
    if isinstance(parameters, Unknown):
        return unknown("The parameter group is not part of the app.")
    values = {name: as_text(parameters.get(name)) for name in (*_SWITCHES, *_STATEMENTS)}
    if UNKNOWN in values.values():
        return unknown("A parameter is known only at deployment.")
    for name in _SWITCHES:
        if str(values[name]).lower() not in _ON:
            return failed(f"The parameter {name} is {values[name] or 'not set'}, so log-ins are not recorded.")
    if all(str(values[name] or "none").lower() == "none" for name in _STATEMENTS):
        return failed("Neither pgaudit.log nor log_statement names statements to record.")
    return PASSED


RULE = Rule(
    name="DatabaseActivityLogged",
    severity="warning",
    resource_types=("AWS::RDS::DBCluster", "AWS::RDS::DBInstance"),
    controls=("164.308(a)(5)(ii)(C)", "164.312(b)"),
    fix="Set log_connections, log_disconnections and pgaudit.log in the parameter group, or use SslRds.",
    check=check,
)
