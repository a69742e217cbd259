"""The backups that databases and caches make of themselves, and for how long they are to be kept."""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.databases import in_cluster
from hipaa_constructs.compliance.facts.settings import Setting, Table, at_least
from hipaa_constructs.compliance.rule import Outcome

_WEEK = at_least(7)


def _is_dependent(resource: Resource) -> bool:
    return in_cluster(resource) or resource.get("SourceDBInstanceIdentifier") is not None


def _is_memcached(resource: Resource) -> bool:
    return str(resource.get("Engine")).lower() == "memcached"


OWN_BACKUPS: Table = {
    "AWS::DocDB::DBCluster": Setting("BackupRetentionPeriod", _WEEK, default=1),
    "AWS::ElastiCache::CacheCluster": Setting("SnapshotRetentionLimit", _WEEK, default=0, unless=_is_memcached),
    "AWS::ElastiCache::ReplicationGroup": Setting("SnapshotRetentionLimit", _WEEK, default=0),
    "AWS::ElastiCache::ServerlessCache": Setting("SnapshotRetentionLimit", _WEEK, default=0, unless=_is_memcached),
    "AWS::MemoryDB::Cluster": Setting("SnapshotRetentionLimit", _WEEK, default=0),
    "AWS::Neptune::DBCluster": Setting("BackupRetentionPeriod", _WEEK, default=1),
    "AWS::RDS::DBCluster": Setting("BackupRetentionPeriod", _WEEK, default=1),
    "AWS::RDS::DBInstance": Setting("BackupRetentionPeriod", _WEEK, default=1, unless=_is_dependent),
    "AWS::Redshift::Cluster": Setting("AutomatedSnapshotRetentionPeriod", _WEEK, default=1),
}


def lacks_own_backups(store: Resource) -> bool:
    """Whether a database keeps its own backups for less than it has to, which DatabaseBackupsKept says."""
    setting = OWN_BACKUPS.get(store.type)
    return setting is not None and setting.judge(store).outcome is Outcome.FAILED
