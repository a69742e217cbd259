"""Trails report unusual activity.

Compliant: CloudTrail Insights on the rate of calls and on that of errors, on this trail or another of the app
(docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html). Non-compliant: one
is missing; then a flood of calls is one record among many. Not applicable: nothing.
"""

from __future__ import annotations

from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, spread
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown

_KIND = "AWS::CloudTrail::Trail"
_TYPES = ("ApiCallRateInsight", "ApiErrorRateInsight")


def _selected(app: App) -> frozenset[Any]:
    found = (spread(trail.properties, "InsightSelectors[].InsightType") for trail in app.of_type(_KIND))
    return frozenset(kind for kinds in found for kind in kinds)


def check(resource: Resource) -> Verdict:
    selected = resource.template.app.cached("insights", _selected)
    missing = [kind for kind in _TYPES if kind not in selected]
    if missing and UNKNOWN in selected:
        return unknown("InsightSelectors is known only at deployment.")
    return failed(f"InsightSelectors leaves out {', '.join(missing)}.") if missing else PASSED


RULE = Rule(
    name="TrailShowsUnusualActivity",
    severity="warning",
    resource_types=(_KIND,),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(5)(ii)(C)"),
    fix="Set insight_types to both API_CALL_RATE and API_ERROR_RATE, or use AuditTrail.",
    check=check,
)
