from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.compliance.controls import read
from tests.compliance.rules.support import GIVEN, judged, one, verdict

FILTERS = read("metric_filters.json")["filters"]
UNAUTHORIZED = next(number for number, one in enumerate(FILTERS) if one["key"] == "unauthorized_api_calls")
LOG_GROUP = {"Logs": {"Type": "AWS::Logs::LogGroup"}}
TRAIL = one("AWS::CloudTrail::Trail", CloudWatchLogsLogGroupArn={"Fn::GetAtt": ["Logs", "Arn"]})


def _filter(number: int, **changes: Any) -> dict[str, Any]:
    metric = {"MetricNamespace": "LogMetrics", "MetricName": FILTERS[number]["metric_name"], "MetricValue": "1"}
    pattern = FILTERS[number]["filter_pattern"]
    given = {"LogGroupName": {"Ref": "Logs"}, "FilterPattern": pattern, "MetricTransformations": [metric], **changes}
    return {f"Filter{number}": {"Type": "AWS::Logs::MetricFilter", "Properties": given}}


def _alarm(number: int, **changes: Any) -> dict[str, Any]:
    name = FILTERS[number]["metric_name"]
    given = {
        "Namespace": "LogMetrics",
        "MetricName": name,
        "Threshold": 1,
        "EvaluationPeriods": 1,
        "AlarmActions": ["a"],
    }
    return {f"Alarm{number}": {"Type": "AWS::CloudWatch::Alarm", "Properties": given | changes}}


ALL = TRAIL | LOG_GROUP
for index in range(len(FILTERS)):
    ALL = ALL | _filter(index) | _alarm(index)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (ALL, "passed"),
        (TRAIL | LOG_GROUP, "failed"),
        ({name: value for name, value in ALL.items() if name != "Filter3"}, "failed"),
        ({name: value for name, value in ALL.items() if name != "Alarm3"}, "failed"),
        (ALL | _filter(3, FilterPattern="{ $.other = 1 }"), "failed"),
        (ALL | _filter(UNAUTHORIZED, FilterPattern=FILTERS[UNAUTHORIZED]["beside_data_events"]), "passed"),
        (ALL | _filter(3, FilterPattern=FILTERS[UNAUTHORIZED]["beside_data_events"]), "failed"),
        (ALL | _filter(3, LogGroupName="elsewhere"), "failed"),
        (ALL | _filter(3, FilterPattern=GIVEN), "unknown"),
        (ALL | _alarm(3, Threshold=100), "failed"),
        (ALL | _alarm(3, EvaluationPeriods=100), "failed"),
        (ALL | _alarm(3, AlarmActions=[]), "failed"),
        (ALL | _alarm(3, ActionsEnabled=False), "failed"),
        (one("AWS::CloudTrail::Trail", CloudWatchLogsLogGroupArn="arn:aws:logs:elsewhere"), "unknown"),
        (one("AWS::CloudTrail::Trail"), "not_applicable"),
        (one("AWS::Logs::LogGroup"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("trail_alarmed", resources) == expected


def test_what_is_missing_is_named() -> None:
    found = verdict("trail_alarmed", {name: value for name, value in ALL.items() if name not in ("Alarm0", "Filter2")})
    assert found is not None
    assert found.message == (f"No alarm goes off at once for {FILTERS[0]['metric_name']}, {FILTERS[2]['metric_name']}.")


def test_filters_in_another_stack() -> None:
    trail = one("AWS::CloudTrail::Trail", CloudWatchLogsLogGroupArn={"Fn::GetAtt": ["Logs", "Arn"]})
    logs = {"Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "trail"}}}
    rest = {name: value for name, value in ALL.items() if name.startswith(("Filter", "Alarm"))}
    named = {name: value for name, value in rest.items() if name.startswith("Alarm")}
    for number in range(len(FILTERS)):
        named |= _filter(number, LogGroupName="trail")
    assert judged("trail_alarmed", trail | logs, named) == "passed"
