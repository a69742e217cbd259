"""CloudWatch Logs: what comes in, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hipaa_constructs.cloudformation.values import Ternary, is_present
from hipaa_constructs.cost.aging import inflow_by_year, kept
from hipaa_constructs.cost.items import DAYS_OF_YEAR, YEARS, Case, Family, Item
from hipaa_constructs.cost.purposes import VENDED, flow_of, purpose_of

# Retentions of 0 keep for good; so much is counted.
_FOREVER = DAYS_OF_YEAR * YEARS


def _group(case: Case) -> Iterator[Item]:
    purpose = purpose_of(case.resource)
    flow = flow_of(case, purpose)
    infrequent = case.text("LogGroupClass", "STANDARD") == "INFREQUENT_ACCESS"
    price = "logs.infrequent_ingested_gb" if infrequent else "logs.ingested_gb"
    if purpose in VENDED:
        price = "logs.vended_gb"
    choice = {"trail": "trail_logs", "flow": "flow_logs", "dns": "dns_logs"}.get(purpose, "logs")
    yield Item(price, flow.gigabytes, flow.why, flow.rests, choice)
    if is_present(case.resource.get("DataProtectionPolicy")) is Ternary.YES:
        why = f"masking: {flow.why}"
        yield Item("logs.data_protection_gb", flow.gigabytes, why, flow.rests, "masking")
    days = case.number("RetentionInDays") or _FOREVER
    packed = case.use("logs.compressed_percent") / 100
    inflow = inflow_by_year(case, lambda one: flow_of(one, purpose).gigabytes * packed)
    stored = sum(kept(inflow, [(Decimal(0), "")], days).values(), Decimal(0))
    why = f"kept {days:f} days, compressed: {flow.why}"
    yield Item("logs.stored_gb_month", stored, why, (*flow.rests, "logs.compressed_percent"), choice)


FAMILY = Family(
    choice="logs",
    units={
        "logs.ingested_gb": "GB",
        "logs.infrequent_ingested_gb": "GB",
        "logs.vended_gb": "GB",
        "logs.stored_gb_month": "GB-month",
        "logs.data_protection_gb": "GB",
    },
    meters={"AWS::Logs::LogGroup": _group},
)
