"""RDS, Aurora, DocumentDB and Neptune: instances, storage, I/O, backups, insights, proxies."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_present
from hipaa_constructs.cost.instance_sizes import vcpus
from hipaa_constructs.cost.items import HOURS, Case, Family, Item, hours, slug, text_of

INSTANCE, CLUSTER = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"
DOCUMENTS, DOCUMENTS_NODE = "AWS::DocDB::DBCluster", "AWS::DocDB::DBInstance"
GRAPH, GRAPH_NODE = "AWS::Neptune::DBCluster", "AWS::Neptune::DBInstance"
STORES = (INSTANCE, CLUSTER, DOCUMENTS, GRAPH)
_ENGINES = {
    "sqlserver-se": "sqlserver_se",
    "sqlserver-ee": "sqlserver_ee",
    "sqlserver-ex": "sqlserver_ex",
    "sqlserver-web": "sqlserver_web",
    "oracle-se2": "oracle_se2",
    "oracle-ee": "oracle_ee",
}
_FREE_DAYS = 7


def share_of_data(case: Case, year: int | None = None) -> Decimal:
    """Return the data of one database in GB: all share what the usage says evenly, without members of clusters."""
    stores = [one for one in case.app.of_type(*STORES) if not is_member(one)]
    return case.usage.of_year("databases.gb", case.year if year is None else year) / max(1, len(stores))


def is_member(instance: Resource) -> bool:
    """Whether a database instance is one of a cluster, which has the storage."""
    return instance.type == INSTANCE and is_present(instance.get("DBClusterIdentifier")) is not Ternary.NO


def _instance(case: Case) -> Iterator[Item]:
    name = case.named("DBInstanceClass")
    if is_member(case.resource):
        yield from _member(case, name)
        return
    engine = case.named("Engine")
    zones = "multi_az" if case.is_true("MultiAZ") else "single_az"
    words = "Multi-AZ" if zones == "multi_az" else "one zone"
    price = f"rds.instance_hour.{_ENGINES.get(engine, slug(engine))}.{slug(name)}.{zones}"
    yield hours(price, f"{name}, {engine}, {words}")
    allocated, data = case.number("AllocatedStorage"), share_of_data(case)
    most = case.number("MaxAllocatedStorage") or allocated
    size = min(max(allocated, data), max(most, allocated))
    kind = case.text("StorageType", "gp2")
    kind = "io1" if kind == "io2" else kind
    storage = f"rds.{kind}_gb_month.{zones}"
    yield Item(storage, allocated, f"{allocated:f} GB allocated")
    yield Item(storage, size - allocated, f"more as data grows, up to {most:f} GB", ("databases.gb",))
    days = case.number("BackupRetentionPeriod", 1)
    changed = min(data, size) * case.use("backup.change_percent") / 100 * days
    # Backups up to the size of the databases are free (https://aws.amazon.com/rds/pricing/).
    beyond = max(Decimal(0), min(data, size) + changed - size) if days else Decimal(0)
    rests = ("databases.gb", "backup.change_percent")
    yield Item(
        "rds.backup_gb_month", beyond, f"automated backups of {days:f} days beyond the storage", rests, "backups"
    )
    yield from _insights(case, name)


def _insights(case: Case, name: str) -> Iterator[Item]:
    if name == "db.serverless":
        return
    if case.text("DatabaseInsightsMode", "standard") == "advanced":
        yield hours("rds.database_insights_vcpu_hour", f"Database Insights, {name}", vcpus(name), "insights_databases")
    elif case.is_true("EnablePerformanceInsights"):
        days = case.number("PerformanceInsightsRetentionPeriod", _FREE_DAYS)
        if days > _FREE_DAYS:
            why = f"Performance Insights kept {days:f} days, {name}"
            yield Item("rds.performance_insights_vcpu_month", vcpus(name), why, choice="insights_databases")


def _member(case: Case, name: str) -> Iterator[Item]:
    cluster = case.target("DBClusterIdentifier", CLUSTER)
    engine = case.text("Engine") or (text_of(cluster.get("Engine"), "Engine") if cluster else "")
    engine = engine.removeprefix("aurora-").replace("postgresql", "postgres")
    if name == "db.serverless":
        units = case.use("databases.serverless_units")
        why = "capacity units of a serverless instance"
        yield Item("aurora.acu_hour", HOURS * units, why, ("databases.serverless_units",))
    else:
        yield hours(f"aurora.instance_hour.{engine}.{slug(name)}", f"{name}, {engine}")
    yield from _insights(case, name)


def _cluster(case: Case) -> Iterator[Item]:
    name = case.text("DBClusterInstanceClass")
    if name:
        engine = case.text("Engine")
        yield hours(f"rds.instance_hour.{slug(engine)}.{slug(name)}.readable_standbys", f"{name}, three zones")
        size = max(case.number("AllocatedStorage"), share_of_data(case))
        yield Item("rds.io1_gb_month.readable_standbys", size, "storage", ("databases.gb",))
        return
    size = share_of_data(case)
    optimized = case.text("StorageType", "aurora") == "aurora-iopt1"
    price = "aurora.io_optimized_gb_month" if optimized else "aurora.gb_month"
    yield Item(price, size, "data of all databases, shared evenly", ("databases.gb",))
    if not optimized:
        yield Item("aurora.io_requests", case.share("databases.io_requests"), "I/O, shared evenly", _IO)
    yield from _cluster_backups(case, "aurora.backup_gb_month")


_IO = ("databases.io_requests",)


def _cluster_backups(case: Case, price: str) -> Iterator[Item]:
    days = case.number("BackupRetentionPeriod", 1)
    # A day of backups is free.
    kept = share_of_data(case) * case.use("backup.change_percent") / 100 * max(days - 1, Decimal(0))
    rests = ("databases.gb", "backup.change_percent")
    yield Item(price, kept, f"changes of {days:f} days, the first free", rests, "backups")


def _documents(case: Case) -> Iterator[Item]:
    prefix = "docdb" if case.resource.type == DOCUMENTS else "neptune"
    yield Item(f"{prefix}.gb_month", share_of_data(case), "data of all databases, shared evenly", ("databases.gb",))
    yield Item(f"{prefix}.io_requests", case.share("databases.io_requests"), "I/O, shared evenly", _IO)
    yield from _cluster_backups(case, f"{prefix}.backup_gb_month")


def _node(case: Case) -> Iterator[Item]:
    prefix = "docdb" if case.resource.type == DOCUMENTS_NODE else "neptune"
    name = case.named("DBInstanceClass")
    yield hours(f"{prefix}.instance_hour.{slug(name)}", name)


def _proxy(case: Case) -> Iterator[Item]:
    """Measure a proxy by the databases behind it, two vCPUs at least (https://aws.amazon.com/rds/proxy/pricing/)."""
    groups = [
        one
        for one in case.app.of_type("AWS::RDS::DBProxyTargetGroup")
        if one.template.target(one.get("DBProxyName"), case.resource.type) is case.resource
    ]
    instances = [one for one in case.app.of_type(INSTANCE) for group in groups if _is_behind(group, one)]
    names = [text_of(one.get("DBInstanceClass"), "DBInstanceClass") for one in instances]
    total = sum((vcpus(name) for name in names if name != "db.serverless"), Decimal(0))
    yield hours("rds.proxy_vcpu_hour", f"a proxy of {', '.join(names) or 'a database'}", max(total, Decimal(2)))


def _is_behind(group: Resource, instance: Resource) -> bool:
    named = [*_listed(group, "DBInstanceIdentifiers"), *_listed(group, "DBClusterIdentifiers")]
    cluster = instance.template.target(instance.get("DBClusterIdentifier"), CLUSTER)
    targets = [group.template.target(value, INSTANCE, CLUSTER) for value in named]
    return any(one is not None and one in (instance, cluster) for one in targets)


def _listed(resource: Resource, path: str) -> list[object]:
    value = resource.get(path)
    return list(value) if isinstance(value, list) else []


FAMILY = Family(
    choice="databases",
    units={
        "rds.instance_hour.*": "instance-hour",
        "rds.gp2_gb_month.*": "GB-month",
        "rds.gp3_gb_month.*": "GB-month",
        "rds.io1_gb_month.*": "GB-month",
        "rds.standard_gb_month.*": "GB-month",
        "rds.backup_gb_month": "GB-month",
        "rds.database_insights_vcpu_hour": "vCPU-hour",
        "rds.performance_insights_vcpu_month": "vCPU-month",
        "rds.proxy_vcpu_hour": "vCPU-hour",
        "aurora.instance_hour.*": "instance-hour",
        "aurora.acu_hour": "ACU-hour",
        "aurora.gb_month": "GB-month",
        "aurora.io_optimized_gb_month": "GB-month",
        "aurora.io_requests": "request",
        "aurora.backup_gb_month": "GB-month",
        "docdb.instance_hour.*": "instance-hour",
        "docdb.gb_month": "GB-month",
        "docdb.io_requests": "request",
        "docdb.backup_gb_month": "GB-month",
        "neptune.instance_hour.*": "instance-hour",
        "neptune.gb_month": "GB-month",
        "neptune.io_requests": "request",
        "neptune.backup_gb_month": "GB-month",
    },
    meters={
        INSTANCE: _instance,
        CLUSTER: _cluster,
        DOCUMENTS: _documents,
        DOCUMENTS_NODE: _node,
        GRAPH: _documents,
        GRAPH_NODE: _node,
        "AWS::RDS::DBProxy": _proxy,
    },
)
