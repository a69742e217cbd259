"""Databases, caches, brokers, clusters and jobs run versions that AWS still mends.

Compliant: a version whose standard support has not ended on the day of the check, or whose end is not announced: what
the dated tables of the catalogue do not name is newer than they are. Non-compliant: a version past it, a minor version
of Aurora as a major one; as long as AWS gives Extended Support, in which it mends critical and high vulnerabilities,
that is a warning. Unknown: a version that only deployment knows. Not applicable: no version, which leaves it to AWS;
engines without announced ends, such as SQL Server; instances in a cluster, which is judged itself; read
replicas of which the finding of their source says the same. Of a Python shell
job the version of Python decides, which is all that Glue's says there
(docs.aws.amazon.com/glue/latest/dg/glue-version-support-policy.html); a development endpoint that names no version runs
Glue 0.9 (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-glue-devendpoint.html). The engine
``aurora`` is MySQL 5.6 whatever version it names, and Aurora Serverless v1 has ended with whatever engine it runs. It
is said once a template of all of a type that say their version in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, as_text, is_one_of
from hipaa_constructs.compliance.facts.databases import in_cluster, is_serverless_v1
from hipaa_constructs.compliance.facts.replicas import followed_by
from hipaa_constructs.compliance.facts.said_once import as_written, say_once
from hipaa_constructs.compliance.facts.support_dates import judge_support
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, unknown

# Where each type says its version, and the tables that it may stand in: the only one, or that of its Engine.
_OF_ELASTICACHE = ("redis", "")
_OF_RDS = ("aurora", "aurora-mysql", "aurora-postgresql", "mariadb", "mysql", "oracle", "postgres")
_JOB, _ENDPOINT = "AWS::Glue::Job", "AWS::Glue::DevEndpoint"
_VERSIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "AWS::AmazonMQ::Broker": ("EngineVersion", ("activemq", "rabbitmq")),
    "AWS::DocDB::DBCluster": ("EngineVersion", ("docdb",)),
    "AWS::EKS::Cluster": ("Version", ("kubernetes",)),
    "AWS::EMR::Cluster": ("ReleaseLabel", ("emr",)),
    "AWS::EMRServerless::Application": ("ReleaseLabel", ("emr",)),
    "AWS::ElastiCache::CacheCluster": ("EngineVersion", _OF_ELASTICACHE),
    "AWS::ElastiCache::ReplicationGroup": ("EngineVersion", _OF_ELASTICACHE),
    "AWS::Elasticsearch::Domain": ("ElasticsearchVersion", ("elasticsearch",)),
    _ENDPOINT: ("GlueVersion", ("glue",)),
    _JOB: ("GlueVersion", ("glue",)),
    "AWS::Glue::MLTransform": ("GlueVersion", ("glue",)),
    "AWS::MSK::Cluster": ("KafkaVersion", ("kafka",)),
    "AWS::MWAA::Environment": ("AirflowVersion", ("airflow",)),
    "AWS::Neptune::DBCluster": ("EngineVersion", ("neptune",)),
    "AWS::OpenSearchService::Domain": ("EngineVersion", ("opensearch", "elasticsearch")),
    "AWS::RDS::DBCluster": ("EngineVersion", _OF_RDS),
    "AWS::RDS::DBInstance": ("EngineVersion", _OF_RDS),
}


# What stands before the number.
_BEFORE = re.compile(r"^(emr-|Elasticsearch_|OpenSearch_)")
# Command.PythonVersion of a Python shell job is the whole version, but for this one.
_SHORT = {"3": "3.6"}
_ALSO_READ = ("Command", "Engine", "EngineMode", "EngineType")


# What the answer depends on, beside the type.
_SAME = as_written(*sorted({path.partition(".")[0] for path, _ in _VERSIONS.values()}), *_ALSO_READ)


def check(resource: Resource) -> Verdict:
    return say_once(resource, _judge, tuple(_VERSIONS), _cause)


def _cause(resource: Resource) -> object:
    """Return what those have in common that are told together; a replica has its version of its source."""
    source, own = followed_by(resource), as_text(resource.get("EngineVersion"))
    alike = source is not None and isinstance(own, str) and own == as_text(source.get("EngineVersion"))
    return _SAME(source if source is not None and alike else resource)


def _judge(resource: Resource) -> Verdict:
    path, known = _VERSIONS[resource.type]
    today = resource.template.app.today
    if is_serverless_v1(resource):
        return judge_support("Aurora Serverless v1", "aurora-serverless", "1", today, at="EngineMode")
    if resource.type == _JOB:
        shell = is_one_of(resource.get("Command.Name"), "pythonshell")
        if shell is Ternary.UNKNOWN:
            return unknown("Command.Name is known only at deployment.")
        if shell is Ternary.YES:
            path, known = "Command.PythonVersion", ("glue-python-shell",)
    version = as_text(resource.get(path, "0.9" if resource.type == _ENDPOINT else None))
    if in_cluster(resource):
        return NOT_APPLICABLE
    if version is None:
        if known is _OF_RDS and is_one_of(resource.get("Engine"), "aurora", any_case=True) is Ternary.YES:
            return judge_support("Engine aurora", "aurora", "5.6", today, at="Engine")
        return NOT_APPLICABLE
    engine = _engine(resource, known, version)
    if isinstance(engine, Unknown) or (isinstance(version, Unknown) and engine):
        return unknown(f"{path} is known only at deployment.")
    if not engine or isinstance(version, Unknown):
        return NOT_APPLICABLE
    text = str(version)
    number = _BEFORE.sub("", text)
    if engine == "glue-python-shell":
        number = _SHORT.get(number, number)
    return judge_support(f"{path} {text}", engine, number, today)


def _engine(resource: Resource, known: tuple[str, ...], version: object) -> str | Unknown:
    """Return the table that has a resource's versions; empty for an engine that has none."""
    if len(known) == 1:
        return known[0]
    if resource.type == "AWS::OpenSearchService::Domain":
        # OpenSearch_2.11, Elasticsearch_7.10
        return version.partition("_")[0].lower() if isinstance(version, str) else known[0]
    # A replication group that names no engine runs Redis OSS; a replica of a database takes its source's.
    property_name = "EngineType" if resource.type == "AWS::AmazonMQ::Broker" else "Engine"
    named = as_text(resource.get(property_name, known[0] if known is _OF_ELASTICACHE else None))
    if isinstance(named, Unknown):
        return named
    # oracle-ee, oracle-se2-cdb
    name = str(named).lower().removeprefix("custom-")
    name = "oracle" if name.startswith("oracle-") else name
    return name if name in known else ""


_NAMED = "Name a version in standard support, and let the service upgrade to it."
# By type, the argument of the L2 that holds the version.
_CDK: Mapping[str, tuple[str, ...]] = {
    "AWS::DocDB::DBCluster": ("docdb.DatabaseCluster(engine_version=<a version in standard support>)",),
    "AWS::EKS::Cluster": (
        "eks.Cluster(version=<a version in standard support>)",
        "eks_v2.Cluster(version=<a version in standard support>)",
    ),
    "AWS::OpenSearchService::Domain": ("opensearchservice.Domain(version=<a version in standard support>)",),
    "AWS::RDS::DBCluster": ("rds.DatabaseCluster(engine=<its engine in a version in standard support>)",),
    "AWS::RDS::DBInstance": ("rds.DatabaseInstance(engine=<its engine in a version in standard support>)",),
}

RULE = Rule(
    name="EngineVersionSupported",
    severity="error",
    resource_types=tuple(_VERSIONS),
    controls=("164.308(a)(1)(ii)(B)", "164.308(a)(5)(ii)(B)"),
    fix="Upgrade to a version in standard support, such as PostgreSQL 17, MySQL 8.4, Kubernetes 1.35, OpenSearch 2.19 "
    "or Glue 5.0.",
    fixes=(
        *(Fix((kind,), beside=_NAMED, cdk=calls) for kind, calls in _CDK.items()),
        Fix(beside=_NAMED),
    ),
    check=check,
)
