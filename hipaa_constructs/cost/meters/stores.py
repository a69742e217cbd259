"""DynamoDB, EFS, OpenSearch, Redshift Serverless, ElastiCache, Athena."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hipaa_constructs.cloudformation.values import Ternary, any_of, is_true, spread
from hipaa_constructs.cost.items import HOURS, Case, Family, Item, hours, part, slug

TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
FILES = "AWS::EFS::FileSystem"
WAREHOUSE = "AWS::RedshiftServerless::Workgroup"


def _table(case: Case) -> Iterator[Item]:
    replicas = [*spread(case.resource.properties, "Replicas[]")]
    places = max(1, len(replicas))
    gigabytes = case.share("databases.table_gb", *TABLES)
    where = f", in {places} Regions" if places > 1 else ""
    size_why, size_rests = f"data of all tables, shared evenly{where}", ("databases.table_gb",)
    yield Item("dynamodb.gb_month", gigabytes * places, size_why, size_rests)
    paths = ("PointInTimeRecoverySpecification", "Replicas[].PointInTimeRecoverySpecification")
    answers = [
        is_true(one) for path in paths for one in spread(case.resource.properties, f"{path}.PointInTimeRecoveryEnabled")
    ]
    if any_of(answers) is not Ternary.NO:
        yield Item("dynamodb.pitr_gb_month", gigabytes * places, "point-in-time recovery", size_rests, "backups")
    reads, writes = case.share("databases.table_reads", *TABLES), case.share("databases.table_writes", *TABLES)
    if case.text("BillingMode", "PROVISIONED") == "PAY_PER_REQUEST":
        yield Item("dynamodb.read_request_unit", reads, "reads, shared evenly", ("databases.table_reads",))
        price = "dynamodb.replicated_write_unit" if places > 1 else "dynamodb.write_request_unit"
        yield Item(price, writes * places, f"writes, shared evenly{where}", ("databases.table_writes",))
        return
    read = case.number("ProvisionedThroughput.ReadCapacityUnits", 1)
    write = case.number("ProvisionedThroughput.WriteCapacityUnits", 1)
    yield hours("dynamodb.read_capacity_hour", f"{read:f} units{where}", read * places)
    yield hours("dynamodb.write_capacity_hour", f"{write:f} units{where}", write * places)


def _files(case: Case) -> Iterator[Item]:
    gigabytes = case.share("databases.file_gb")
    yield Item("efs.standard_gb_month", gigabytes, "data of all file systems, all of it in use", ("databases.file_gb",))
    moved = case.share("databases.file_io_gb")
    if case.text("ThroughputMode", "bursting") == "elastic":
        for price in ("efs.read_gb", "efs.write_gb"):
            yield Item(price, moved, "reads, and as much again writes, shared evenly", ("databases.file_io_gb",))


def _search(case: Case) -> Iterator[Item]:
    nodes = case.number("ClusterConfig.InstanceCount", 1)
    name = case.text("ClusterConfig.InstanceType", "m4.large.search")
    yield hours(f"opensearch.instance_hour.{slug(name)}", f"{nodes:f} nodes of {name}", nodes)
    if case.is_true("ClusterConfig.DedicatedMasterEnabled"):
        masters = case.number("ClusterConfig.DedicatedMasterCount", 3)
        master = case.text("ClusterConfig.DedicatedMasterType", name)
        yield hours(f"opensearch.instance_hour.{slug(master)}", f"{masters:f} masters of {master}", masters)
    if case.is_true("EBSOptions.EBSEnabled"):
        size = case.number("EBSOptions.VolumeSize", 10)
        kind = case.text("EBSOptions.VolumeType", "gp2")
        yield Item(f"opensearch.{kind}_gb_month", size * nodes, f"{size:f} GB on each of {nodes:f} nodes")


def _warehouse(case: Case) -> Iterator[Item]:
    capacity = case.number("BaseCapacity", 128)
    worked = case.share("databases.warehouse_hours")
    why = f"{capacity:f} units while it works"
    yield Item("redshift.serverless_rpu_hour", capacity * worked, why, ("databases.warehouse_hours",))
    stored = case.share("databases.warehouse_gb")
    why = "data of all warehouses, shared evenly"
    yield Item("redshift.managed_storage_gb_month", stored, why, ("databases.warehouse_gb",))


def _cache(case: Case) -> Iterator[Item]:
    name = case.named("CacheNodeType")
    engine = case.text("Engine", "redis")
    prefix = "elasticache.valkey_node_hour" if engine == "valkey" else "elasticache.node_hour"
    if case.resource.type == "AWS::ElastiCache::CacheCluster":
        nodes = case.number("NumCacheNodes", 1)
    elif case.listed("NodeGroupConfiguration"):
        groups = case.listed("NodeGroupConfiguration")
        nodes = sum((part(one, "ReplicaCount") + 1 for one in groups), Decimal(0))
    elif case.number("NumNodeGroups"):
        nodes = case.number("NumNodeGroups") * (case.number("ReplicasPerNodeGroup") + 1)
    else:
        nodes = case.number("NumCacheClusters", 1)
    yield hours(f"{prefix}.{slug(name)}", f"{nodes:f} nodes of {name}, {engine}", nodes)


def _serverless_cache(case: Case) -> Iterator[Item]:
    least = case.number("CacheUsageLimits.DataStorage.Minimum", 1)
    yield Item("elasticache.serverless_gb_hour", HOURS * least, f"{least:f} GB stored, the least that is billed")


def _queries(case: Case) -> Iterator[Item]:
    yield Item("athena.scanned_gb", case.share("databases.queried_gb"), "scanned, shared evenly", _QUERIED)


_QUERIED = ("databases.queried_gb",)

FAMILY = Family(
    choice="databases",
    units={
        "dynamodb.gb_month": "GB-month",
        "dynamodb.pitr_gb_month": "GB-month",
        "dynamodb.read_request_unit": "request unit",
        "dynamodb.write_request_unit": "request unit",
        "dynamodb.replicated_write_unit": "request unit",
        "dynamodb.read_capacity_hour": "RCU-hour",
        "dynamodb.write_capacity_hour": "WCU-hour",
        "efs.standard_gb_month": "GB-month",
        "efs.read_gb": "GB",
        "efs.write_gb": "GB",
        "opensearch.instance_hour.*": "instance-hour",
        "opensearch.*_gb_month": "GB-month",
        "redshift.serverless_rpu_hour": "RPU-hour",
        "redshift.managed_storage_gb_month": "GB-month",
        "elasticache.node_hour.*": "node-hour",
        "elasticache.valkey_node_hour.*": "node-hour",
        "elasticache.serverless_gb_hour": "GB-hour",
        "athena.scanned_gb": "GB",
    },
    meters={
        **dict.fromkeys(TABLES, _table),
        FILES: _files,
        "AWS::OpenSearchService::Domain": _search,
        WAREHOUSE: _warehouse,
        "AWS::ElastiCache::ReplicationGroup": _cache,
        "AWS::ElastiCache::CacheCluster": _cache,
        "AWS::ElastiCache::ServerlessCache": _serverless_cache,
        "AWS::Athena::WorkGroup": _queries,
    },
)
