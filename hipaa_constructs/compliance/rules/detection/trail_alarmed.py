"""Alarms watch for the first signs of an intruder.

Compliant: the log group that a trail delivers to has the metric filters of the catalogue, which Security Hub compares
letter by letter (docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html), and an alarm on each that
goes off at the first match and notifies somebody. Non-compliant: one is missing. Unknown: the log group is not part of
the app. Not applicable: a trail without log group, which TrailDeliveredToLogs judges.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_bool, as_int, dig, spread
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown


def _metrics(log_group: Resource) -> Iterator[tuple[Any, Any, Any]]:
    """Yield pattern, namespace and name of each metric that is filtered out of a log group."""
    for found in log_group.template.app.referring(log_group, "AWS::Logs::MetricFilter", "LogGroupName"):
        for metric in spread(found.properties, "MetricTransformations[]"):
            yield found.get("FilterPattern"), dig(metric, "MetricNamespace"), dig(metric, "MetricName")


def _alarmed(app: App) -> frozenset[tuple[Any, Any]]:
    """The metrics that an alarm rings for at once."""
    return frozenset(
        (alarm.get("Namespace"), alarm.get("MetricName"))
        for alarm in app.of_type("AWS::CloudWatch::Alarm")
        if as_int(alarm.get("Threshold")) in (0, 1)
        and as_int(alarm.get("EvaluationPeriods")) == 1
        and as_bool(alarm.get("ActionsEnabled", True)) is True
        and alarm.get("AlarmActions") not in (None, [])
    )


def check(resource: Resource) -> Verdict:
    app, destination = resource.template.app, resource.get("CloudWatchLogsLogGroupArn")
    if destination is None:
        return NOT_APPLICABLE
    log_group = app.target(destination, "AWS::Logs::LogGroup")
    if log_group is None:
        return unknown("The log group that the trail delivers to is not part of the app.")
    metrics = list(_metrics(log_group))
    rung = app.cached("alarms that ring at once", _alarmed)
    heard = {pattern for pattern, namespace, name in metrics if (namespace, name) in rung}
    missing = [
        one["metric_name"] for one in read("metric_filters.json")["filters"] if one["filter_pattern"] not in heard
    ]
    if missing and any(UNKNOWN in metric for metric in metrics):
        return unknown("A metric filter of the log group is known only at deployment.")
    return failed(f"No alarm goes off at once for {', '.join(missing)}.") if missing else PASSED


RULE = Rule(
    name="TrailAlarmed",
    severity="warning",
    resource_types=("AWS::CloudTrail::Trail",),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(5)(ii)(C)", "164.308(a)(6)(ii)", "164.312(b)"),
    fix="Add ActivityAlarms on the trail's log group.",
    check=check,
)
