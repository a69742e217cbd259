"""Databases record log-ins and changes.

Compliant: PostgreSQL with ``log_connections`` and ``log_disconnections`` on, and statements named in ``pgaudit.log`` or
``log_statement``, and for ``pgaudit.log`` the library in ``shared_preload_libraries``, without which it records nothing
(docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.pgaudit.basic-setup.html), in the
group of the database or, for a cluster's member, in its own group or the cluster's; Aurora
MySQL with ``server_audit_logging``; DocumentDB with ``audit_logs``; Redshift with ``enable_user_activity_logging``,
without which its audit logs have log-ins and users, but no statement, and which a workgroup has until it says
otherwise; MySQL, MariaDB, SQL Server and Db2 with the option
of their audit, although what the last two record is then said in SQL, which no template shows. Non-compliant: one is
off or left at RDS's default, which is off
(docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.Query_Logging.html,
Appendix.MySQL.Options.AuditPlugin.html, Appendix.SQLServer.Options.Audit.html and Db2.Options.Audit.html there;
docs.aws.amazon.com/documentdb/latest/developerguide/event-auditing.html;
docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html, and of its own parameter groups, where it is false,
docs.aws.amazon.com/redshift/latest/mgmt/working-with-parameter-groups.html). Not applicable: Oracle, whose unified
auditing is set up in the database alone; members of a cluster; read replicas that have the option group of their
source, where it is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    Text,
    Unknown,
    all_of,
    any_of,
    is_one_of,
    is_true,
    negate,
)
from hipaa_constructs.compliance.facts.databases import (
    engine_of,
    group_parameters,
    in_cluster,
    inherits,
    is_read_replica,
    options_of,
    parameter_groups,
    parameters_of,
)
from hipaa_constructs.compliance.facts.warehouses import (
    CLUSTER,
    USER_ACTIVITY,
    WORKGROUP,
    group_parameter,
    parameter_group,
    workgroup_parameter,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, judge, shown, unknown, worst

_ON = ("1", "on", "true", "yes", "all")
_SWITCHES = {"log_connections": "log-ins", "log_disconnections": "log-outs"}
_AUDIT, _STATEMENTS, _LIBRARIES = "pgaudit.log", "log_statement", "shared_preload_libraries"
# By the beginning of the engine's name.
_OPTIONS = {
    "mysql": "MARIADB_AUDIT_PLUGIN",
    "mariadb": "MARIADB_AUDIT_PLUGIN",
    "sqlserver": "SQLSERVER_AUDIT",
    "db2": "DB2_AUDIT",
}


def _postgres(resource: Resource) -> Verdict:
    return worst(_judge(whose, groups) for whose, groups in parameter_groups(resource))


def _judge(whose: str, groups: Sequence[Mapping[str, Resolved] | Unknown]) -> Verdict:
    untold = _untold(whose, groups)
    audited, stated = (negate(_is_none(_value(name, groups))) for name in (_AUDIT, _STATEMENTS))
    loaded = _is_loaded(_value(_LIBRARIES, groups))
    named = any_of((audited, stated))
    return worst(
        (
            *(_judge_switch(name, whose, _value(name, groups), untold) for name in _SWITCHES),
            judge(
                any_of((all_of((audited, loaded)), stated)),
                f"Neither pgaudit.log nor log_statement{whose} names statements to record."
                if named is Ternary.NO
                else f"pgaudit.log{whose} records nothing, since {_LIBRARIES} does not have pgaudit.",
                unknown_message=untold,
            ),
        )
    )


def _judge_switch(name: str, whose: str, value: Resolved | None, untold: str) -> Verdict:
    return judge(
        is_one_of(value, *_ON, any_case=True),
        f"The parameter {name}{whose} is {shown(value, 'not set')}, so {_SWITCHES[name]} are not recorded.",
        unknown_message=untold,
    )


def _is_none(value: Resolved | None) -> Ternary:
    return is_one_of("none" if value is None else value, "none", "", any_case=True)


def _is_loaded(libraries: Resolved | None) -> Ternary:
    """Whether a list of libraries that are preloaded has pgaudit, which RDS's default has not."""
    if libraries is None:
        return Ternary.NO
    if isinstance(libraries, Text) or not isinstance(libraries, str):
        return Ternary.UNKNOWN
    return Ternary.of("pgaudit" in [library.strip().lower() for library in libraries.split(",")])


def _untold(whose: str, groups: Sequence[Mapping[str, Resolved] | Unknown]) -> str:
    if any(isinstance(group, Unknown) for group in groups):
        return f"The parameter group{whose} is not part of the app."
    return f"A parameter{whose} is known only at deployment."


def _value(name: str, groups: Sequence[Mapping[str, Resolved] | Unknown]) -> Resolved | None:
    for group in groups:
        if isinstance(group, Unknown):
            return UNKNOWN
        if name in group:
            return group[name]
    return None


def _aurora_mysql(resource: Resource) -> Verdict:
    groups = [parameters_of(resource)]
    return judge(
        is_one_of(_value("server_audit_logging", groups), *_ON, any_case=True),
        "The parameter server_audit_logging is not on, so the audit log stays empty.",
        unknown_message=_untold("", groups),
    )


def _option(resource: Resource, wanted: str) -> Verdict:
    if resource.get("OptionGroupName") is None and is_read_replica(resource):
        return NOT_APPLICABLE
    if resource.get("OptionGroupName") is None and inherits(resource):
        return unknown("The option group comes with what the database is made from.")
    options = options_of(resource)
    if isinstance(options, Unknown):
        return unknown("The option group is not part of the app.")
    group = (
        "OptionGroupName is not set, and RDS's own group"
        if resource.get("OptionGroupName") is None
        else "The option group"
    )
    return judge(
        any_of(is_one_of(option.get("OptionName"), wanted) for option in options),
        f"{group} has no {wanted}, so the engine's audit records nothing.",
        unknown_message="An option is known only at deployment.",
    )


def _documents(resource: Resource) -> Verdict:
    group = resource.get("DBClusterParameterGroupName")
    groups = [group_parameters(resource, group, "AWS::DocDB::DBClusterParameterGroup")]
    value = _value("audit_logs", groups)
    return judge(
        negate(is_one_of("disabled" if value is None else value, "disabled", "none", any_case=True)),
        f"The parameter audit_logs is {shown(value, 'not set')}, so the audit log stays empty.",
        unknown_message=_untold("", groups),
    )


def _warehouse(resource: Resource) -> Verdict:
    """Judge a cluster or workgroup of Redshift, whose own parameter groups say false."""
    if resource.type == WORKGROUP:
        value = workgroup_parameter(resource, USER_ACTIVITY)
        return _judge_statements(True if value is None else value, f"The parameter {USER_ACTIVITY} is {shown(value)}")
    group = parameter_group(resource)
    if group is None:
        return unknown("The parameter group is not part of the app.")
    if isinstance(group, str):
        return _judge_statements(False, f"The parameter group is Redshift's own, {group}, with {USER_ACTIVITY}: false")
    value = group_parameter(group, USER_ACTIVITY)
    return _judge_statements(
        False if value is None else value,
        f"The parameter {USER_ACTIVITY} of {group.logical_id} is {shown(value, 'not set')}",
    )


def _judge_statements(value: object, seen: str) -> Verdict:
    return judge(
        is_true(value),
        f"{seen}, so no statement is recorded.",
        unknown_message=f"The parameter {USER_ACTIVITY} is known only at deployment.",
    )


def check(resource: Resource) -> Verdict:
    if resource.type in (CLUSTER, WORKGROUP):
        return _warehouse(resource)
    if resource.type == "AWS::DocDB::DBCluster":
        return _documents(resource)
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


# RDS preloads pg_stat_statements by itself, so that it is kept.
_POSTGRES = {
    "log_connections": "1",
    "log_disconnections": "1",
    _LIBRARIES: "pg_stat_statements,pgaudit",
    _AUDIT: "ddl,role,write",
}
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.pgaudit.basic-setup.html, and of
# Aurora the page of that name in AuroraUserGuide.
_EXTENSION = (
    "After the restart by which the library is loaded, run CREATE EXTENSION pgaudit in each database, with SslRds too."
)
_AURORA_MYSQL = {"server_audit_logging": "1", "server_audit_events": "CONNECT,QUERY_DCL,QUERY_DDL,QUERY_DML"}
_INSTANCE, _CLUSTER = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"
_OF_INSTANCES = "The Parameters of the AWS::RDS::DBParameterGroup in DBParameterGroupName have"
_OF_CLUSTERS = "The Parameters of the AWS::RDS::DBClusterParameterGroup in DBClusterParameterGroupName have"
_OPTIONS_HAVE = "The AWS::RDS::OptionGroup in OptionGroupName has the OptionName"
_OPTIONS_CDK = "rds.DatabaseInstance(option_group=<a group with the audit's option>)"
_OUR = ("SslRds",)


def _written(parameters: Mapping[str, str]) -> str:
    return ", ".join(f"{parameter}: {value!r}" for parameter, value in parameters.items())


def _postgres_have(group: str, *, whose: str = "") -> str:
    return f"{group}{whose} {_written(_POSTGRES)}; other libraries stay in the list. {_EXTENSION}"


def _runs(*engines: str) -> Callable[[Resource], bool]:
    """Return whether a database is certainly of an engine whose name begins so."""

    def runs(database: Resource) -> bool:
        engine = engine_of(database)
        return not isinstance(engine, Unknown) and engine.name.startswith(engines)

    return runs


# What is for one engine alone, before what is for all.
_BY_ENGINE = (
    Fix(
        (_INSTANCE,),
        template=_postgres_have(_OF_INSTANCES),
        cdk=(f"rds.DatabaseInstance(parameters={_POSTGRES})",),
        l2=_EXTENSION,
        constructs=_OUR,
        when=_runs("postgres"),
    ),
    *(
        Fix(
            (_INSTANCE,),
            template=f"{_OPTIONS_HAVE} {option}.",
            cdk=(_OPTIONS_CDK,),
            constructs=_OUR,
            when=_runs(engine),
        )
        for engine, option in _OPTIONS.items()
    ),
    Fix(
        (_CLUSTER,),
        template=_postgres_have(_OF_CLUSTERS),
        cdk=(f"rds.DatabaseCluster(parameters={_POSTGRES})",),
        l2=_EXTENSION,
        constructs=_OUR,
        when=_runs("aurora-postgresql", "postgres"),
    ),
    Fix(
        (_CLUSTER,),
        template=f"{_OF_CLUSTERS} {_written(_AURORA_MYSQL)}.",
        cdk=(f"rds.DatabaseCluster(parameters={_AURORA_MYSQL})",),
        constructs=_OUR,
        when=_runs("aurora-mysql"),
    ),
)

RULE = Rule(
    name="DatabaseActivityLogged",
    severity="warning",
    resource_types=("AWS::DocDB::DBCluster", _CLUSTER, _INSTANCE, CLUSTER, WORKGROUP),
    controls=("164.308(a)(5)(ii)(C)", "164.312(b)"),
    fix="Let the database record log-ins and changed data: by parameters in PostgreSQL, Aurora MySQL, DocumentDB and "
    "Redshift, by an option for audit in other engines.",
    fixes=(
        Fix(
            ("AWS::DocDB::DBCluster",),
            beside="Name as DBClusterParameterGroupName an AWS::DocDB::DBClusterParameterGroup whose Parameters have "
            "audit_logs: all, beside what they have.",
            constructs=("TlsDocumentDb",),
        ),
        Fix(
            (CLUSTER,),
            beside="Name as ClusterParameterGroupName an AWS::Redshift::ClusterParameterGroup whose Parameters have "
            f'{{ParameterName: {USER_ACTIVITY}, ParameterValue: "true"}}, beside what they have. It is written where '
            "LoggingProperties sends the audit log.",
        ),
        Fix(
            (WORKGROUP,),
            beside=f'Among ConfigParameters, set {{ParameterKey: {USER_ACTIVITY}, ParameterValue: "true"}}.',
            constructs=("TlsWarehouse",),
        ),
        *_BY_ENGINE,
        Fix(
            (_CLUSTER,),
            template=f"{_postgres_have(_OF_CLUSTERS, whose=', for PostgreSQL,')} For Aurora MySQL the Parameters have "
            "server_audit_logging: 1 and server_audit_events: CONNECT,QUERY_DCL,QUERY_DDL,QUERY_DML.",
            cdk=(f"rds.DatabaseCluster(parameters={_POSTGRES})", f"rds.DatabaseCluster(parameters={_AURORA_MYSQL})"),
            constructs=_OUR,
        ),
        Fix(
            (_INSTANCE,),
            template=f"{_OPTIONS_HAVE} of the engine's audit: "
            + ", ".join(f"{option} for {engine}" for engine, option in _OPTIONS.items())
            + f". {_postgres_have(_OF_INSTANCES, whose=', for PostgreSQL,')}",
            cdk=(_OPTIONS_CDK, f"rds.DatabaseInstance(parameters={_POSTGRES})"),
            constructs=_OUR,
        ),
    ),
    check=check,
)
