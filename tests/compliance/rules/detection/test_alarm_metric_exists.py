from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.compliance.controls import read
from tests.compliance.rules.support import GIVEN, judged, one, verdict

ALARM = "AWS::CloudWatch::Alarm"


def _alarm(namespace: Any, name: Any) -> dict[str, Any]:
    return one(ALARM, Namespace=namespace, MetricName=name)


@pytest.mark.parametrize(
    ("namespace", "name", "meant"),
    [
        ("AWS/SQS", "ApproximateNumberOfVisibleMessages", "ApproximateNumberOfMessagesVisible"),
        ("AWS/SQS", "ApproximateNumberOfMessageVisible", "ApproximateNumberOfMessagesVisible"),
        ("AWS/SQS", "approximatenumberofmessagesvisible", "ApproximateNumberOfMessagesVisible"),
        ("AWS/SQS", "ApproximateNumberOfMesagesVisible", "ApproximateNumberOfMessagesVisible"),
        ("AWS/EC2", "CPUUtilisation", "CPUUtilization"),
        ("AWS/EC2", "CPU_Utilization", "CPUUtilization"),
        ("AWS/EC2", "CPUUtiliaztion", "CPUUtilization"),
        ("AWS/EC2", "EBSIOBalance", "EBSIOBalance%"),
        ("AWS/RDS", "DatabaseConnection", "DatabaseConnections"),
        ("AWS/RDS", "StorageSpaceFree", "FreeStorageSpace"),
        ("AWS/Lambda", "Error", "Errors"),
        ("AWS/ApiGateway", "4XXErrors", "4XXError"),
        ("AWS/ApiGateway", "5XX", "5xx"),
        ("AWS/States", "ExecutionFailed", "ExecutionsFailed"),
        ("AWS/Kinesis", "GetRecords_IteratorAgeMilliseconds", "GetRecords.IteratorAgeMilliseconds"),
        ("AWS/ApplicationELB", "HTTPCode_5XX_Target_Count", "HTTPCode_Target_5XX_Count"),
    ],
)
def test_a_slip_is_found_with_what_is_meant(namespace: str, name: str, meant: str) -> None:
    found = verdict("alarm_metric_exists", _alarm(namespace, name))
    assert found is not None
    assert found.outcome.value == "failed"
    assert found.message == f"{namespace} has no metric {name}, so the alarm sees nothing: it is called {meant}."


@pytest.mark.parametrize(
    ("namespace", "name", "expected"),
    [
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "passed"),
        # Both are metrics, and one letter apart.
        ("AWS/Kinesis", "PutRecord.Success", "passed"),
        ("AWS/Kinesis", "PutRecords.Success", "passed"),
        ("AWS/ApplicationELB", "HTTPCode_Target_4XX_Count", "passed"),
        # Another number is another metric, of which the page may say more by now.
        ("AWS/ApplicationELB", "HTTPCode_ELB_501_Count", "not_applicable"),
        ("AWS/Lambda", "AsyncEventsDropped", "not_applicable"),
        ("AWS/RDS", "FreeStorageSpaceLogVolume", "not_applicable"),
        ("Portal", "ApproximateNumberOfVisibleMessages", "not_applicable"),
        ("CWAgent", "CPUUtilisation", "not_applicable"),
        (None, None, "not_applicable"),
        ("AWS/SQS", GIVEN, "unknown"),
        # Most of these are the names of apps.
        (GIVEN, "ApproximateNumberOfVisibleMessages", "not_applicable"),
    ],
)
def test_outcome(namespace: Any, name: Any, expected: str) -> None:
    assert judged("alarm_metric_exists", _alarm(namespace, name)) == expected


def test_metrics_of_an_expression_are_looked_at() -> None:
    def outcome(name: str) -> str:
        metric = {"Namespace": "AWS/Lambda", "MetricName": name}
        sums = [
            {"Id": "rate", "Expression": "100 * errors / calls"},
            {"Id": "errors", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}},
        ]
        return judged("alarm_metric_exists", one(ALARM, Metrics=sums))

    assert outcome("Errors") == "passed"
    assert outcome("Invocation") == "failed"


def test_no_metric_is_taken_for_a_slip_of_another() -> None:
    wrong = [
        (namespace, name)
        for namespace, of in read("metrics.json")["namespaces"].items()
        for name in of["metrics"]
        if judged("alarm_metric_exists", _alarm(namespace, name)) != "passed"
    ]
    assert not wrong


def test_each_namespace_has_its_source() -> None:
    for of in read("metrics.json")["namespaces"].values():
        assert of["source"].startswith("docs.aws.amazon.com/")
        assert of["as_of"] <= "2026-11-29"
        assert of["metrics"] == sorted(set(of["metrics"]))
