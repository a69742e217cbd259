"""What rules about databases share: engines and versions, parameter groups, clusters and sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Fields,
    Resolved,
    Ternary,
    Unknown,
    as_items,
    as_text,
    dig,
    is_mapping,
    is_one_of,
    is_present,
)
from hipaa_constructs.compliance.fix import Fix

CLUSTERS = ("AWS::DocDB::DBCluster", "AWS::Neptune::DBCluster", "AWS::RDS::DBCluster")

# What a database can be made from; it then inherits engine, encryption and parameters.
_SOURCES = (
    "SourceDBInstanceIdentifier",
    "SourceDBClusterIdentifier",
    "SourceDbiResourceId",
    "SourceDbClusterResourceId",
    "SourceDBInstanceAutomatedBackupsArn",
    "ReplicationSourceIdentifier",
    "SnapshotIdentifier",
    "DBSnapshotIdentifier",
    "DBClusterSnapshotIdentifier",
    "GlobalClusterIdentifier",
)
_KINDS = (
    *CLUSTERS,
    "AWS::RDS::DBInstance",
    "AWS::RDS::GlobalCluster",
    "AWS::DocDB::GlobalCluster",
    "AWS::Neptune::GlobalCluster",
)


def is_read_replica(resource: Resource) -> bool:
    """Whether an instance follows a database of the app, where the data is kept."""
    if resource.type != "AWS::RDS::DBInstance":
        return False
    source = resource.get("SourceDBInstanceIdentifier", resource.get("SourceDBClusterIdentifier"))
    kinds = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")
    return source is not None and resource.template.target(source, *kinds) not in (None, resource)


def in_cluster(resource: Resource) -> bool:
    """Whether an instance belongs to a cluster, which holds its storage and parameters."""
    if resource.type != "AWS::RDS::DBInstance":
        return False
    engine = as_text(resource.get("Engine"))
    return resource.get("DBClusterIdentifier") is not None or str(engine).lower().startswith("aurora")


def is_serverless_v1(resource: Resource) -> bool:
    """Whether a cluster is Aurora Serverless v1, which has no instances that an app could add or set.

    It is moved to another zone by itself, sends the logs that its parameters ask for to CloudWatch by itself, and knows
    no log-in by IAM (docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless.how-it-works.html,
    …/aurora-serverless.html).
    """
    return resource.type == "AWS::RDS::DBCluster" and is_one_of(resource.get("EngineMode"), "serverless") is Ternary.YES


def inherits(resource: Resource) -> bool:
    """Whether a database is made from another database, a snapshot or a backup."""
    return _source(resource) is not None


def source_of(resource: Resource) -> Resource | None:
    """Return the database of the app that ``resource`` is made from, if that is one."""
    here = resource.template
    source = here.target(_source(resource), *_KINDS)
    # A global cluster and its first cluster may each name the other.
    cyclic = source is not None and resource in (source, here.target(_source(source), *_KINDS))
    return None if cyclic else source


def _source(resource: Resource) -> Resolved | None:
    own = resource.type.endswith("GlobalCluster")
    for path in _SOURCES:
        if own and path == "GlobalClusterIdentifier":  # its own name
            continue
        value = resource.get(path)
        if value is not None and is_present(value) is not Ternary.NO:
            return value
    return None


@dataclass(frozen=True, slots=True)
class Engine:
    """A database's engine, in lower case, and its version's leading numbers; the version may be unknown."""

    name: str
    version: tuple[int, ...] | Unknown

    def at_least(self, *version: int) -> Ternary:
        """Whether the version is ``version`` or later.

        "10.6" leaves open whether 10.6.17 is meant: RDS then takes a minor version of its own choice.
        """
        if isinstance(self.version, Unknown):
            return Ternary.UNKNOWN
        open_ended = len(self.version) < len(version) and self.version == version[: len(self.version)]
        return Ternary.UNKNOWN if open_ended else Ternary.of(self.version >= version)


def engine_of(resource: Resource) -> Engine | Unknown:
    """Return what a database runs, which a replica takes from its source."""
    name = as_text(resource.get("Engine"))
    if name is None:
        source = source_of(resource)
        return engine_of(source) if source else UNKNOWN
    if not isinstance(name, str):
        return UNKNOWN
    return Engine(name.lower(), numbers_of(name.lower(), as_text(resource.get("EngineVersion"))))


def numbers_of(engine: str, version: object) -> tuple[int, ...] | Unknown:
    """Return the leading numbers of a version, as AWS writes it of an engine."""
    if engine == "aurora":
        # Aurora MySQL 1, also of a serverless cluster, is MySQL 5.6 whatever its version says.
        return (5, 6)
    if not isinstance(version, str):
        return UNKNOWN
    if engine == "aurora-mysql":
        # 8.0.mysql_aurora.3.08.0 is Aurora MySQL 3, which is compatible with MySQL 8.0.
        version = version.partition(".mysql_aurora")[0]
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(number) for number in match.group().split(".")) if match else UNKNOWN


def parameters_of(resource: Resource) -> Mapping[str, Resolved] | Unknown:
    """Return the parameters that a database sets, by name in lower case: none where it has a default group.

    ``UNKNOWN`` where its group lies outside the app.
    """
    cluster = resource.type == "AWS::RDS::DBCluster"
    path = "DBClusterParameterGroupName" if cluster else "DBParameterGroupName"
    kind = "AWS::RDS::DBClusterParameterGroup" if cluster else "AWS::RDS::DBParameterGroup"
    name = resource.get(path)
    if name is None and source_of(resource) is not None:
        source = source_of(resource)
        return parameters_of(source) if source and source.type == resource.type else {}
    return group_parameters(resource, name, kind)


def parameter_groups(database: Resource) -> Sequence[tuple[str, Sequence[Mapping[str, Resolved] | Unknown]]]:
    """Return the groups whose parameters hold, the first that names one before the others: of a cluster, by member.

    Members are named as messages do. What may be set for an instance is taken from the group of the member, else from
    that of its cluster (docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/
    AuroraPostgreSQL.Reference.ParameterGroups.html); what holds for clusters alone is in ``parameters_of`` them.
    """
    shared = parameters_of(database)
    if database.type != "AWS::RDS::DBCluster":
        return [("", [shared])]
    members = database.template.app.referring(database, "AWS::RDS::DBInstance", "DBClusterIdentifier")
    return [(f" of {member.logical_id}", [parameters_of(member), shared]) for member in members] or [("", [shared])]


def group_parameters(resource: Resource, name: Resolved, kind: str) -> Mapping[str, Resolved] | Unknown:
    """Return what a parameter group that ``resource`` names sets; see ``parameters_of``."""
    if name is None or (isinstance(name, str) and name.startswith("default.")):
        return {}
    group = resource.template.target(name, kind)
    found = group.get("Parameters", {}) if group else UNKNOWN
    if not is_mapping(found):
        return UNKNOWN
    return {str(key).lower(): value for key, value in found.items()}


def fixes_by_parameters(settings: Mapping[str, str], *, option: str, note: str = "") -> tuple[Fix, ...]:
    """Return what to do in parameter groups, and for Oracle in an option group, so that databases meet a rule.

    :param settings: what parameters have to be, by engine.
    :param option: which option of the option group has to have which setting.
    :param note: a sentence for both.
    """
    return (
        Fix(
            ("AWS::RDS::DBCluster",),
            beside="Name as DBClusterParameterGroupName an AWS::RDS::DBClusterParameterGroup whose Parameters have "
            f"{_by_engine(settings, cluster=True)}.{note}",
            cdk=("rds.DatabaseCluster(parameters=<these Parameters>)",),
            constructs=("SslRds",),
        ),
        Fix(
            ("AWS::RDS::DBInstance",),
            beside="Name as DBParameterGroupName an AWS::RDS::DBParameterGroup whose Parameters have "
            f"{_by_engine(settings, cluster=False)}; for oracle, name as OptionGroupName an AWS::RDS::OptionGroup "
            f"whose {option} among its OptionSettings.{note}",
            cdk=(
                "rds.DatabaseInstance(parameters=<these Parameters>)",
                "rds.DatabaseInstance(option_group=<an option group>)",
            ),
            constructs=("SslRds",),
        ),
    )


def _by_engine(settings: Mapping[str, str], *, cluster: bool) -> str:
    """Say what parameters have to be, each with the engines of clusters, or of instances, that it is for."""
    engines: dict[str, list[str]] = {}
    for engine, setting in settings.items():
        if engine.startswith("aurora-") is cluster:
            engines.setdefault(setting, []).append(engine)
    return ", ".join(f"{setting} for {' and '.join(names)}" for setting, names in engines.items())


def options_of(resource: Resource) -> Sequence[Fields] | Unknown:
    """Return the options of the option group that a database names."""
    name = resource.get("OptionGroupName")
    if name is None or (isinstance(name, str) and name.startswith("default:")):
        return []
    group = resource.template.target(name, "AWS::RDS::OptionGroup")
    found = group.get("OptionConfigurations", []) if group else UNKNOWN
    if not isinstance(found, list) or not all(is_mapping(option) for option in found):
        return UNKNOWN
    return found


def option_setting(option: Fields, name: str) -> str | Unknown | None:
    """Return an option's setting; None if it is absent."""
    for setting in as_items(option.get("OptionSettings")):
        if is_one_of(dig(setting, "Name"), name) is not Ternary.NO:
            return as_text(dig(setting, "Value"))
    return None
