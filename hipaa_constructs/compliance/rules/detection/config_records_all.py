"""AWS Config records every type of resource, and shows every Region.

Compliant: all supported types; an aggregator that takes all Regions or names them. Non-compliant: a list of types, or
all but some; as a warning, no recorder for global resources, which a recorder without a recording group leaves out
(docs.aws.amazon.com/config/latest/APIReference/API_RecordingGroup.html), or an aggregator of no Regions. Unknown: a
recorder that is told to leave them out, as all are but that of one Region, which may be elsewhere. Not applicable:
nothing.
"""

from __future__ import annotations

from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    any_of,
    as_items,
    dig,
    is_false,
    is_one_of,
    is_true,
    spread,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, unknown, worst

_AGGREGATOR = "AWS::Config::ConfigurationAggregator"


def _aggregator(resource: Resource) -> Verdict:
    sources = [*spread(resource.properties, "AccountAggregationSources[]")]
    organization = resource.get("OrganizationAggregationSource")
    return worst((PASSED, *map(_source, sources if organization is None else [*sources, organization])))


def _source(source: Resolved) -> Verdict:
    if source is UNKNOWN:
        return unknown("What the aggregator collects is known only at deployment.")
    if as_items(dig(source, "AwsRegions")):
        return PASSED
    verdict = judge(
        is_true(dig(source, "AllAwsRegions", False)),
        "The aggregator collects from no Region: AllAwsRegions is not true.",
        unknown_message="AllAwsRegions is known only at deployment.",
    )
    return verdict if verdict is PASSED else replace(verdict, severity="warning")


def check(resource: Resource) -> Verdict:
    if resource.type == _AGGREGATOR:
        return _aggregator(resource)
    # Without a group all types are recorded, but the global ones.
    is_whole = resource.get("RecordingGroup") is None
    strategy = resource.get("RecordingGroup.RecordingStrategy.UseOnly")
    if strategy is not None:
        return judge(
            is_one_of(strategy, "ALL_SUPPORTED_RESOURCE_TYPES"),
            f"The recording strategy is {strategy}.",
            unknown_message="RecordingStrategy is known only at deployment.",
        )
    everything = judge(is_true(resource.get("RecordingGroup.AllSupported", is_whole)), "AllSupported is not true.")
    # IAM's users, roles and policies are global; one Region of the app has to record them.
    everywhere = any_of(
        is_true(one.get("RecordingGroup.IncludeGlobalResourceTypes", False))
        for one in resource.template.app.of_type(resource.type)
    )
    if everything is not PASSED or everywhere is Ternary.YES:
        return everything
    if everywhere is Ternary.UNKNOWN:
        return unknown("IncludeGlobalResourceTypes is known only at deployment.")
    if is_false(resource.get("RecordingGroup.IncludeGlobalResourceTypes")) is Ternary.YES:
        return unknown(
            "Whether a recorder of another Region records global resources, such as IAM roles, is not known."
        )
    return failed(
        "No recorder of the app records global resources, such as IAM roles, which one Region of the account has to.",
        severity="warning",
    )


RULE = Rule(
    name="ConfigRecordsAll",
    severity="error",
    resource_types=(_AGGREGATOR, "AWS::Config::ConfigurationRecorder"),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(8)", "164.312(b)"),
    fix="Record every type of resource, and show all Regions.",
    fixes=(
        Fix(
            (_AGGREGATOR,),
            beside="AllAwsRegions: true stands in OrganizationAggregationSource, or in each of "
            "AccountAggregationSources.",
            constructs=("ContinuousCompliance",),
        ),
        Fix(
            ("AWS::Config::ConfigurationRecorder",),
            {"RecordingGroup": {"AllSupported": True, "IncludeGlobalResourceTypes": True}},
            constructs=("ContinuousCompliance",),
        ),
    ),
    needs="app",
    check=check,
)
