"""AWS Config records every type of resource.

Compliant: all supported types, which is what a recorder without a recording group takes. Non-compliant: a
list of types, or all but some. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.compliance.reading.settings import is_true
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, unknown
from hipaa_constructs.compliance.template import UNKNOWN, Resource


def check(resource: Resource) -> Verdict:
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
    return judge(is_true(resource.get("RecordingGroup.AllSupported", False)), "AllSupported is not true.")


RULE = Rule(
    name="ConfigRecordsAll",
    title="AWS Config records every type of resource",
    severity="error",
    resource_types=("AWS::Config::ConfigurationRecorder",),
    fix="Set all_supported=True in the recording group, or use ContinuousCompliance.",
    check=check,
)
