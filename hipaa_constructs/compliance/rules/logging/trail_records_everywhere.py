"""Trails record every Region and the global services, and are switched on.

Compliant: logging, multi-Region, with global events, and management events of reads and writes.
Non-compliant: one of these is off. A trail for data events alone passes if another trail of the app records
the management events. Not applicable: nothing.
"""

from __future__ import annotations

from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_list, dig, spread
from hipaa_constructs.compliance.facts.settings import Setting, is_true
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown, worst

_KIND = "AWS::CloudTrail::Trail"
# CloudTrail's own default for global services is true.
_SETTINGS = (
    Setting("IsLogging", is_true),
    Setting("IsMultiRegionTrail", is_true, default=False),
    Setting("IncludeGlobalServiceEvents", is_true, default=True),
)


def _advanced(selector: Any) -> Any:
    fields = {str(dig(field, "Field")): field for field in spread(selector, "FieldSelectors[]")}
    if UNKNOWN in fields.values():
        return UNKNOWN
    category = as_list(dig(fields.get("eventCategory"), "Equals"))
    if category is UNKNOWN or UNKNOWN in category:
        return UNKNOWN
    return category == ["Management"] and "readOnly" not in fields


def _basic(selector: Any) -> Any:
    kind, included = dig(selector, "ReadWriteType", "All"), dig(selector, "IncludeManagementEvents", True)
    if kind is UNKNOWN:
        return UNKNOWN
    wanted = is_true(included)
    return wanted if kind == "All" else False


def _manages(trail: Resource) -> Any:
    """Whether a trail records all management events; without selectors it does."""
    basic = [_basic(item) for item in spread(trail.properties, "EventSelectors[]")]
    advanced = [_advanced(item) for item in spread(trail.properties, "AdvancedEventSelectors[]")]
    answers = basic + advanced
    if not answers or any(answer is True for answer in answers):
        return True
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else False


def check(resource: Resource) -> Verdict:
    manages = _manages(resource)
    if manages is not True and any(_manages(other) is True for other in resource.template.app.of_type(_KIND)):
        manages = True
    events = PASSED
    if manages is False:
        events = failed("Its event selectors leave out management events.")
    elif manages is UNKNOWN:
        events = unknown("Whether its selectors record management events is known only at deployment.")
    return worst([*(setting.judge(resource) for setting in _SETTINGS), events])


RULE = Rule(
    name="TrailRecordsEverywhere",
    severity="error",
    resource_types=(_KIND,),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(3)(ii)(A)", "164.308(a)(5)(ii)(C)", "164.312(b)"),
    fix="Set is_multi_region_trail=True and include_global_service_events=True, or use AuditTrail.",
    check=check,
)
