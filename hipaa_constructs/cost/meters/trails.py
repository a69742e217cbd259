"""CloudTrail and AWS Config: what is recorded, and how it is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import dig
from hipaa_constructs.cost.items import Case, Family, Item, UntoldError
from hipaa_constructs.cost.recorded_events import records_data, records_management

_MANAGEMENT = ("audit.management_events",)
_EVALUATIONS = ("audit.rule_evaluations",)
_TRAIL = "AWS::CloudTrail::Trail"
_PACK_RULE = re.compile(r"Type\"?\s*:\s*\"?AWS::Config::ConfigRule\b")


def _trail(case: Case) -> Iterator[Item]:
    trail = case.resource
    copies = [one for one in case.app.of_type(_TRAIL) if records_management(one) and _same_place(one, trail)]
    if records_management(trail) and copies[0] is not trail:
        why = "a further copy of management events; the first is free"
        yield Item("cloudtrail.management_event_copy", case.use("audit.management_events"), why, _MANAGEMENT, "trails")
    if records_data(trail):
        sharing = sum(1 for one in case.app.of_type(_TRAIL) if records_data(one))
        yield Item(
            "cloudtrail.data_event",
            case.use("audit.data_events") / sharing,
            "reads and writes of data that are recorded" + (", shared evenly" if sharing > 1 else ""),
            ("audit.data_events",),
            "data_events",
        )
    for selector in case.listed("InsightSelectors"):
        kind = dig(selector, "InsightType")
        why = f"management events that Insights analyzes: {kind}"
        yield Item("cloudtrail.insights_event", case.use("audit.management_events"), why, _MANAGEMENT, "insights")


def _same_place(one: Resource, other: Resource) -> bool:
    return one.template.account == other.template.account


def _lake(case: Case) -> Iterator[Item]:
    keys = ("audit.management_events", "audit.event_kb")
    gigabytes = case.use(keys[0]) * case.use(keys[1]) / 1_000_000
    yield Item("cloudtrail.lake_ingested_gb", gigabytes, "management events that the lake takes in", keys, "lake")


def _recorder(case: Case) -> Iterator[Item]:
    daily = case.text("RecordingMode.RecordingFrequency", "CONTINUOUS") == "DAILY"
    price = "config.configuration_item_daily" if daily else "config.configuration_item"
    items = case.share("audit.configuration_items")
    yield Item(price, items, "changes that are recorded, shared evenly", ("audit.configuration_items",))


def _rule(case: Case) -> Iterator[Item]:
    yield Item("config.rule_evaluation", case.use("audit.rule_evaluations"), "evaluations of a rule", _EVALUATIONS)


def _pack(case: Case) -> Iterator[Item]:
    body = case.text("TemplateBody")
    rules = len(_PACK_RULE.findall(body))
    if not rules:
        raise UntoldError("the pack's rules are in a file of its own")
    evaluations = case.use("audit.rule_evaluations") * rules
    yield Item("config.conformance_pack_evaluation", evaluations, f"evaluations of {rules} rules", _EVALUATIONS)


FAMILY = Family(
    choice="config",
    units={
        "cloudtrail.management_event_copy": "event",
        "cloudtrail.data_event": "event",
        "cloudtrail.insights_event": "event",
        "cloudtrail.lake_ingested_gb": "GB",
        "config.configuration_item": "item",
        "config.configuration_item_daily": "item",
        "config.rule_evaluation": "evaluation",
        "config.conformance_pack_evaluation": "evaluation",
    },
    meters={
        _TRAIL: _trail,
        "AWS::CloudTrail::EventDataStore": _lake,
        "AWS::Config::ConfigurationRecorder": _recorder,
        "AWS::Config::ConfigRule": _rule,
        "AWS::Config::ConformancePack": _pack,
        "AWS::Config::OrganizationConformancePack": _pack,
    },
)
