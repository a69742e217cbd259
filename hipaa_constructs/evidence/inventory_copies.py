"""Where else the data of a store is kept, by which backup plans, and how long anything of it stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    Resolved,
    Ternary,
    as_int,
    as_items,
    as_text,
    dig,
    is_mapping,
    is_one_of,
    spread,
)
from hipaa_constructs.compliance.facts.backups import ARNS, selections_of
from hipaa_constructs.compliance.facts.file_systems import has_automatic_backups
from hipaa_constructs.evidence.labels import label_of, some
from hipaa_constructs.evidence.model import BackupCoverage
from hipaa_constructs.iam.arns import parse_arn

_VAULTS = ("AWS::Backup::BackupVault", "AWS::Backup::LogicallyAirGappedBackupVault")
_DATABASES = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")
_BUCKET, _MACHINE = "AWS::S3::Bucket", "AWS::StepFunctions::StateMachine"
_COVERAGE: Mapping[Ternary, BackupCoverage] = {
    Ternary.YES: "selected",
    Ternary.NO: "not_selected",
    Ternary.UNKNOWN: "unknown",
}
# What the services themselves keep, where nothing is said, of their documentation's CreateQueue and CreateStream.
_QUEUE_DAYS = 4
_STREAM_HOURS = 24
# docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: of express executions it keeps none.
_HISTORY_DAYS = 90
# docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html
_SEARCH_DAYS = 14


@dataclass(slots=True)
class Kept:
    """What is known of a store's backups, copies and retention, in words."""

    backup: BackupCoverage
    plans: list[str] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    retention: list[str] = field(default_factory=list)


def kept_of(store: Resource) -> Kept:
    """Return what the backup selections, replications and lifetimes of the app come to for a store."""
    kept = Kept(backup="not_applicable" if store.type not in ARNS else "not_selected")
    for selection, takes in selections_of(store) if store.type in ARNS else ():
        if takes is Ternary.NO:
            continue
        if takes is Ternary.YES or kept.backup == "not_selected":
            kept.backup = _COVERAGE[takes]
        plan = store.template.app.target(selection.get("BackupPlanId"), "AWS::Backup::BackupPlan")
        name = place_of(plan) if plan is not None else "a plan outside these templates"
        if name in kept.plans:
            continue
        kept.plans.append(name if takes is Ternary.YES else f"{name}, if the deployment's names or tags fit")
        if plan is not None:
            _of_plan(plan, kept)
    kept.copies += [f"copy of {place_of(source)}" for source in sources_of(store)]
    kept.copies += _replicas(store)
    kept.retention += _retention(store)
    return kept


def sources_of(store: Resource) -> Sequence[Resource]:
    """Return the stores of the app that write their copies into this one."""
    app = store.template.app
    if store.type == _BUCKET:
        return list(app.cached("evidence: replicas of buckets", _replicated).get(id(store), ()))
    if store.type in _DATABASES:
        named = store.get("SourceDBInstanceIdentifier", store.get("SourceDBClusterIdentifier"))
        source = store.template.target(named, *_DATABASES)
        return [source] if source is not None and source is not store else []
    return []


def place_of(resource: Resource) -> str:
    """Return a resource's name with its Region, where the template has one."""
    return f"{label_of(resource)}{_in(resource.template.region)}"


def _in(region: str | None) -> str:
    return f" in {region}" if region else ""


def _of_plan(plan: Resource, kept: Kept) -> None:
    """Add where a plan keeps what it takes, and how long."""
    for rule in as_items(plan.get("BackupPlan.BackupPlanRule")):
        if not is_mapping(rule):
            kept.retention.append("backups: known only at deployment")
            continue
        actions = [one for one in as_items(rule.get("CopyActions")) if is_mapping(one)]
        _add(kept.copies, f"backups in {_vault(plan.template.app, rule.get('TargetBackupVault'))}")
        _add(kept.retention, f"backups: {_lifetime(rule)}")
        for action in actions:
            _add(kept.copies, f"backups in {_vault(plan.template.app, action.get('DestinationBackupVaultArn'))}")
            _add(kept.retention, f"copied backups: {_lifetime(action)}")


def _vault(app: App, value: Resolved) -> str:
    vault = app.target(value, *_VAULTS)
    if vault is not None:
        return f"vault {place_of(vault)}"
    arn = parse_arn(value) if isinstance(value, str) else None
    return f"vault {arn.name.rpartition(':')[2]}{_in(arn.region)}" if arn else "a vault outside these templates"


def _lifetime(rule: object) -> str:
    days = as_int(dig(rule, "Lifecycle.DeleteAfterDays"))
    return some(days, "day") if isinstance(days, int) else "no end" if days is None else "known only at deployment"


def _replicas(store: Resource) -> Iterator[str]:
    app = store.template.app
    if store.type == _BUCKET:
        for rule in spread(store.properties, "ReplicationConfiguration.Rules[]"):
            if is_one_of(dig(rule, "Status"), "Enabled") is Ternary.NO:
                continue
            target = app.target(dig(rule, "Destination.Bucket"), _BUCKET)
            yield f"replica {place_of(target)}" if target is not None else "replica outside these templates"
    elif store.type == "AWS::DynamoDB::GlobalTable":
        for region in spread(store.properties, "Replicas[].Region"):
            if isinstance(region, str) and str(region) not in (store.template.region, "${AWS::Region}"):
                yield f"replica in {region}"
    elif store.type == "AWS::EFS::FileSystem":
        for region in spread(store.properties, "ReplicationConfiguration.Destinations[].Region"):
            yield f"replica in {region}" if isinstance(region, str) else "replica in a Region known at deployment"
        if has_automatic_backups(store) is Ternary.YES:
            yield "automatic backups of EFS"
    elif store.type in _DATABASES:
        for kind in _DATABASES:
            for path in ("SourceDBInstanceIdentifier", "SourceDBClusterIdentifier"):
                yield from (f"read replica {place_of(one)}" for one in app.referring(store, kind, path))


def _replicated(app: App) -> Mapping[int, Sequence[Resource]]:
    found: dict[int, list[Resource]] = {}
    for bucket in app.of_type(_BUCKET):
        for value in spread(bucket.properties, "ReplicationConfiguration.Rules[].Destination.Bucket"):
            target = bucket.template.target(value, _BUCKET)
            if target is not None and bucket not in found.setdefault(id(target), []):
                found[id(target)].append(bucket)
    return found


def _retention(store: Resource) -> Iterator[str]:
    if store.type == "AWS::Logs::LogGroup":
        yield _days("kept", store.get("RetentionInDays"), "kept without end")
    elif store.type == "AWS::SQS::Queue":
        seconds = as_int(store.get("MessageRetentionPeriod", _QUEUE_DAYS * 86_400))
        yield f"messages: {_duration(seconds / 3600)}" if isinstance(seconds, int) else "messages: known at deployment"
    elif store.type == "AWS::Kinesis::Stream":
        hours = as_int(store.get("RetentionPeriodHours", _STREAM_HOURS))
        yield f"records: {_duration(hours)}" if isinstance(hours, int) else "records: known at deployment"
    elif store.type == _MACHINE:
        if is_one_of(store.get("StateMachineType"), "EXPRESS") is not Ternary.YES:
            yield f"history of executions: {some(_HISTORY_DAYS, 'day')}"
    elif store.type == "AWS::OpenSearchService::Domain":
        yield f"own snapshots: {some(_SEARCH_DAYS, 'day')}"
    elif store.type == _BUCKET:
        yield from _of_bucket(store)
    elif (days := store.get("BackupRetentionPeriod")) is not None:
        yield _days("own backups", days, "")
    elif (days := store.get("SnapshotRetentionLimit")) is not None:
        yield _days("own snapshots", days, "")
    policy = store.raw.get("DeletionPolicy")
    if policy in ("Retain", "RetainExceptOnCreate", "Snapshot"):
        yield "stays when its stack goes" if policy != "Snapshot" else "leaves a snapshot when its stack goes"


def _of_bucket(bucket: Resource) -> Iterator[str]:
    lock = bucket.get("ObjectLockConfiguration.Rule.DefaultRetention")
    if is_mapping(lock):
        years = as_int(lock.get("Years"))
        mode = as_text(lock.get("Mode"))
        locked = some(years, "year") if isinstance(years, int) else _days("", lock.get("Days"), "no time").strip(": ")
        yield f"locked: {locked}{f' ({mode.lower()})' if isinstance(mode, str) else ''}"
    for rule in spread(bucket.properties, "LifecycleConfiguration.Rules[]"):
        days = dig(rule, "ExpirationInDays")
        if days is not None and is_one_of(dig(rule, "Status"), "Enabled") is not Ternary.NO:
            yield _days("objects expire after", days, "")


def _days(what: str, value: Resolved, absent: str) -> str:
    days = as_int(value)
    if days is None:
        return absent
    return f"{what}: {some(days, 'day') if isinstance(days, int) else 'known only at deployment'}"


def _duration(hours: float) -> str:
    return some(int(hours // 24), "day") if hours >= 24 and hours % 24 == 0 else f"{hours:g} hours"


def _add(items: list[str], item: str) -> None:
    if item not in items:
        items.append(item)
