"""Alarms watch for the first signs of an intruder.

Compliant: the log group that a trail delivers to has metric filters that take what those of the catalogue take, or the
one for log groups with data events, and an alarm on each that goes off at the first match and notifies somebody.
Filters are compared by what they take; Security Hub compares them letter by letter, and may report what passes here
(docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html). Non-compliant: one is missing. Unknown: the
log group is not part of the app. Not applicable: a trail without log group, which TrailDeliveredToLogs judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Ternary,
    Unknown,
    all_of,
    as_int,
    dig,
    is_one_of,
    is_present,
    is_true,
    spread,
)
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.facts.filter_patterns import takes_all_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

# What deployment fills in is the same only where it is written alike.
_Metric = tuple[str, str]


def _metrics(log_group: Resource) -> Iterator[tuple[str, _Metric] | Unknown]:
    """Yield pattern and name of each metric that is filtered out of a log group; ``UNKNOWN`` where it is."""
    for found in log_group.template.app.referring(log_group, "AWS::Logs::MetricFilter", "LogGroupName"):
        for metric in spread(found.properties, "MetricTransformations[]"):
            parts = found.get("FilterPattern"), dig(metric, "MetricNamespace"), dig(metric, "MetricName")
            unclear = any(part is UNKNOWN for part in parts)
            yield UNKNOWN if unclear else (str(parts[0]), (str(parts[1]), str(parts[2])))


def _alarmed(app: App) -> frozenset[_Metric]:
    """The metrics that an alarm rings for at once."""
    alarms = (
        (alarm.get("Namespace"), alarm.get("MetricName"))
        for alarm in app.of_type("AWS::CloudWatch::Alarm")
        if _rings_at_once(alarm)
    )
    return frozenset((str(space), str(name)) for space, name in alarms if space is not UNKNOWN and name is not UNKNOWN)


def _rings_at_once(alarm: Resource) -> bool:
    answers = (
        is_one_of(as_int(alarm.get("Threshold")), "0", "1"),
        is_one_of(as_int(alarm.get("EvaluationPeriods")), "1"),
        is_true(alarm.get("ActionsEnabled", True)),
        is_present(alarm.get("AlarmActions")),
    )
    return all_of(answers) is Ternary.YES


def _takes(pattern: str, wanted: Mapping[str, str]) -> bool:
    alternatives = (wanted["filter_pattern"], wanted.get("beside_data_events"))
    return any(one is not None and takes_all_of(pattern, one) for one in alternatives)


def check(resource: Resource) -> Verdict:
    app, destination = resource.template.app, resource.get("CloudWatchLogsLogGroupArn")
    if destination is None:
        return NOT_APPLICABLE
    log_group = app.target(destination, "AWS::Logs::LogGroup")
    if log_group is None:
        return unknown("The log group that the trail delivers to is not part of the app.")
    metrics = list(_metrics(log_group))
    rung = app.cached("alarms that ring at once", _alarmed)
    known = [metric for metric in metrics if not isinstance(metric, Unknown)]
    heard = {pattern for pattern, name in known if name in rung}
    missing = [
        one["metric_name"]
        for one in read("metric_filters.json")["filters"]
        if not any(_takes(pattern, one) for pattern in heard)
    ]
    if missing and len(known) < len(metrics):
        return unknown("A metric filter of the log group is known only at deployment.")
    return failed(f"No alarm goes off at once for {', '.join(missing)}.") if missing else PASSED


RULE = Rule(
    name="TrailAlarmed",
    severity="warning",
    resource_types=("AWS::CloudTrail::Trail",),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(5)(ii)(C)", "164.308(a)(6)(ii)", "164.312(b)"),
    fix="Let alarms on the trail's log group go off at the first match of each pattern.",
    fixes=(
        Fix(
            beside="For each name in the finding, an AWS::Logs::MetricFilter on the trail's log group has the "
            "pattern of Security Hub's control in FilterPattern, and an AWS::CloudWatch::Alarm on its metric "
            "has Threshold: 1, EvaluationPeriods: 1 and a topic that people read in AlarmActions.",
            constructs=("ActivityAlarms",),
        ),
    ),
    needs="app",
    check=check,
)
