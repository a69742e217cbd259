"""Relational databases refuse connections without TLS.

Compliant, by engine: PostgreSQL and SQL Server with ``rds.force_ssl`` 1; MySQL and MariaDB with
``require_secure_transport`` 1; Db2 with ``db2comm`` SSL alone; Oracle with the SSL option and security groups that
keep its unencrypted port shut, or with native encryption required. Where AWS turns it on by default from some
version on, an absent parameter is compliant from there. Non-compliant: anything less; ``aurora``, which is MySQL 5.6
and cannot require TLS. Unknown: parameter groups, option groups and security groups outside the app, and versions
that are not known. Not applicable: instances in a cluster, which is judged itself, read replicas of which the
finding of their source says the same, and other engines that EligibleDatabaseEngine refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Reference,
    Resolved,
    Ternary,
    Unknown,
    all_of,
    any_of,
    as_int,
    as_items,
    as_list,
    as_text,
    dig,
    is_one_of,
    negate,
)
from hipaa_constructs.compliance.facts.databases import (
    Engine,
    engine_of,
    fixes_by_parameters,
    in_cluster,
    option_setting,
    options_of,
    parameters_of,
)
from hipaa_constructs.compliance.facts.replicas import say_at_source
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, shown, unknown, worst

# Engine: the parameter, and the version from which AWS turns it on by default.
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide: PostgreSQL.Concepts.General.SSL.html,
# mariadb-ssl-connections.require-ssl.html, mysql-ssl-connections.require-ssl.html and
# SQLServer.Concepts.General.SSL.Using.html; AuroraUserGuide: AuroraPostgreSQL.Security.html, AuroraMySQL.Security.html.
# Db2 accepts unencrypted connections too unless DB2COMM is SSL alone (Db2.Concepts.SSL.html).
_PARAMETERS: Mapping[str, tuple[str, tuple[int, ...] | None]] = {
    "aurora-mysql": ("require_secure_transport", (8, 4)),
    "aurora-postgresql": ("rds.force_ssl", (17,)),
    "mariadb": ("require_secure_transport", (11, 8)),
    "mysql": ("require_secure_transport", (9, 7)),
    "postgres": ("rds.force_ssl", (15,)),
    "sqlserver": ("rds.force_ssl", None),
}

# What is to be set, by engine.
_ASKED: Mapping[str, str] = {engine: f'{name}: "1"' for engine, (name, _) in _PARAMETERS.items()} | {
    "db2": "db2comm: SSL"
}


def check(resource: Resource) -> Verdict:
    return say_at_source(resource, _judge_one, unless="DBParameterGroupName")


def _judge_one(resource: Resource) -> Verdict:
    if in_cluster(resource):
        return NOT_APPLICABLE
    engine = engine_of(resource)
    if isinstance(engine, Unknown):
        return unknown("The engine is known only at deployment.")
    if engine.name.startswith("oracle-"):
        return _oracle(resource)
    if engine.name == "aurora":
        # dev.mysql.com/doc/relnotes/mysql/5.7/en/news-5-7-8.html is the first to know require_secure_transport.
        return failed("Engine aurora is MySQL 5.6, which cannot refuse connections without TLS.")
    family = "sqlserver" if engine.name.startswith("sqlserver-") else engine.name
    if family not in _PARAMETERS and not family.startswith("db2-"):
        return NOT_APPLICABLE
    parameters = parameters_of(resource)
    if isinstance(parameters, Unknown):
        return unknown("The parameter group is not part of the app, or its parameters are known only at deployment.")
    if family.startswith("db2-"):
        protocols = parameters.get("db2comm")
        compliant = is_one_of(protocols, "ssl", any_case=True)
        message = f"db2comm is {shown(protocols, 'not set')}, so Db2 also accepts unencrypted connections."
        return judge(compliant, message, unknown_message="db2comm is known only at deployment.")
    name, since = _PARAMETERS[family]
    return _parameter(engine, name, parameters.get(name), since)


def _parameter(engine: Engine, name: str, value: Resolved | None, since: tuple[int, ...] | None) -> Verdict:
    if value is None:
        on = engine.at_least(*since) if since else Ternary.NO
        return judge(on, f"{name} is not set, and {engine.name} of this version does not require TLS by default.")
    return judge(
        is_one_of(value, "1", "on", "true", any_case=True),
        f"{name} is {as_text(value)}, so {engine.name} accepts connections without TLS.",
        unknown_message=f"{name} is known only at deployment.",
    )


def _oracle(resource: Resource) -> Verdict:
    options = options_of(resource)
    if isinstance(options, Unknown):
        return unknown("The option group is not part of the app, or its options are known only at deployment.")
    by_name = {str(option.get("OptionName")): option for option in options}
    native = by_name.get("NATIVE_NETWORK_ENCRYPTION")
    required = is_one_of(option_setting(native, "SQLNET.ENCRYPTION_SERVER"), "REQUIRED") if native else Ternary.NO
    if required is Ternary.YES:
        return PASSED
    if required is Ternary.UNKNOWN:
        return unknown("SQLNET.ENCRYPTION_SERVER is known only at deployment.")
    if "SSL" not in by_name:
        return failed("The option group has neither the SSL option nor required native network encryption.")
    return _port_shut(resource)


def _port_shut(resource: Resource) -> Verdict:
    port, groups = as_int(resource.get("Port", 1521)), as_list(resource.get("VPCSecurityGroups"))
    if not isinstance(port, int) or isinstance(groups, Unknown) or not groups:
        return unknown("It is known only at deployment whether a security group admits Oracle's unencrypted port.")
    return worst((PASSED, *(_group(resource, group, port) for group in groups)))


def _group(database: Resource, value: Resolved, port: int) -> Verdict:
    group = database.template.target(value, "AWS::EC2::SecurityGroup")
    if group is None:
        return unknown("A security group of the database is not part of the app.")
    return judge(
        negate(any_of(_admits(database, *rule, port) for rule in _ingress(group))),
        f"Security group {group.logical_id} admits Oracle's unencrypted port {port}.",
        unknown_message="The ports that a security group of the database admits are known only at deployment.",
    )


def _admits(database: Resource, protocol: Resolved, first: Resolved, last: Resolved, port: int) -> Ternary:
    start, end = (port if _is_port_of(end, database) else as_int(end) for end in (first, last))
    if start is None:
        spans = Ternary.YES
    elif isinstance(start, Unknown) or isinstance(end, Unknown):
        spans = Ternary.UNKNOWN
    else:
        spans = Ternary.of(start <= port <= (start if end is None else end))
    return any_of((is_one_of(protocol, "-1"), all_of((is_one_of(protocol, "tcp", "6"), spans))))


def _ingress(group: Resource) -> Iterator[tuple[Resolved, Resolved, Resolved]]:
    """Yield protocol, first and last port of each ingress rule of a security group."""
    for entry in as_items(group.get("SecurityGroupIngress")):
        yield dig(entry, "IpProtocol", "tcp"), dig(entry, "FromPort", UNKNOWN), dig(entry, "ToPort")
    for rule in group.template.app.referring(group, "AWS::EC2::SecurityGroupIngress", "GroupId"):
        yield rule.get("IpProtocol"), rule.get("FromPort"), rule.get("ToPort")


def _is_port_of(value: Resolved, database: Resource) -> bool:
    return isinstance(value, Reference) and value.resource is database and value.attribute == "Endpoint.Port"


RULE = Rule(
    name="DatabaseTlsRequired",
    severity="error",
    resource_types=("AWS::RDS::DBCluster", "AWS::RDS::DBInstance"),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Require TLS in the database's parameter group or, for Oracle, its option group.",
    fixes=fixes_by_parameters(_ASKED, option="NATIVE_NETWORK_ENCRYPTION option has SQLNET.ENCRYPTION_SERVER: REQUIRED"),
    check=check,
)
