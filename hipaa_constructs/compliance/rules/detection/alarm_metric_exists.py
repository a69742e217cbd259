"""Alarms watch metrics that there are.

CloudWatch takes any name, and an alarm on a metric that nobody writes sees nothing. In a namespace of AWS's
(``AWS/…``) only its services write (docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html),
and names are told apart by their case. Compliant: a name that the service's page lists, as
``catalogue/metrics.json`` keeps them with their sources. Non-compliant: another that has the same words in another
order, number or case, such as ``ApproximateNumberOfVisibleMessages``, or one letter more, less or other: it is a slip.
Unknown: a name that only deployment knows. Not applicable: alarms without such a namespace, as where only deployment
knows it, and names that are like none, since a service may have more metrics than its page listed when it was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Text, dig, spread
from hipaa_constructs.compliance.controls import read
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst

_METRIC = "Metrics[].MetricStat.Metric"
# Below this, one letter makes another word.
_LONG = 8
_WORD = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


def check(resource: Resource) -> Verdict:
    return worst(_judge(namespace, name, at) for namespace, name, at in _watched(resource))


def _watched(alarm: Resource) -> Iterator[tuple[Resolved, Resolved, str]]:
    """Yield the namespace and the name of each metric of an alarm, with where it stands."""
    yield alarm.get("Namespace"), alarm.get("MetricName"), "MetricName"
    for metric in spread(alarm.properties, _METRIC):
        yield dig(metric, "Namespace"), dig(metric, "MetricName"), "Metrics"


def _judge(namespace: Resolved, name: Resolved, at: str) -> Verdict:
    listed = _metrics(namespace) if isinstance(namespace, str) else ()
    if not listed or name is None:
        return NOT_APPLICABLE
    if not isinstance(name, str) or isinstance(name, Text):
        return unknown("The metric's name is known only at deployment.", at=at)
    if name in listed:
        return PASSED
    meant = _meant(name, listed)
    if meant is None:
        return NOT_APPLICABLE
    return failed(f"{namespace} has no metric {name}, so the alarm sees nothing: it is called {meant}.", at=at)


@cache
def _metrics(namespace: str) -> Sequence[str]:
    return tuple(read("metrics.json")["namespaces"].get(namespace, {}).get("metrics", ()))


def _meant(name: str, listed: Sequence[str]) -> str | None:
    """Return the metric that a name is a slip for, if one is that near."""
    words, plain = _words(name), _plain(name)
    alike = (one for one in listed if _plain(one) == plain or _words(one) == words)
    return next(alike, None) or next((one for one in listed if _is_slip(plain, _plain(one))), None)


def _words(name: str) -> Sequence[str]:
    return sorted(word.lower().removesuffix("s") for word in _WORD.findall(name))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_slip(one: str, other: str) -> bool:
    """Whether a letter more, less or other, or two in the other order, is all that tells long names apart."""
    if min(len(one), len(other)) < _LONG or abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left, right = one[start:], other[start:]
    swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    near = swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]
    return near and not re.search(r"\d", left[:1] + right[:1])


def _has_one(alarm: Resource) -> bool:
    return alarm.get("Metrics") is None


RULE = Rule(
    name="AlarmMetricExists",
    severity="warning",
    resource_types=("AWS::CloudWatch::Alarm",),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(6)(ii)"),
    fix="Watch the metric by the name that its service gives it.",
    fixes=(
        Fix(
            properties={"MetricName": Choose("the name of the metric that is meant")},
            cdk=("cloudwatch.Alarm(metric=<the metric that is meant>)",),
            when=_has_one,
        ),
        Fix(template="MetricName in Metrics is the name of the metric that is meant."),
    ),
    check=check,
)
