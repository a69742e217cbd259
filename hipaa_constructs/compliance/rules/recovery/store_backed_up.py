"""Every store of PHI is in a backup plan.

Compliant: a selection of the app, in the store's account and Region, names it by ARN, by pattern or by tag; a bucket
that replicates; a file system with EFS's own automatic backups, which one of one Availability Zone has by default; an
instance or a volume of which Data Lifecycle Manager takes snapshots. Non-compliant: none of these; a warning where the
service itself keeps backups of a week or more, which end with the store or its account, as a bucket's versions do, for
tables, of which it is said once a template, for a bucket that the app uses for results of Athena, artifacts of builds
or files behind CloudFront alone, for an instance, which holds data by what a template shows of its volumes and its
start, unless that makes it the server of the app's only database and no script copies from there, and for a database or
bucket of which DatabaseBackupsKept or BucketVersioned says as an error that it keeps too few backups of its own, or no
versions. Unknown: only deployment can tell which names or tags match. Not applicable: members of a cluster; tables
whose items pass, such as sessions that expire, of which RetainedOnDelete and PointInTimeRecovery say as a warning what
they do; buckets of logs, which are evidence and are locked instead (AuditBucketLocked), of web sites, of a pipeline's
artifacts, of functions' code and of what deployments alone fill, which are built again, and those that everything
passes through: it expires within 14 days and they are not called by records, or within 30 days, sooner than backups do,
and they are called by what passes; replicas of another bucket, or of a database of the app; scratch file systems, which
cannot be backed up; instances that show no data of their own, as the machines of a group do; stores classified NO_PHI,
since 45 CFR 164.308(a)(7)(ii)(A) speaks of copies of ePHI.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, any_of, spread
from hipaa_constructs.compliance.classification import DataClassification, classification_of
from hipaa_constructs.compliance.facts.backups import ARNS, has_snapshots, is_selected
from hipaa_constructs.compliance.facts.buckets import (
    is_likely_made_again,
    is_made_again,
    keeps_versions,
    replicates,
)
from hipaa_constructs.compliance.facts.databases import in_cluster, is_read_replica
from hipaa_constructs.compliance.facts.expiring_buckets import passes_through
from hipaa_constructs.compliance.facts.file_systems import has_automatic_backups, is_scratch
from hipaa_constructs.compliance.facts.instances import INSTANCE, holds_data, is_sole_database
from hipaa_constructs.compliance.facts.log_buckets import logs_in
from hipaa_constructs.compliance.facts.own_backups import lacks_own_backups
from hipaa_constructs.compliance.facts.passing_tables import passes_by
from hipaa_constructs.compliance.facts.said_once import say_once
from hipaa_constructs.compliance.facts.settings import at_least
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Outcome, Rule, Verdict, judge, weaker

# How long a service's own backups have to be kept to count for something: RDS's are kept a week where its console makes
# the database (docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html).
_OWN_DAYS = 7
_TABLES = ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table")
_BUCKET, _VOLUME = "AWS::S3::Bucket", "AWS::EC2::Volume"
_REPLICA = "ReplicationConfiguration.Rules[].Destination.Bucket"
_SELECTION = Fix(
    # What BackupPlan's role may back up.
    (
        "AWS::DocDB::DBCluster",
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::EC2::Volume",
        "AWS::EFS::FileSystem",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::RedshiftServerless::Namespace",
        _BUCKET,
    ),
    template="Name its ARN in BackupSelection.Resources, or its tag in BackupSelection.ListOfTags, of an "
    "AWS::Backup::BackupSelection in its account and Region.",
    cdk=("backup.BackupPlan.add_selection(<an id>, resources=[backup.BackupResource.from_arn(<its ARN>)])",),
    constructs=("BackupPlan",),
)


def _replicates_to(bucket: Resource) -> Iterator[tuple[Resource, None]]:
    for value in spread(bucket.properties, _REPLICA):
        target = bucket.template.target(value, _BUCKET)
        if target is not None:
            yield target, None


def _is_replica(bucket: Resource) -> bool:
    return bool(bucket.template.app.told(bucket, "replicas", (_BUCKET,), _replicates_to))


def _is_covered_otherwise(resource: Resource) -> Ternary:
    if resource.type == _BUCKET:
        return replicates(resource)
    if resource.type == "AWS::EFS::FileSystem":
        return has_automatic_backups(resource)
    return has_snapshots(resource) if resource.type in (INSTANCE, _VOLUME) else Ternary.NO


# What keeps a store's own backups, by type.
_OWN_BACKUPS: Mapping[str, tuple[str, ...]] = {
    "AWS::DocDB::DBCluster": ("BackupRetentionPeriod",),
    "AWS::FSx::FileSystem": (
        "LustreConfiguration.AutomaticBackupRetentionDays",
        "OntapConfiguration.AutomaticBackupRetentionDays",
        "OpenZFSConfiguration.AutomaticBackupRetentionDays",
        "WindowsConfiguration.AutomaticBackupRetentionDays",
    ),
    "AWS::Neptune::DBCluster": ("BackupRetentionPeriod",),
    "AWS::RDS::DBCluster": ("BackupRetentionPeriod",),
    "AWS::RDS::DBInstance": ("BackupRetentionPeriod",),
    "AWS::Redshift::Cluster": ("AutomatedSnapshotRetentionPeriod",),
}
_ENOUGH = at_least(_OWN_DAYS)


def _keeps_own_backups(resource: Resource) -> bool:
    kept = (resource.get(path) for path in _OWN_BACKUPS.get(resource.type, ()))
    return any(_ENOUGH(value) is Ternary.YES for value in kept if value is not None)


def check(resource: Resource) -> Verdict:
    if resource.type in _TABLES:
        return say_once(resource, _judge_table, _TABLES)
    if in_cluster(resource) or is_read_replica(resource):
        return NOT_APPLICABLE
    if resource.type == _BUCKET and (
        logs_in(resource) or _is_replica(resource) or is_made_again(resource) or passes_through(resource)
    ):
        return NOT_APPLICABLE
    if resource.type == "AWS::FSx::FileSystem" and is_scratch(resource):
        return NOT_APPLICABLE
    data = holds_data(resource) if resource.type == INSTANCE else ""
    if resource.type == INSTANCE and not data:
        return NOT_APPLICABLE
    also = " and it does not replicate" if resource.type == _BUCKET else ""
    also = f", and it holds data: {data}" if data else also
    own = _keeps_own_backups(resource)
    also = ", and its own backups end with it" if own else also
    verdict = _judge(resource, also)
    if resource.type == _BUCKET:
        open_ended = keeps_versions(resource) is Ternary.UNKNOWN and not is_likely_made_again(resource)
        return verdict if open_ended else weaker(verdict)
    by_signs = resource.type == INSTANCE and not is_sole_database(resource)
    return weaker(verdict) if own or by_signs or lacks_own_backups(resource) else verdict


def _judge(store: Resource, also: str = "") -> Verdict:
    return judge(
        any_of((_is_covered_otherwise(store), is_selected(store))),
        f"No backup selection of the app covers it{also}.",
        unknown_message="Whether a backup selection covers it is known only at deployment.",
        at="",
    )


def _judge_table(table: Resource) -> Verdict:
    no_phi = classification_of(table) is DataClassification.NO_PHI
    verdict = NOT_APPLICABLE if no_phi else weaker(_judge(table))
    return NOT_APPLICABLE if verdict.outcome is Outcome.FAILED and passes_by(table) else verdict


RULE = Rule(
    name="StoreBackedUp",
    severity="error",
    resource_types=tuple(ARNS),
    controls=("164.308(a)(7)(i)", "164.308(a)(7)(ii)(A)", "164.308(a)(7)(ii)(B)"),
    fix="Let a backup plan select it, by its ARN or by a tag.",
    fixes=(_SELECTION, replace(_SELECTION, resource_types=(), constructs=())),
    needs="app",
    check=check,
    phi_only=True,
)
