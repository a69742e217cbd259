"""CloudWatch: alarms, dashboards, metrics."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hipaa_constructs.cloudformation.values import Ternary, dig, is_mapping, is_present
from hipaa_constructs.cost.items import Case, Family, Item

_ONE = Decimal(1)


def _alarm(case: Case) -> Iterator[Item]:
    metrics = [one for one in case.listed("Metrics") if is_mapping(one)]
    if is_present(case.resource.get("ThresholdMetricId")) is not Ternary.NO:
        yield Item("cloudwatch.anomaly_alarm_month", _ONE, "an alarm on an anomaly: three metrics")
        return
    watched = Decimal(max(1, sum(1 for one in metrics if is_present(dig(one, "MetricStat")) is Ternary.YES)))
    high = 0 < case.number("Period", 60) < 60
    price = "cloudwatch.high_resolution_alarm_month" if high else "cloudwatch.alarm_month"
    yield Item(price, watched, f"an alarm on {watched} metric" + ("s" if watched > 1 else ""))


def _composite(case: Case) -> Iterator[Item]:
    yield Item("cloudwatch.composite_alarm_month", _ONE, "a composite alarm")


def _dashboard(case: Case) -> Iterator[Item]:
    yield Item("cloudwatch.dashboard_month", _ONE, "a dashboard")


def _filter(case: Case) -> Iterator[Item]:
    metrics = Decimal(max(1, len(case.listed("MetricTransformations"))))
    yield Item("cloudwatch.custom_metric_month", metrics, "the filter's metrics, billed in hours in which they count")


def _cluster(case: Case) -> Iterator[Item]:
    """Return what applications send of themselves; it stands with the first thing that may send it."""
    settings = case.listed("ClusterSettings")
    if any(is_mapping(one) and str(one.get("Value")) in ("enabled", "enhanced") for one in settings):
        sent = case.share("logs.metrics")
        yield Item("cloudwatch.custom_metric_month", sent, "metrics of containers, shared evenly", ("logs.metrics",))


def detailed(instances: Decimal) -> Iterator[Item]:
    """Yield what detailed monitoring of instances costs: seven metrics each (https://aws.amazon.com/cloudwatch/pricing/)."""
    why = "detailed monitoring, seven metrics an instance"
    yield Item("cloudwatch.custom_metric_month", 7 * instances, why, ("compute.scale_out",), "alarms")


FAMILY = Family(
    choice="alarms",
    units={
        "cloudwatch.alarm_month": "alarm-metric-month",
        "cloudwatch.high_resolution_alarm_month": "alarm-metric-month",
        "cloudwatch.anomaly_alarm_month": "alarm-month",
        "cloudwatch.composite_alarm_month": "alarm-month",
        "cloudwatch.dashboard_month": "dashboard-month",
        "cloudwatch.custom_metric_month": "metric-month",
    },
    meters={
        "AWS::CloudWatch::Alarm": _alarm,
        "AWS::CloudWatch::CompositeAlarm": _composite,
        "AWS::CloudWatch::Dashboard": _dashboard,
        "AWS::Logs::MetricFilter": _filter,
        "AWS::ECS::Cluster": _cluster,
    },
)
