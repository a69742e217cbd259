"""AWS Backup: what plans keep of the stores that they take, copies, restore tests, audits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, as_text, dig, is_present, is_true, spread
from hipaa_constructs.compliance.facts.backups import ARNS, selections_of
from hipaa_constructs.cost.items import (
    DAYS_OF_YEAR,
    MONTHS_OF_YEAR,
    YEARS,
    Case,
    Family,
    Item,
    number_of,
    part,
    text_of,
)
from hipaa_constructs.cost.meters.databases import CLUSTER, DOCUMENTS, GRAPH
from hipaa_constructs.cost.schedules import runs_a_year
from hipaa_constructs.cost.store_sizes import changed_in, gigabytes_of, rests_of
from hipaa_constructs.iam.arns import parse_arn

PLAN = "AWS::Backup::BackupPlan"
_SELECTION = "AWS::Backup::BackupSelection"
_PRICES = {
    "AWS::RDS::DBInstance": "backup.rds_gb_month",
    # What AWS Backup does not manage fully is billed as the service's own snapshots
    # (https://docs.aws.amazon.com/aws-backup/latest/devguide/metering-and-billing.html).
    "AWS::RDS::DBCluster": "backup.rds_gb_month",
    "AWS::DocDB::DBCluster": "docdb.backup_gb_month",
    "AWS::Neptune::DBCluster": "neptune.backup_gb_month",
    "AWS::DynamoDB::Table": "backup.dynamodb_gb_month",
    "AWS::DynamoDB::GlobalTable": "backup.dynamodb_gb_month",
    "AWS::EFS::FileSystem": "backup.efs_gb_month",
    "AWS::EC2::Volume": "backup.ebs_gb_month",
    "AWS::S3::Bucket": "backup.s3_gb_month",
    "AWS::RedshiftServerless::Namespace": "backup.redshift_serverless_gb_month",
}
_AURORA_PRICE = "aurora.backup_gb_month"
# AWS Backup takes no incremental backups of tables: each is a full copy
# (https://docs.aws.amazon.com/aws-backup/latest/devguide/about-backup-plans.html, and the table of features by resource
# at https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html).
_WHOLE = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
# Nor of these clusters, and of Aurora's: a snapshot is as large as the cluster's volume when it is taken, and costs
# nothing within the retention period of the cluster's own backups
# (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-storage-backup.html,
# https://docs.aws.amazon.com/neptune/latest/userguide/backup-restore-overview-metrics.html and
# https://docs.aws.amazon.com/documentdb/latest/devguide/backup_restore-understanding_backup_storage_usage.html).
_WHOLE_CLUSTERS = (DOCUMENTS, GRAPH)
# Restores that are billed by what they restore (https://aws.amazon.com/backup/pricing/).
_RESTORES = {
    "AWS::S3::Bucket": "backup.restore_gb.s3",
    "AWS::EFS::FileSystem": "backup.restore_gb.efs",
    "AWS::DynamoDB::Table": "backup.restore_gb.dynamodb",
    "AWS::DynamoDB::GlobalTable": "backup.restore_gb.dynamodb",
}
_FOREVER = DAYS_OF_YEAR * YEARS
_NO_DAYS = Decimal(0)


def _plan(case: Case) -> Iterator[Item]:
    """Measure a plan by the stores that it takes, in its own vault and in those that it copies to."""
    rules = [_rule(one) for one in spread(case.resource.properties, "BackupPlan.BackupPlanRule[]")]
    for store in _taken(case.resource):
        yield from _store(case, store, rules)


def _store(case: Case, store: Resource, rules: Sequence[Rule]) -> Iterator[Item]:
    price = _price(store)
    name, rests = store.construct_path or store.logical_id, _rests(case, store)
    lengths = [(one.days, one.yearly) for one in rules]
    if lengths:
        why = f"{name}, kept up to {max(days for days, _ in lengths):f} days"
        yield Item(price, _kept(case, store, lengths, _free_days(store)), why, rests)
    for rule in rules:
        for days, region in rule.copies:
            kept = _kept(case, store, [(days, rule.copied)])
            yield Item(price, kept, f"copy of {name}, kept {days:f} days", rests, "backup_copies", region)
            moved = _moved(case, store, rule.copied)
            yield Item("backup.cross_region_gb", moved, f"copying {name}", rests, "backup_copies")


def _kept(case: Case, store: Resource, lengths: Sequence[tuple[Decimal, Decimal]], free: Decimal = _NO_DAYS) -> Decimal:
    """Return what is billed of a store in a vault, kept so many days and taken so many times a year.

    It is all of it once, and what changed while the longest is kept; or, of a type whose backups are whole, all of it
    as often as it is taken, but for those of the last ``free`` days. No change is assumed to undo an earlier one, so it
    is the most.
    """
    whole = _is_whole(store)
    total = _NO_DAYS if whole else gigabytes_of(case, store, case.year)
    for ago in range(case.year):
        year, youngest = case.year - ago, DAYS_OF_YEAR * ago
        if whole:
            oldest = youngest + DAYS_OF_YEAR
            spans = [(max(_NO_DAYS, min(days, oldest) - max(free, youngest)), yearly) for days, yearly in lengths]
            times = sum((days / DAYS_OF_YEAR * yearly for days, yearly in spans), _NO_DAYS)
            total += gigabytes_of(case, store, year) * times
        else:
            held = max(min(DAYS_OF_YEAR, max(_NO_DAYS, days - youngest)) for days, _ in lengths)
            total += changed_in(case, store, year) * held / DAYS_OF_YEAR
    return total


def _price(store: Resource) -> str:
    if _is_aurora(store):
        return _AURORA_PRICE
    return _PRICES.get(store.type, f"backup.{store.type.split('::')[1].lower()}_gb_month")


def _is_whole(store: Resource) -> bool:
    return store.type in _WHOLE or _is_whole_cluster(store)


def _is_whole_cluster(store: Resource) -> bool:
    return store.type in _WHOLE_CLUSTERS or _is_aurora(store)


def _is_aurora(store: Resource) -> bool:
    return store.type == CLUSTER and text_of(store.get("Engine"), "Engine").startswith("aurora")


def _free_days(store: Resource) -> Decimal:
    """Return for how many days backups cost nothing beside the store's own."""
    if not _is_whole_cluster(store):
        return _NO_DAYS
    return number_of(store.get("BackupRetentionPeriod"), "BackupRetentionPeriod", 1)


def _moved(case: Case, store: Resource, yearly: Decimal) -> Decimal:
    """Return what a month's copies move: what is new and what changed, or all of it each time."""
    size = gigabytes_of(case, store, case.year)
    if _is_whole(store):
        return size * yearly / MONTHS_OF_YEAR
    before = gigabytes_of(case, store, case.year - 1) if case.year > 1 else Decimal(0)
    return (max(Decimal(0), size - before) + changed_in(case, store, case.year)) / MONTHS_OF_YEAR


def _rests(case: Case, store: Resource) -> tuple[str, ...]:
    changes = "storage.replaced_percent" if store.type == "AWS::S3::Bucket" else "backup.change_percent"
    return (*rests_of(case, store), changes)


class Rule(NamedTuple):
    """A rule of a plan: how long it keeps, how often a year it takes a backup; how long each copy is kept, and where.

    Continuous backups hold changes and no backups of their own, so they are taken no times; but a snapshot is
    ``copied`` as often a year as the schedule says
    (https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery-copying.html).
    """

    days: Decimal
    yearly: Decimal
    copied: Decimal
    copies: Sequence[tuple[Decimal, str]]


def _rule(rule: object) -> Rule:
    continuous = is_true(dig(rule, "EnableContinuousBackup")) is Ternary.YES
    scheduled = runs_a_year(str(as_text(dig(rule, "ScheduleExpression")) or ""))
    yearly = Decimal(0) if continuous else scheduled
    copies = [(_days(copy), _vault_region(copy)) for copy in spread(rule, "CopyActions[]") if copy is not None]
    return Rule(_days(rule), yearly, scheduled, copies)


def _vault_region(copy: object) -> str:
    """Return the Region of the vault that is copied to; empty where only deployment tells."""
    arn = parse_arn(str(dig(copy, "DestinationBackupVaultArn")))
    return arn.region if arn is not None and "$" not in arn.region else ""


def _days(rule: object) -> Decimal:
    return part(rule, "Lifecycle.DeleteAfterDays", str(_FOREVER))


def _taken(plan: Resource) -> list[Resource]:
    """Return the stores that a plan takes, or may take."""
    app = plan.template.app
    selections = [one for one in app.of_type(_SELECTION) if one.template.target(one.get("BackupPlanId"), PLAN) is plan]
    return [
        store
        for store in app.of_type(*ARNS)
        if is_present(store.get("DBClusterIdentifier")) is Ternary.NO or store.type != "AWS::RDS::DBInstance"
        if any(takes is not Ternary.NO and one in selections for one, takes in selections_of(store))
    ]


def _tests(case: Case) -> Iterator[Item]:
    """Measure restore tests: each type that is tested restores one recovery point of each store of it."""
    yearly = runs_a_year(case.text("ScheduleExpression"))
    tested = {
        str(as_text(one.get("ProtectedResourceType")))
        for one in case.app.of_type("AWS::Backup::RestoreTestingSelection")
        if one.template.target(one.get("RestoreTestingPlanName"), case.resource.type) is case.resource
    }
    here = case.resource.template
    stores = [
        store
        for plan in case.app.of_type(PLAN)
        if plan.template.region == here.region and plan.template.account == here.account
        for store in _taken(plan)
        if _TESTED.get(store.type) in tested
    ]
    points = len(stores) * yearly / MONTHS_OF_YEAR
    why = f"recovery points of {len(stores)} stores, {yearly:f} times a year"
    yield Item("backup.restore_test", points, why, choice="restore_tests")
    for store in dict.fromkeys(stores):
        price = _RESTORES.get(store.type)
        if price:
            amount = gigabytes_of(case, store, case.year) * case.use("backup.restored_percent") / 100
            rests = (*rests_of(case, store), "backup.restored_percent")
            name = store.construct_path or store.logical_id
            yield Item(price, amount * yearly / MONTHS_OF_YEAR, f"restoring {name}", rests, "restore_tests")


_TESTED = {
    "AWS::RDS::DBInstance": "RDS",
    "AWS::RDS::DBCluster": "Aurora",
    "AWS::DocDB::DBCluster": "DocumentDB",
    "AWS::Neptune::DBCluster": "Neptune",
    "AWS::DynamoDB::Table": "DynamoDB",
    "AWS::DynamoDB::GlobalTable": "DynamoDB",
    "AWS::EFS::FileSystem": "EFS",
    "AWS::EC2::Volume": "EBS",
    "AWS::S3::Bucket": "S3",
}


def _framework(case: Case) -> Iterator[Item]:
    """Measure an audit: a control judges each store and plan once a day, or when it changes."""
    controls = len(case.listed("FrameworkControls"))
    judged = {store for plan in case.app.of_type(PLAN) for store in _taken(plan)}
    evaluations = Decimal(controls * max(1, len(judged))) * DAYS_OF_YEAR / MONTHS_OF_YEAR
    why = f"{controls} controls on {len(judged)} stores once a day"
    yield Item("backup.audit_evaluation", evaluations, why, choice="restore_tests")


FAMILY = Family(
    choice="backups",
    units={
        "backup.*_gb_month": "GB-month",
        **dict.fromkeys((*_PRICES.values(), _AURORA_PRICE), "GB-month"),
        **dict.fromkeys(_RESTORES.values(), "GB"),
        "backup.cross_region_gb": "GB",
        "backup.restore_test": "test",
        "backup.audit_evaluation": "evaluation",
    },
    meters={
        PLAN: _plan,
        "AWS::Backup::RestoreTestingPlan": _tests,
        "AWS::Backup::Framework": _framework,
    },
)
