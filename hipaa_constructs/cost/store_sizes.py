"""How much a store holds, for what is kept of it elsewhere."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cost.items import DAYS_OF_YEAR, Case, number_of
from hipaa_constructs.cost.meters.buckets import held, replaced_in, rests_of_bucket
from hipaa_constructs.cost.meters.databases import STORES, share_of_data
from hipaa_constructs.cost.meters.stores import FILES, TABLES
from hipaa_constructs.cost.purposes import BUCKET

_NAMESPACE = "AWS::RedshiftServerless::Namespace"


def gigabytes_of(case: Case, store: Resource, year: int) -> Decimal:
    """Return what a store holds at the end of a year in GB."""
    there = replace(case, resource=store, year=year)
    if store.type in STORES:
        return share_of_data(there)
    if store.type in TABLES:
        return there.share("databases.table_gb", *TABLES)
    if store.type == FILES:
        return there.share("databases.file_gb")
    if store.type == _NAMESPACE:
        return there.share("databases.warehouse_gb")
    if store.type == BUCKET:
        return held(there)
    if store.type == "AWS::EC2::Volume":
        return number_of(store.get("Size"), "Size", 8)
    return Decimal(0)


def changed_in(case: Case, store: Resource, year: int) -> Decimal:
    """Return what of a store is changed or removed in a year, in GB, which backups keep beside what it holds."""
    if store.type == BUCKET:
        return replaced_in(replace(case, resource=store), year)
    return gigabytes_of(case, store, year) * case.use("backup.change_percent") / 100 * DAYS_OF_YEAR


def rests_of(case: Case, store: Resource) -> tuple[str, ...]:
    """Return the keys of the usage that a store's size rests on."""
    if store.type in STORES:
        return ("databases.gb",)
    if store.type in TABLES:
        return ("databases.table_gb",)
    if store.type == FILES:
        return ("databases.file_gb",)
    if store.type == _NAMESPACE:
        return ("databases.warehouse_gb",)
    if store.type == BUCKET:
        return rests_of_bucket(replace(case, resource=store))
    return ()
