"""Trails report unusual activity.

Compliant: CloudTrail Insights on the rate of calls and on that of errors, on this trail or another of the app
(docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html). Non-compliant: one
is missing; then a flood of calls is one record among many. Not applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Ternary, all_of, any_of, is_one_of, spread
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, failed, judge

_KIND = "AWS::CloudTrail::Trail"
_TYPES = ("ApiCallRateInsight", "ApiErrorRateInsight")


def _selected(app: App) -> Mapping[str, Ternary]:
    """Whether any trail of the app selects each type."""
    found = [
        kind for trail in app.of_type(_KIND) for kind in spread(trail.properties, "InsightSelectors[].InsightType")
    ]
    return {wanted: any_of(is_one_of(kind, wanted) for kind in found) for wanted in _TYPES}


def check(resource: Resource) -> Verdict:
    selected = resource.template.app.cached("insights", _selected)
    missing = [kind for kind, answer in selected.items() if answer is Ternary.NO]
    if missing:
        return failed(f"InsightSelectors leaves out {', '.join(missing)}.")
    return judge(all_of(selected.values()), "", unknown_message="InsightSelectors is known only at deployment.")


RULE = Rule(
    name="TrailShowsUnusualActivity",
    severity="warning",
    resource_types=(_KIND,),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(5)(ii)(C)"),
    fix="Let the trail report unusual rates of calls and of errors.",
    fixes=(
        Fix(
            properties={"InsightSelectors": [{"InsightType": kind} for kind in _TYPES]},
            cdk=(
                "cloudtrail.Trail(insight_types=[cloudtrail.InsightType.API_CALL_RATE, "
                "cloudtrail.InsightType.API_ERROR_RATE])",
            ),
            constructs=("AuditTrail",),
        ),
    ),
    needs="app",
    check=check,
)
