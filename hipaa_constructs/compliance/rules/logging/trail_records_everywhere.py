"""Trails record every Region and the global services, and are switched on.

Compliant: logging, multi-Region, with global events, and management events of reads and writes.
Non-compliant: one of these is off. A trail for data events alone passes if another trail of the app records
the management events. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    all_of,
    any_of,
    as_items,
    dig,
    is_one_of,
    is_true,
    spread,
)
from hipaa_constructs.compliance.facts.settings import Setting
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, judge, worst

_KIND = "AWS::CloudTrail::Trail"
# CloudTrail's own default for global services is true.
_SETTINGS = (
    Setting("IsLogging", is_true),
    Setting("IsMultiRegionTrail", is_true, default=False),
    Setting("IncludeGlobalServiceEvents", is_true, default=True),
)


def _advanced(selector: Resolved) -> Ternary:
    if selector is UNKNOWN or any(field is UNKNOWN for field in spread(selector, "FieldSelectors[]")):
        return Ternary.UNKNOWN
    fields = {str(dig(field, "Field")): field for field in spread(selector, "FieldSelectors[]")}
    categories = as_items(dig(fields.get("eventCategory"), "Equals"))
    if "readOnly" in fields or len(categories) != 1:
        return Ternary.NO
    return is_one_of(categories[0], "Management")


def _basic(selector: Resolved) -> Ternary:
    return all_of(
        (
            is_one_of(dig(selector, "ReadWriteType", "All"), "All"),
            is_true(dig(selector, "IncludeManagementEvents", True)),
        )
    )


def _manages(trail: Resource) -> Ternary:
    """Whether a trail records all management events; without selectors it does."""
    basic = [_basic(item) for item in spread(trail.properties, "EventSelectors[]")]
    advanced = [_advanced(item) for item in spread(trail.properties, "AdvancedEventSelectors[]")]
    return any_of([*basic, *advanced]) if basic or advanced else Ternary.YES


def check(resource: Resource) -> Verdict:
    manages = _manages(resource)
    if manages is not Ternary.YES and any(
        _manages(other) is Ternary.YES for other in resource.template.app.of_type(_KIND)
    ):
        manages = Ternary.YES
    events = judge(
        manages,
        "Its event selectors leave out management events.",
        unknown_message="Whether its selectors record management events is known only at deployment.",
    )
    return worst([*(setting.judge(resource) for setting in _SETTINGS), events])


RULE = Rule(
    name="TrailRecordsEverywhere",
    severity="error",
    resource_types=(_KIND,),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(3)(ii)(A)", "164.308(a)(5)(ii)(C)", "164.312(b)"),
    fix="Let the trail log all management events, in every Region and of global services.",
    fixes=(
        Fix(
            properties={setting.path: True for setting in _SETTINGS},
            template="EventSelectors, where there are any, have one with ReadWriteType: All and "
            "IncludeManagementEvents: true.",
            cdk=(
                "cloudtrail.Trail(is_multi_region_trail=True, include_global_service_events=True, "
                "management_events=cloudtrail.ReadWriteType.ALL)",
            ),
            constructs=("AuditTrail",),
        ),
    ),
    needs="app",
    check=check,
)
