"""Databases take minor engine versions, which carry security fixes.

Compliant: ``AutoMinorVersionUpgrade`` true, which is most services' default; service software that is updated by
itself, of OpenSearch, which isolates a domain without required updates and deletes its data in the end
(docs.aws.amazon.com/opensearch-service/latest/developerguide/service-software.html). Non-compliant: false; of a cluster
of RDS too, for its members. A warning for OpenSearch, which says weeks before that an update is required, and for
brokers, as Security Hub weighs both low (Opensearch.10 and MQ.3:
docs.aws.amazon.com/securityhub/latest/userguide/opensearch-controls.html and mq-controls.html). Not applicable:
Memcached, of which ElastiCache upgrades none by itself
(docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheCluster.html); DocumentDB, where the property
does nothing (docs.aws.amazon.com/documentdb/latest/developerguide/API_CreateDBInstance.html).
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of, is_true
from hipaa_constructs.compliance.facts.beanstalk import Option, fix_of
from hipaa_constructs.compliance.facts.settings import Setting, Table
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, weaker


def _is_memcached(cache: Resource) -> bool:
    return is_one_of(cache.get("Engine"), "memcached", any_case=True) is Ternary.YES


# docs.aws.amazon.com/elasticbeanstalk/latest/dg/environment-platform-update-managed.html
_PLATFORM = Option("aws:elasticbeanstalk:managedactions/ManagedActionsEnabled", is_true, default=False)
_SETTINGS: Table = {
    "AWS::AmazonMQ::Broker": Setting("AutoMinorVersionUpgrade", is_true, default=False),
    "AWS::DMS::ReplicationInstance": Setting("AutoMinorVersionUpgrade", is_true, default=True),
    "AWS::ElastiCache::CacheCluster": Setting("AutoMinorVersionUpgrade", is_true, default=True, unless=_is_memcached),
    "AWS::ElastiCache::ReplicationGroup": Setting("AutoMinorVersionUpgrade", is_true, default=True),
    "AWS::ElasticBeanstalk::ConfigurationTemplate": _PLATFORM,
    "AWS::ElasticBeanstalk::Environment": _PLATFORM,
    "AWS::MemoryDB::Cluster": Setting("AutoMinorVersionUpgrade", is_true, default=True),
    "AWS::Neptune::DBInstance": Setting("AutoMinorVersionUpgrade", is_true, default=True),
    "AWS::OpenSearchService::Domain": Setting(
        "SoftwareUpdateOptions.AutoSoftwareUpdateEnabled", is_true, default=False
    ),
    "AWS::RDS::DBCluster": Setting("AutoMinorVersionUpgrade", is_true, default=True),
    "AWS::RDS::DBInstance": Setting("AutoMinorVersionUpgrade", is_true, default=True),
    "AWS::Redshift::Cluster": Setting("AllowVersionUpgrade", is_true, default=True),
}
# The options that say so stand together; without enhanced health there are no managed updates.
_MANAGED = fix_of(
    ("aws:elasticbeanstalk:healthreporting:system", "SystemType", "enhanced"),
    ("aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled", "true"),
    ("aws:elasticbeanstalk:managedactions", "PreferredStartTime", "a time of the week"),
    ("aws:elasticbeanstalk:managedactions:platformupdate", "UpdateLevel", "minor"),
)
# What Security Hub weighs low.
_LESS = ("AWS::AmazonMQ::Broker", "AWS::OpenSearchService::Domain")


def check(resource: Resource) -> Verdict:
    verdict = _SETTINGS[resource.type].judge(resource)
    return weaker(verdict) if resource.type in _LESS else verdict


_CDK = {
    "AWS::OpenSearchService::Domain": ("opensearchservice.Domain(enable_auto_software_update=True)",),
    "AWS::RDS::DBCluster": ("rds.DatabaseCluster(auto_minor_version_upgrade=True)",),
    "AWS::RDS::DBInstance": (
        "rds.DatabaseInstance(auto_minor_version_upgrade=True)",
        "rds.ClusterInstance.provisioned(<an id>, auto_minor_version_upgrade=True)",
    ),
}
_CONSTRUCTS = {
    "AWS::ElastiCache::ReplicationGroup": ("TlsCache",),
    "AWS::OpenSearchService::Domain": ("TlsSearchDomain",),
    "AWS::RDS::DBCluster": ("SslRds",),
    "AWS::RDS::DBInstance": ("SslRds",),
}

RULE = Rule(
    name="MinorUpgradesAutomatic",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.308(a)(1)(ii)(B)", "164.308(a)(5)(ii)(B)"),
    fix="Let the service take minor versions by itself.",
    fixes=tuple(
        _MANAGED
        if isinstance(setting, Option)
        else Fix((kind,), {setting.path: True}, cdk=_CDK.get(kind, ()), constructs=_CONSTRUCTS.get(kind, ()))
        for kind, setting in _SETTINGS.items()
    ),
    check=check,
)
