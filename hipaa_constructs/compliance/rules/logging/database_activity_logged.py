"""PostgreSQL writes down who logs in and what is changed.

Compliant: ``log_connections`` and ``log_disconnections`` are on, and ``pgaudit.log`` or ``log_statement`` names
statements to record, in the group of the database, or for a cluster's member in its own group or the cluster's.
Non-compliant: one is off or left at RDS's default, which is off
(docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.Query_Logging.html). Not
applicable: other engines, which decide it by their log exports (DatabaseLogsExported); members of a cluster, judged
with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, as_text
from hipaa_constructs.compliance.facts.databases import engine_of, in_cluster, parameter_groups
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst

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
    return worst(_judge(whose, groups) for whose, groups in parameter_groups(resource))


def _judge(whose: str, groups: Sequence[Mapping[str, Any] | Unknown]) -> Verdict:
    values = {name: as_text(_value(name, groups)) for name in (*_SWITCHES, *_STATEMENTS)}
    if UNKNOWN in values.values():
        outside = any(isinstance(group, Unknown) for group in groups)
        return unknown(
            f"The parameter group{whose} is not part of the app."
            if outside
            else f"A parameter{whose} is known only at deployment."
        )
    for name in _SWITCHES:
        if str(values[name]).lower() not in _ON:
            return failed(f"The parameter {name}{whose} is {values[name] or 'not set'}, so log-ins leave no trace.")
    if all(str(values[name] or "none").lower() == "none" for name in _STATEMENTS):
        return failed(f"Neither pgaudit.log nor log_statement{whose} names statements to record.")
    return PASSED


def _value(name: str, groups: Sequence[Mapping[str, Any] | Unknown]) -> Any:
    for group in groups:
        if isinstance(group, Unknown):
            return UNKNOWN
        if name in group:
            return group[name]
    return None


RULE = Rule(
    name="DatabaseActivityLogged",
    severity="warning",
    resource_types=("AWS::RDS::DBCluster", "AWS::RDS::DBInstance"),
    controls=("164.308(a)(5)(ii)(C)", "164.312(b)"),
    fix="Set log_connections, log_disconnections and pgaudit.log in the parameter group, or use SslRds.",
    check=check,
)
