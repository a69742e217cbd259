from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, verdict

AGGREGATOR = "AWS::Config::ConfigurationAggregator"
RECORDER = "AWS::Config::ConfigurationRecorder"

GLOBAL = {
    "Type": RECORDER,
    "Properties": {"RecordingGroup": {"AllSupported": True, "IncludeGlobalResourceTypes": True}},
}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(RECORDER), "failed"),
        ({**one(RECORDER), "Global": GLOBAL}, "passed"),
        (one(RECORDER, RecordingGroup={}), "failed"),
        (one(RECORDER, RecordingGroup={"AllSupported": True, "IncludeGlobalResourceTypes": True}), "passed"),
        (one(RECORDER, RecordingGroup={"ResourceTypes": ["AWS::S3::Bucket"]}), "failed"),
        (one(RECORDER, RecordingGroup={"AllSupported": GIVEN}), "unknown"),
        (one(RECORDER, RecordingGroup={"RecordingStrategy": {"UseOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}}), "passed"),
        (one(RECORDER, RecordingGroup={"RecordingStrategy": {"UseOnly": "EXCLUSION_BY_RESOURCE_TYPES"}}), "failed"),
        (one(RECORDER, RecordingGroup=GIVEN), "unknown"),
        (one(AGGREGATOR, AccountAggregationSources=[{"AllAwsRegions": True}]), "passed"),
        (one(AGGREGATOR, AccountAggregationSources=[{"AwsRegions": ["us-east-1"]}]), "passed"),
        (one(AGGREGATOR, AccountAggregationSources=[{"AllAwsRegions": False}]), "failed"),
        (one(AGGREGATOR, AccountAggregationSources=[{"AllAwsRegions": GIVEN}]), "unknown"),
        (one(AGGREGATOR, OrganizationAggregationSource=GIVEN), "unknown"),
        (one(AGGREGATOR, AccountAggregationSources=[{"AllAwsRegions": True}, {}]), "failed"),
        (one(AGGREGATOR, OrganizationAggregationSource={"AllAwsRegions": "true"}), "passed"),
        (one(AGGREGATOR, OrganizationAggregationSource={"RoleArn": "r"}), "failed"),
        (one("AWS::Config::DeliveryChannel"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("config_records_all", resources) == expected


@pytest.mark.parametrize("group", [None, {"AllSupported": True}])
def test_a_recorder_without_global_resources_is_a_warning(group: dict[str, Any] | None) -> None:
    found = verdict("config_records_all", one(RECORDER, **({} if group is None else {"RecordingGroup": group})))
    assert found is not None
    assert found.severity == "warning"


@pytest.mark.parametrize(
    ("included", "expected"), [(None, "failed"), (False, "unknown"), ("false", "unknown"), (True, "passed")]
)
def test_a_recorder_that_leaves_global_resources_to_another_region(included: Any, expected: str) -> None:
    group = {"AllSupported": True} | ({} if included is None else {"IncludeGlobalResourceTypes": included})
    assert judged("config_records_all", one(RECORDER, RecordingGroup=group)) == expected
