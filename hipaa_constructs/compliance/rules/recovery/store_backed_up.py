"""Every store of PHI is in a backup plan.

Compliant: a selection of the app, in the store's account and Region, names it by ARN, by pattern or by tag; a
bucket that replicates; a file system with EFS's own automatic backups. Non-compliant: none of these. Unknown:
only deployment can tell which names or tags match. Not applicable: members of a cluster; buckets of logs,
which are evidence and are locked instead (AuditBucketLocked); replicas of another bucket, or of a database of
the app; stores classified NO_PHI, since 45 CFR 164.308(a)(7)(ii)(A) speaks of copies of ePHI.
"""

from __future__ import annotations

from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, dig, spread
from hipaa_constructs.compliance.facts.backups import ARNS, is_selected
from hipaa_constructs.compliance.facts.databases import in_cluster
from hipaa_constructs.compliance.facts.log_buckets import logs_in
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_BUCKET = "AWS::S3::Bucket"
_REPLICA = "ReplicationConfiguration.Rules[].Destination.Bucket"


def _replicas(app: App) -> frozenset[int]:
    buckets = app.of_type(_BUCKET)
    values = (value for bucket in buckets for value in spread(bucket.properties, _REPLICA))
    targets = (app.target(value, _BUCKET) for value in values)
    return frozenset(id(target) for target in targets if target is not None)


def _replicates(bucket: Resource) -> Any:
    states = [dig(rule, "Status") for rule in spread(bucket.properties, "ReplicationConfiguration.Rules[]")]
    return "Enabled" in states or (UNKNOWN if UNKNOWN in states else False)


def _is_read_replica(instance: Resource) -> bool:
    """Whether an instance follows a database of the app, where the data is backed up."""
    source = instance.get("SourceDBInstanceIdentifier", instance.get("SourceDBClusterIdentifier"))
    kinds = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")
    return source is not None and instance.template.app.target(source, *kinds) not in (None, instance)


def _is_covered_otherwise(resource: Resource) -> Any:
    if resource.type == _BUCKET:
        return _replicates(resource)
    if resource.type == "AWS::EFS::FileSystem":
        status = resource.get("BackupPolicy.Status")
        return UNKNOWN if status is UNKNOWN else status == "ENABLED"
    return False


def check(resource: Resource) -> Verdict:
    if in_cluster(resource) or (resource.type == "AWS::RDS::DBInstance" and _is_read_replica(resource)):
        return NOT_APPLICABLE
    if resource.type == _BUCKET:
        replicas = resource.template.app.cached("replicas", _replicas)
        if logs_in(resource) or id(resource) in replicas:
            return NOT_APPLICABLE
    otherwise, selected = _is_covered_otherwise(resource), is_selected(resource)
    if otherwise is True or selected is True:
        return PASSED
    if otherwise is UNKNOWN or selected is UNKNOWN:
        return unknown("Whether a backup selection takes it is known only at deployment.")
    also = " and it does not replicate" if resource.type == _BUCKET else ""
    return failed(f"No backup selection of the app takes it{also}.")


RULE = Rule(
    name="StoreBackedUp",
    severity="error",
    resource_types=tuple(ARNS),
    controls=("164.308(a)(7)(i)", "164.308(a)(7)(ii)(A)", "164.308(a)(7)(ii)(B)"),
    fix="Name it, its tag or a pattern in an AWS::Backup::BackupSelection: pass backup_plan to the construct, or call "
    "BackupPlan.protect.",
    check=check,
    phi_only=True,
)
