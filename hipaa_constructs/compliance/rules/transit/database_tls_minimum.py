"""Relational databases refuse TLS older than 1.2.

Compliant: the engine's own parameter leaves only TLS 1.2 and later, or the version speaks nothing older by default.
Non-compliant: a parameter that admits an older version, or a default that does. Unknown: parameter or option groups
outside the app, and versions that are not known. Not applicable: instances in a cluster, which is judged itself; read
replicas of which the finding of their source says the same;
Oracle without the SSL option, and Aurora MySQL 1, which cannot refuse to do without TLS: DatabaseTlsRequired reports
them; other engines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Unknown, as_text, is_one_of
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
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    Rule,
    Verdict,
    judge,
    shown,
    unknown,
    worst,
)

# Engine: the parameter that lists versions or names the oldest, and the first version of each line that speaks nothing
# older than TLS 1.2 without it. docs.aws.amazon.com/AmazonRDS/latest/UserGuide: MySQL.Concepts.SSLSupport.html,
# MariaDB.Concepts.SSLSupport.html; AuroraUserGuide/AuroraMySQL.Security.html#AuroraMySQL.Security.SSL.TLS_Version;
# for PostgreSQL postgresql.org/docs/release/13.0, as AWS names no default of its own.
_PARAMETERS: Mapping[str, tuple[str, tuple[tuple[int, ...], ...]]] = {
    "aurora-mysql": ("tls_version", ((8,),)),
    "aurora-postgresql": ("ssl_min_protocol_version", ((13,),)),
    "mariadb": ("tls_version", ((10, 4, 33), (10, 5, 24), (10, 6, 17))),
    "mysql": ("tls_version", ((8,),)),
    "postgres": ("ssl_min_protocol_version", ((13,),)),
}
# "Default" is disabled after these builds: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/SQLServer.Ciphers.html
_SQL_SERVER = ((12, 0, 6449, 2), (13, 0, 6435, 2), (14, 0, 3465, 2), (15, 0, 4365, 3), (16, 0, 4120, 2))
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.Oracle.Options.SSL.html: 26ai knows TLS 1.2 alone.
_ORACLE_26AI = 26
# What is to be set, by engine.
_ASKED: Mapping[str, str] = {
    engine: f"{name}: {'TLSv1.2,TLSv1.3' if name == 'tls_version' else 'TLSv1.2'}"
    for engine, (name, _) in _PARAMETERS.items()
} | {"sqlserver": "rds.tls10: disabled and rds.tls11: disabled"}
_UNKNOWN = "Leave TLSv1.3 out where the engine's version does not know it."
_OLD = re.compile(r"(TLS|SSL)?v?(1|1\.0|1\.1|2|3)", re.IGNORECASE)


def check(resource: Resource) -> Verdict:
    return say_at_source(resource, _judge_one, unless="DBParameterGroupName")


def _judge_one(resource: Resource) -> Verdict:
    if in_cluster(resource):
        return NOT_APPLICABLE
    engine = engine_of(resource)
    if isinstance(engine, Unknown):
        return unknown("The engine is known only at deployment.")
    if engine.name.startswith("oracle-"):
        return _oracle(resource, engine)
    server = engine.name.startswith("sqlserver-")
    if engine.name not in _PARAMETERS and not server:
        return NOT_APPLICABLE
    parameters = parameters_of(resource)
    if isinstance(parameters, Unknown):
        return unknown("The parameter group is not part of the app, or its parameters are known only at deployment.")
    if server:
        return worst(_disabled(engine, name, parameters.get(name)) for name in ("rds.tls10", "rds.tls11"))
    name, firsts = _PARAMETERS[engine.name]
    if parameters.get(name) is None:
        return judge(
            _new_by_default(engine, firsts), f"{name} is not set, and {engine.name} of this version accepts older TLS."
        )
    return _judge(name, as_text(parameters.get(name)))


def _new_by_default(engine: Engine, firsts: Sequence[tuple[int, ...]]) -> Ternary:
    """Whether the version comes after the first of its line that speaks TLS 1.2 and later only."""
    if isinstance(engine.version, Unknown):
        return Ternary.UNKNOWN
    for first in firsts:
        if engine.version[:2] == first[:2][: len(engine.version)]:
            return engine.at_least(*first)
    return Ternary.of(engine.version > firsts[-1])


def _judge(name: str, text: str | Unknown | None) -> Verdict:
    if isinstance(text, Unknown):
        return unknown(f"{name} is known only at deployment.")
    versions = [part for part in re.split(r"[\s,]+|or", str(text)) if part]
    old = [version for version in versions if _OLD.fullmatch(version)]
    return judge(bool(versions) and not old, f"{name} is {text}, which accepts TLS older than 1.2.")


def _disabled(engine: Engine, name: str, value: Resolved | None) -> Verdict:
    by_default = value is None or is_one_of(value, "default") is Ternary.YES
    compliant = _new_by_default(engine, _SQL_SERVER) if by_default else is_one_of(value, "disabled")
    return judge(compliant, f"{name} is {shown(value, 'not set')}, which leaves an old version of TLS on.")


def _oracle(resource: Resource, engine: Engine) -> Verdict:
    options = options_of(resource)
    if isinstance(options, Unknown):
        return unknown("The option group is not part of the app, or its options are known only at deployment.")
    for option in options:
        if str(option.get("OptionName")) == "SSL":
            version = option_setting(option, "SQLNET.SSL_VERSION")
            if version is None:
                # What a version that is not known would do is no excuse: RDS asks that the setting be explicit.
                return judge(
                    engine.at_least(_ORACLE_26AI) is Ternary.YES, "SQLNET.SSL_VERSION is not set, so TLS 1.0 is on."
                )
            return _judge("SQLNET.SSL_VERSION", version)
    return NOT_APPLICABLE


RULE = Rule(
    name="DatabaseTlsMinimum",
    severity="error",
    resource_types=("AWS::RDS::DBCluster", "AWS::RDS::DBInstance"),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Leave only TLS 1.2 and later on, in the parameter group or, for Oracle, the option group.",
    fixes=fixes_by_parameters(_ASKED, option="SSL option has SQLNET.SSL_VERSION: 1.2", note=f" {_UNKNOWN}"),
    check=check,
)
