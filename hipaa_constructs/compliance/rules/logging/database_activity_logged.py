"""Databases write down who logs in and what is changed.

Compliant: PostgreSQL with ``log_connections`` and ``log_disconnections`` on, and statements named in ``pgaudit.log`` or
``log_statement``; Aurora MySQL with ``server_audit_logging``; MySQL, MariaDB, SQL Server and Db2 with the option of
their audit, although what the last two record is then said in SQL, which no template shows. Non-compliant: one is off
or left at RDS's default, which is off
(docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.Query_Logging.html,
Appendix.MySQL.Options.AuditPlugin.html, Appendix.SQLServer.Options.Audit.html and Db2.Options.Audit.html there). Not
applicable: Oracle, whose unified auditing is set up in the database alone; members of a cluster.
"""

from __future__ import annotations

from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, as_text
from hipaa_constructs.compliance.facts.databases import engine_of, in_cluster, inherits, options_of, parameters_of
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_ON = ("1", "on", "true", "yes", "all")
_SWITCHES = ("log_connections", "log_disconnections")
_STATEMENTS = ("pgaudit.log", "log_statement")
# By the beginning of the engine's name.
_OPTIONS = {
    "mysql": "MARIADB_AUDIT_PLUGIN",
    "mariadb": "MARIADB_AUDIT_PLUGIN",
    "sqlserver": "SQLSERVER_AUDIT",
    "db2": "DB2_AUDIT",
}


def _values(resource: Resource, *names: str) -> dict[str, Any] | Verdict:
    """Return parameters that a database sets, or why they cannot be told."""
    parameters = parameters_of(resource)
    if isinstance(parameters, Unknown):
        return unknown("The parameter group is not part of the app.")
    values = {name: as_text(parameters.get(name)) for name in names}
    return unknown("A parameter is known only at deployment.") if UNKNOWN in values.values() else values


def _postgres(resource: Resource) -> Verdict:
    values = _values(resource, *_SWITCHES, *_STATEMENTS)
    if isinstance(values, Verdict):
        return values
    for name in _SWITCHES:
        if str(values[name]).lower() not in _ON:
            return failed(f"The parameter {name} is {values[name] or 'not set'}, so log-ins leave no trace.")
    if all(str(values[name] or "none").lower() == "none" for name in _STATEMENTS):
        return failed("Neither pgaudit.log nor log_statement names statements to record.")
    return PASSED


def _aurora_mysql(resource: Resource) -> Verdict:
    values = _values(resource, "server_audit_logging")
    if isinstance(values, Verdict):
        return values
    if str(values["server_audit_logging"]).lower() not in _ON:
        return failed("The parameter server_audit_logging is not on, so the audit log stays empty.")
    return PASSED


def _option(resource: Resource, wanted: str) -> Verdict:
    if resource.get("OptionGroupName") is None and inherits(resource):
        return unknown("The option group comes with what the database is made from.")
    options = options_of(resource)
    if isinstance(options, Unknown):
        return unknown("The option group is not part of the app.")
    names = [as_text(option.get("OptionName")) for option in options]
    if wanted in names:
        return PASSED
    if UNKNOWN in names:
        return unknown("An option is known only at deployment.")
    return failed(f"The option group has no {wanted}, so the engine's audit records nothing.")


def check(resource: Resource) -> Verdict:
    if in_cluster(resource):
        return NOT_APPLICABLE
    engine = engine_of(resource)
    if isinstance(engine, Unknown):
        return unknown("Engine is known only at deployment.")
    if engine.name in ("postgres", "aurora-postgresql"):
        return _postgres(resource)
    if engine.name == "aurora-mysql":
        return _aurora_mysql(resource)
    wanted = next((option for name, option in _OPTIONS.items() if engine.name.startswith(name)), None)
    # A Multi-AZ cluster of RDS takes no options, and its MySQL no audit plugin.
    if wanted is None or resource.type != "AWS::RDS::DBInstance":
        return NOT_APPLICABLE
    return _option(resource, wanted)


RULE = Rule(
    name="DatabaseActivityLogged",
    severity="warning",
    resource_types=("AWS::RDS::DBCluster", "AWS::RDS::DBInstance"),
    controls=("164.308(a)(5)(ii)(C)", "164.312(b)"),
    fix="Set log_connections, log_disconnections and pgaudit.log (PostgreSQL) or server_audit_logging (Aurora MySQL) "
    "in the parameter group, add the engine's audit to the option group, or use SslRds.",
    check=check,
)
