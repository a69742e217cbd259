"""Databases: what their parameter groups say, and which of their logs are delivered."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.naming import is_about
from hipaa_constructs.compliance.rule import PREFIX, Finding
from hipaa_constructs.compliance.rules.logging.database_logs_exported import ENGINES, IAM_LOG, WITH_IAM_LOG
from hipaa_constructs.mending.additions import policy
from hipaa_constructs.mending.draft import ACCOUNT, DECIDED, CannotMendError, Draft, is_plain
from hipaa_constructs.mending.keys import key_for

_EXPORTS = "EnableCloudwatchLogsExports"
_LIBRARIES = "shared_preload_libraries"
# Statements are recorded without their bound values: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/
# Appendix.PostgreSQL.CommonDBATasks.pgaudit.html. RDS preloads pg_stat_statements by itself, so it is kept.
_RECORDED = {
    "log_connections": "1",
    "log_disconnections": "1",
    _LIBRARIES: "pg_stat_statements,pgaudit",
    "pgaudit.log": "ddl,role,write",
}
# By rule, then by engine: what is set, and the first version that knows it. The rules name AWS's pages.
_SETTINGS: Mapping[str, Mapping[str, tuple[Mapping[str, str], tuple[int, ...]]]] = {
    "DatabaseActivityLogged": {
        # docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Auditing.html
        "aurora-mysql": (
            {"server_audit_logging": "1", "server_audit_events": "CONNECT,QUERY_DCL,QUERY_DDL,QUERY_DML"},
            (5, 7),
        ),
        "aurora-postgresql": (_RECORDED, (10,)),
        "postgres": (_RECORDED, (10,)),
    },
    "DatabaseTlsMinimum": {
        "aurora-mysql": ({"tls_version": "TLSv1.2"}, (5, 7)),
        "aurora-postgresql": ({"ssl_min_protocol_version": "TLSv1.2"}, (12,)),
        "mariadb": ({"tls_version": "TLSv1.2"}, (10, 4)),
        "mysql": ({"tls_version": "TLSv1.2"}, (5, 7)),
        "postgres": ({"ssl_min_protocol_version": "TLSv1.2"}, (12,)),
        "sqlserver": ({"rds.tls10": "disabled", "rds.tls11": "disabled"}, (13,)),
    },
    "DatabaseTlsRequired": {
        "aurora-mysql": ({"require_secure_transport": "ON"}, (5, 7)),
        "aurora-postgresql": ({"rds.force_ssl": "1"}, (10,)),
        "mariadb": ({"require_secure_transport": "1"}, (10, 5)),
        "mysql": ({"require_secure_transport": "1"}, (5, 7)),
        "postgres": ({"rds.force_ssl": "1"}, (10,)),
        "sqlserver": ({"rds.force_ssl": "1"}, (11,)),
    },
}
# How many of a version's numbers the family of its parameter groups has, from which major version on.
_FAMILIES: Mapping[str, tuple[int, int]] = {
    "aurora-mysql": (2, 5),
    "aurora-postgresql": (1, 10),
    "mariadb": (2, 10),
    "mysql": (2, 5),
    "postgres": (1, 10),
}
_NO_PARAMETER = "Its engine, in this version, has no parameter for it."
_NO_VERSION = "The template names no version of the engine, by which a parameter group is made."


def parameters_set(draft: Draft, finding: Finding) -> None:
    """Set parameters in the group of a database, or in one that is made for it."""
    name, properties = finding.resource_logical_id, draft.properties(finding.resource_logical_id)
    engine, version = _engine(properties), _version(properties)
    kind = "sqlserver" if engine.startswith("sqlserver-") else engine
    wanted, since = _SETTINGS[finding.rule_id.removeprefix(PREFIX)].get(kind, ({}, ()))
    if properties.get("EngineMode") == "serverless" or version < since or not wanted:
        raise CannotMendError(_NO_PARAMETER)
    cluster = finding.resource_type == "AWS::RDS::DBCluster"
    path = "DBClusterParameterGroupName" if cluster else "DBParameterGroupName"
    group_type = "AWS::RDS::DBClusterParameterGroup" if cluster else "AWS::RDS::DBParameterGroup"
    named = properties.get(path)
    if named is None or (isinstance(named, str) and named.startswith("default.")):
        condition = draft.resource(name).get("Condition")
        group = draft.add(
            f"{name}Parameters",
            {
                "Type": group_type,
                **({"Condition": condition} if condition else {}),
                "Properties": {
                    "Description": f"Parameters of {name}",
                    "Family": _family(engine, version),
                    "Parameters": {},
                },
            },
        )
        properties[path] = {"Ref": group}
    else:
        group = next((one for one, _ in draft.ids(group_type) if is_about(named, one)), "")
        if not group:
            raise CannotMendError("Its parameter group is not in the template.")
    _set(draft.properties(group), wanted)


def _set(group: dict[str, Any], wanted: Mapping[str, str]) -> None:
    parameters = group.setdefault("Parameters", {})
    if not is_plain(parameters):
        raise CannotMendError(DECIDED)
    for name, value in wanted.items():
        there = parameters.get(name)
        if name == _LIBRARIES and there is not None:
            if not isinstance(there, str):
                raise CannotMendError(DECIDED)
            loaded = [one.strip() for one in there.split(",") if one.strip()]
            value = ",".join([*loaded, *([] if "pgaudit" in loaded else ["pgaudit"])])
        elif isinstance(there, dict):
            raise CannotMendError(DECIDED)
        parameters[name] = value


def logs_exported(draft: Draft, finding: Finding) -> None:
    """Let a database deliver the logs that its engine writes."""
    properties = draft.properties(finding.resource_logical_id)
    engine = _engine(properties)
    needed = next((logs for name, logs in ENGINES.items() if engine.startswith(name)), ())
    if engine.startswith(WITH_IAM_LOG) and properties.get("EnableIAMDatabaseAuthentication") in (True, "true"):
        needed = (*needed, IAM_LOG)
    exported = properties.get(_EXPORTS)
    exported = [] if exported is None else exported
    if not isinstance(exported, list) or any(isinstance(one, dict) for one in exported):
        raise CannotMendError(DECIDED)
    properties[_EXPORTS] = [*exported, *(log for log in needed if log not in exported)]


_INTERVAL = "MonitoringInterval"
_WATCHES = "monitoring.rds.amazonaws.com"
_WATCHED_BY = "AmazonRDSEnhancedMonitoringRole"


def monitored(draft: Draft, finding: Finding) -> None:
    """Switch on enhanced monitoring, by a role that databases of a template share.

    Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html.
    """
    properties = draft.properties(finding.resource_logical_id)
    if isinstance(properties.get(_INTERVAL), dict):
        raise CannotMendError(DECIDED)
    _watch(draft, properties)


def _watch(draft: Draft, properties: dict[str, Any]) -> None:
    properties[_INTERVAL] = 60
    if "MonitoringRoleArn" not in properties:
        properties["MonitoringRoleArn"] = {"Fn::GetAtt": [_monitoring_role(draft), "Arn"]}


def _monitoring_role(draft: Draft) -> str:
    for name, raw in draft.of_type("AWS::IAM::Role"):
        if "Condition" not in raw and _WATCHED_BY in str(raw["Properties"].get("ManagedPolicyArns")):
            return name
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": _WATCHES},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    arn = {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/service-role/{_WATCHED_BY}"}
    return draft.add(
        "DatabaseMonitoringRole",
        {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": policy(trust), "ManagedPolicyArns": [arn]},
        },
    )


def _engine(properties: Mapping[str, Any]) -> str:
    engine = properties.get("Engine")
    if not isinstance(engine, str):
        raise CannotMendError(DECIDED)
    return engine.lower()


def _version(properties: Mapping[str, Any]) -> tuple[int, ...]:
    version = properties.get("EngineVersion")
    if version is None:
        raise CannotMendError(_NO_VERSION)
    # 8.0.mysql_aurora.3.08.0 is compatible with MySQL 8.0.
    match = re.match(r"\d+(\.\d+)*", str(version).partition(".mysql_aurora")[0])
    if isinstance(version, dict) or match is None:
        raise CannotMendError(DECIDED)
    return tuple(int(number) for number in match.group().split("."))


def _family(engine: str, version: tuple[int, ...]) -> str:
    """Return the family of parameter groups: docs.aws.amazon.com/cli/latest/reference/rds/create-db-parameter-group."""
    if engine.startswith("sqlserver-"):
        return f"{engine}-{version[0]}.0"
    count, first = _FAMILIES[engine]
    if len(version) < count or version[0] < first:
        raise CannotMendError(_NO_VERSION)
    return engine + ".".join(str(number) for number in version[:count])


# By type of cluster, that of its instances.
_INSTANCES: Mapping[str, str] = {
    "AWS::DocDB::DBCluster": "AWS::DocDB::DBInstance",
    "AWS::Neptune::DBCluster": "AWS::Neptune::DBInstance",
    "AWS::RDS::DBCluster": "AWS::RDS::DBInstance",
}
_INSIGHTS_KEY = "PerformanceInsightsKMSKeyId"
# What only one instance may have, or what holds it in one zone.
_OF_ONE = ("AvailabilityZone", "DBInstanceIdentifier", "PreferredAvailabilityZone")


def second_instance(draft: Draft, finding: Finding) -> None:
    """Give a cluster of one instance another like it, to fail over to, which the service puts into another zone.

    It comes after the first, which so goes on to be the one that writes: docs.aws.amazon.com/AmazonRDS/latest/
    AuroraUserGuide/Concepts.AuroraHighAvailability.html.
    """
    name, kind = finding.resource_logical_id, finding.resource_type
    draft.resource(name)
    members = [
        (member, raw)
        for member, raw in draft.of_type(_INSTANCES[kind])
        if is_about(raw["Properties"].get("DBClusterIdentifier"), name)
    ]
    if len(members) != 1:
        raise CannotMendError("Which of its instances it has, a condition or another template decides.")
    member, raw = members[0]
    kept = {key: value for key, value in raw.items() if key not in ("DependsOn", "Metadata", "Properties")}
    like = {key: copy.deepcopy(value) for key, value in raw["Properties"].items() if key not in _OF_ONE}
    reader = draft.add(f"{member}Reader", {**copy.deepcopy(kept), "DependsOn": member, "Properties": like})
    if str(like.get("EnablePerformanceInsights")).lower() == "true" and _INSIGHTS_KEY not in like:
        # The first instance would be made anew for it; this one is new.
        like[_INSIGHTS_KEY] = dict(key_for(draft, reader, _INSTANCES[kind]))
    if kind == "AWS::RDS::DBCluster" and not any(_INTERVAL in one for one in (like, draft.properties(name))):
        _watch(draft, like)
