"""Databases, caches, search domains and clusters run versions that AWS still mends.

Compliant: a version whose standard support has not ended on the day of the check, or whose end is not announced: what
the dated tables of the catalogue do not name is newer than they are. Non-compliant: a version past it; as long as AWS
sells Extended Support, in which it mends critical and high vulnerabilities, that is a warning. Unknown: a version that
only deployment knows. Not applicable: no version, which leaves it to AWS; engines without announced ends, such as
SQL Server; instances in a cluster, which is judged itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Unknown, as_text
from hipaa_constructs.compliance.facts.databases import in_cluster
from hipaa_constructs.compliance.facts.support_dates import judge_support
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, unknown

# Where each type says its version, and the tables that it may stand in: the only one, or that of its Engine.
_OF_ELASTICACHE = ("redis", "")
_OF_RDS = ("aurora", "aurora-mysql", "aurora-postgresql", "mariadb", "mysql", "oracle", "postgres")
_VERSIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "AWS::DocDB::DBCluster": ("EngineVersion", ("docdb",)),
    "AWS::EKS::Cluster": ("Version", ("kubernetes",)),
    "AWS::ElastiCache::CacheCluster": ("EngineVersion", _OF_ELASTICACHE),
    "AWS::ElastiCache::ReplicationGroup": ("EngineVersion", _OF_ELASTICACHE),
    "AWS::Elasticsearch::Domain": ("ElasticsearchVersion", ("elasticsearch",)),
    "AWS::MSK::Cluster": ("KafkaVersion", ("kafka",)),
    "AWS::Neptune::DBCluster": ("EngineVersion", ("neptune",)),
    "AWS::OpenSearchService::Domain": ("EngineVersion", ("opensearch", "elasticsearch")),
    "AWS::RDS::DBCluster": ("EngineVersion", _OF_RDS),
    "AWS::RDS::DBInstance": ("EngineVersion", _OF_RDS),
}


def check(resource: Resource) -> Verdict:
    path, known = _VERSIONS[resource.type]
    if in_cluster(resource) or resource.get(path) is None:
        return NOT_APPLICABLE
    version = as_text(resource.get(path))
    engine = _engine(resource, known, version)
    if isinstance(engine, Unknown) or (isinstance(version, Unknown) and engine):
        return unknown(f"{path} is known only at deployment.")
    if not engine or isinstance(version, Unknown):
        return NOT_APPLICABLE
    text = str(version)
    number = text.rpartition("_")[2] if resource.type == "AWS::OpenSearchService::Domain" else text
    return judge_support(f"{path} {text}", engine, number, resource.template.app.today)


def _engine(resource: Resource, known: tuple[str, ...], version: object) -> str | Unknown:
    """Return the table that has a resource's versions; empty for an engine that has none."""
    if len(known) == 1:
        return known[0]
    if resource.type == "AWS::OpenSearchService::Domain":
        # OpenSearch_2.11, Elasticsearch_7.10
        return version.partition("_")[0].lower() if isinstance(version, str) else known[0]
    # A replication group that names no engine runs Redis OSS; a replica of a database takes its source's.
    named = as_text(resource.get("Engine", known[0] if known is _OF_ELASTICACHE else None))
    if isinstance(named, Unknown):
        return named
    # oracle-ee, oracle-se2-cdb
    name = str(named).lower().removeprefix("custom-")
    name = "oracle" if name.startswith("oracle-") else name
    return name if name in known else ""


RULE = Rule(
    name="EngineVersionSupported",
    severity="error",
    resource_types=tuple(_VERSIONS),
    controls=("164.308(a)(1)(ii)(B)", "164.308(a)(5)(ii)(B)"),
    fix="Upgrade to a version in standard support, such as PostgreSQL 17, MySQL 8.4, Kubernetes 1.35 or OpenSearch "
    "2.19.",
    fixes=(Fix(beside="Name a version in standard support, and let the service upgrade to it."),),
    check=check,
)
