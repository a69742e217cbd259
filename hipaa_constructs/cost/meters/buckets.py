"""S3: what is stored along the lifecycle, requests, transitions, replication."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    Fields,
    Ternary,
    as_text,
    dig,
    is_mapping,
    is_one_of,
    is_present,
    spread,
)
from hipaa_constructs.cost.aging import inflow_by_year, kept
from hipaa_constructs.cost.items import MONTHS_OF_YEAR, Case, Family, Item, part
from hipaa_constructs.cost.purposes import BUCKET, VENDED, flow_of, purpose_of, replicas_of, sources_of_replica

_CLASSES = {
    "STANDARD": "s3.standard_gb_month",
    "STANDARD_IA": "s3.standard_ia_gb_month",
    "ONEZONE_IA": "s3.onezone_ia_gb_month",
    "INTELLIGENT_TIERING": "s3.intelligent_tiering_gb_month",
    "GLACIER_IR": "s3.glacier_ir_gb_month",
    "GLACIER": "s3.glacier_gb_month",
    "DEEP_ARCHIVE": "s3.deep_archive_gb_month",
}
_TRANSITIONS = {
    "STANDARD_IA": "s3.transition_standard_ia",
    "GLACIER_IR": "s3.transition_glacier_ir",
    "GLACIER": "s3.transition_glacier",
    "DEEP_ARCHIVE": "s3.transition_deep_archive",
}
_CHOICES = {"trail": "trail_logs", "flow": "flow_logs", "dns": "dns_logs", "access": "access_logs"}
_AS_THEY_ARE = ("access", "reports")
_LEAST_OBJECT = Decimal("0.001")
# Services write logs in files of about this size: this project's assumption.
_LOG_FILE_MB = Decimal(1)


def _bucket(case: Case) -> Iterator[Item]:
    purpose = purpose_of(case.resource)
    if purpose:
        yield from _of_logs(case, purpose)
    else:
        yield from _of_data(case)


def _of_logs(case: Case, purpose: str) -> Iterator[Item]:
    flow, rests = flow_of(case, purpose), _rests(case, purpose)
    choice = "replicas" if sources_of_replica(case.resource) else _CHOICES.get(purpose, "reports")
    lifecycle, inflow = _lifecycle(case.resource, current=True), _inflow(case)
    yield from _stored(inflow, lifecycle, flow.why, rests, choice)
    files = flow.gigabytes * _packed(case, purpose) * 1000 / _LOG_FILE_MB
    if purpose in VENDED and not sources_of_replica(case.resource):
        # Billed by what is logged, before it is compressed (https://aws.amazon.com/cloudwatch/pricing/, vended logs).
        yield Item("logs.vended_to_s3_gb", flow.gigabytes, f"delivered: {flow.why}", flow.rests, choice)
    yield Item("s3.put_requests", files, f"files of {_LOG_FILE_MB} MB: {flow.why}", rests, choice)
    yield from _moved(files, lifecycle, rests, choice)
    yield from _replicated(case, inflow[-1] / MONTHS_OF_YEAR, rests)


def _of_data(case: Case) -> Iterator[Item]:
    sources = sources_of_replica(case.resource)
    choice = "replicas" if sources else "storage"
    why = "replicas of objects" if sources else "objects of all buckets that hold data, shared evenly"
    inflow, current = _inflow(case), _lifecycle(case.resource, current=True)
    yield from _stored(inflow, current, why, ("storage.gb",), choice)
    rests = ("storage.gb", "storage.replaced_percent")
    replaced = [replaced_in(case, year) for year in range(1, case.year + 1)]
    if as_text(case.resource.get("VersioningConfiguration.Status")) == "Enabled":
        yield from _stored(replaced, _lifecycle(case.resource, current=False), "older versions", rests, "versions")
    size = max(case.use("storage.object_mb"), _LEAST_OBJECT)
    monthly = inflow[-1] / MONTHS_OF_YEAR * 1000 / size
    yield from _moved(monthly, current, ("storage.gb", "storage.object_mb"), choice)
    share = (len(sources) or 1) / Decimal(_writers(case))
    puts = case.use("storage.put_requests") * share
    yield Item("s3.put_requests", puts, "writes, shared evenly", ("storage.put_requests",), choice)
    if not sources:
        gets = case.use("storage.get_requests") * share
        yield Item("s3.get_requests", gets, "reads, shared evenly", ("storage.get_requests",), choice)
        yield from _replicated(case, (inflow[-1] + replaced[-1]) / MONTHS_OF_YEAR, rests)


def held(case: Case) -> Decimal:
    """Return what a bucket's current objects come to at the end of the case's year, in GB."""
    classes, expires = _lifecycle(case.resource, current=True)
    return sum(kept(_inflow(case), classes, expires).values(), Decimal(0))


def rests_of_bucket(case: Case) -> tuple[str, ...]:
    """Return the keys of the usage behind what a bucket holds."""
    purpose = purpose_of(case.resource)
    return _rests(case, purpose) if purpose else ("storage.gb",)


def replaced_in(case: Case, year: int) -> Decimal:
    """Return what of a bucket's data is replaced or deleted in a year, in GB."""
    if purpose_of(case.resource):
        return Decimal(0)
    return _data(case, year) * MONTHS_OF_YEAR * case.use("storage.replaced_percent") / 100


def _inflow(case: Case) -> list[Decimal]:
    """Return what came into a bucket in each year, and was not replaced."""
    purpose = purpose_of(case.resource)
    if purpose:
        packed = _packed(case, purpose)
        return inflow_by_year(case, lambda one: flow_of(one, purpose).gigabytes * packed)
    sizes = [Decimal(0), *(_data(case, year) for year in range(1, case.year + 1))]
    return [after - before for before, after in itertools.pairwise(sizes)]


def _data(case: Case, year: int) -> Decimal:
    times = len(sources_of_replica(case.resource)) or 1
    return case.usage.of_year("storage.gb", year) * times / _writers(case)


def _writers(case: Case) -> int:
    """Return among how many buckets data is shared: not logs, not replicas."""
    return case.app.cached("cost: buckets of data", _count_writers)


def _count_writers(app: App) -> int:
    buckets = app.of_type(BUCKET)
    return max(1, sum(1 for one in buckets if not purpose_of(one) and not sources_of_replica(one)))


def _packed(case: Case, purpose: str) -> Decimal:
    # Access logs and reports lie there as they are; services compress the others.
    return Decimal(1) if purpose in _AS_THEY_ARE else case.use("logs.compressed_percent") / 100


def _rests(case: Case, purpose: str) -> tuple[str, ...]:
    rests = flow_of(case, purpose).rests
    return rests if purpose in _AS_THEY_ARE else (*rests, "logs.compressed_percent")


def _replicated(case: Case, monthly: Decimal, rests: tuple[str, ...]) -> Iterator[Item]:
    here = case.resource.template.region
    for rule in case.listed("ReplicationConfiguration.Rules"):
        if is_one_of(dig(rule, "Status"), "Disabled") is Ternary.YES:
            continue
        elsewhere = [one for one in replicas_of(case.resource) if one.template.region == here]
        if not elsewhere:
            yield Item("transfer.between_regions_gb", monthly, "what is written, to the replica", rests, "replicas")
        if is_one_of(dig(rule, "Destination.ReplicationTime.Status"), "Enabled") is Ternary.YES:
            yield Item("s3.replication_time_gb", monthly, "replication within 15 minutes", rests, "replicas")


class _Lifecycle(NamedTuple):
    """From how many days on things are in which class, and at how many they end."""

    classes: Sequence[tuple[Decimal, str]]
    expires: Decimal | None


def _lifecycle(bucket: Resource, *, current: bool) -> _Lifecycle:
    """Return what all of a bucket's objects go through; rules for some of them only are left out."""
    kinds = (
        ("Transitions", "TransitionInDays", "ExpirationInDays")
        if current
        else (
            "NoncurrentVersionTransitions",
            "TransitionInDays",
            "NoncurrentVersionExpiration.NoncurrentDays",
        )
    )
    steps: dict[Decimal, str] = {Decimal(0): "STANDARD"}
    ends: list[Decimal] = []
    for rule in spread(bucket.properties, "LifecycleConfiguration.Rules[]"):
        if not is_mapping(rule) or as_text(rule.get("Status")) != "Enabled" or _is_partial(rule):
            continue
        for step in spread(rule, f"{kinds[0]}[]"):
            if is_present(dig(step, kinds[1])) is Ternary.YES:
                steps[part(step, kinds[1])] = str(as_text(dig(step, "StorageClass")))
        if is_present(dig(rule, kinds[2])) is not Ternary.NO:
            ends.append(part(rule, kinds[2]))
    return _Lifecycle(sorted(steps.items()), min(ends, default=None))


def _is_partial(rule: Fields) -> bool:
    names = ("Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
    return any(is_present(dig(rule, name)) is not Ternary.NO for name in names)


def _stored(
    inflow: Sequence[Decimal], lifecycle: _Lifecycle, why: str, rests: tuple[str, ...], choice: str
) -> Iterator[Item]:
    classes, expires = lifecycle
    end = f", kept {expires:f} days" if expires is not None else ""
    for name, gigabytes in kept(inflow, classes, expires).items():
        if gigabytes:
            price = _CLASSES.get(name, f"s3.{name.lower()}_gb_month")
            yield Item(price, gigabytes, f"{why}{end}", rests, choice)


def _moved(objects: Decimal, lifecycle: _Lifecycle, rests: tuple[str, ...], choice: str) -> Iterator[Item]:
    classes, expires = lifecycle
    for day, name in classes:
        if day and name in _TRANSITIONS and (expires is None or day < expires):
            yield Item(_TRANSITIONS[name], objects, f"objects that are {day:f} days old", rests, choice)


FAMILY = Family(
    choice="storage",
    units={
        "s3.*_gb_month": "GB-month",
        **dict.fromkeys(_CLASSES.values(), "GB-month"),
        **dict.fromkeys(_TRANSITIONS.values(), "request"),
        "s3.put_requests": "request",
        "s3.get_requests": "request",
        "s3.replication_time_gb": "GB",
        "transfer.between_regions_gb": "GB",
        "logs.vended_to_s3_gb": "GB",
    },
    meters={BUCKET: _bucket},
)
