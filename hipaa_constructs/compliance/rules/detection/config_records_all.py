"""AWS Config records every type of resource, and shows every Region.

Compliant: all supported types, which is what a recorder without a recording group takes; an aggregator that takes all
Regions or names them. Non-compliant: a list of types, or all but some; as a warning, no recorder for global resources,
or an aggregator of no Regions. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_list, dig, spread
from hipaa_constructs.compliance.facts.settings import is_true
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, unknown

_AGGREGATOR = "AWS::Config::ConfigurationAggregator"


def _aggregator(resource: Resource) -> Verdict:
    sources = [*spread(resource.properties, "AccountAggregationSources[]")]
    organization = resource.get("OrganizationAggregationSource")
    for source in sources if organization is None else [*sources, organization]:
        named = as_list(dig(source, "AwsRegions"))
        if named is UNKNOWN or named:
            continue
        everywhere = is_true(dig(source, "AllAwsRegions", False))
        if everywhere is UNKNOWN:
            return unknown("AllAwsRegions is known only at deployment.")
        if everywhere is not True:
            return failed("The aggregator collects from no Region: AllAwsRegions is not true.", severity="warning")
    return PASSED


def check(resource: Resource) -> Verdict:
    if resource.type == _AGGREGATOR:
        return _aggregator(resource)
    group = resource.get("RecordingGroup")
    if group is None:
        return PASSED
    strategy = resource.get("RecordingGroup.RecordingStrategy.UseOnly")
    if strategy is UNKNOWN:
        return unknown("RecordingStrategy is known only at deployment.")
    if strategy is not None:
        return (
            PASSED if strategy == "ALL_SUPPORTED_RESOURCE_TYPES" else failed(f"The recording strategy is {strategy}.")
        )
    everything = judge(is_true(resource.get("RecordingGroup.AllSupported", False)), "AllSupported is not true.")
    # IAM's users, roles and policies are global; one Region of the app has to record them.
    recorders = resource.template.app.of_type(resource.type)
    everywhere = [is_true(one.get("RecordingGroup.IncludeGlobalResourceTypes", False)) for one in recorders]
    if everything is not PASSED or any(answer is True for answer in everywhere):
        return everything
    if any(answer is UNKNOWN for answer in everywhere):
        return unknown("IncludeGlobalResourceTypes is known only at deployment.")
    return failed("No recorder of the app records global resources, such as IAM roles.", severity="warning")


RULE = Rule(
    name="ConfigRecordsAll",
    severity="error",
    resource_types=(_AGGREGATOR, "AWS::Config::ConfigurationRecorder"),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(8)", "164.312(b)"),
    fix="Set all_supported=True in the recording group and all_aws_regions=True in the aggregator, or use "
    "ContinuousCompliance.",
    check=check,
)
