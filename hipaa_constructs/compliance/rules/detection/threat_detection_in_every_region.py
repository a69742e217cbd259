"""GuardDuty watches every Region that the account uses.

The rule inspects the trail, since the app that records an account also watches over it; without a trail, it inspects
the detectors. Compliant: every Region where the app has a stack in that account has a GuardDuty detector, as Security
Hub's control GuardDuty.1 asks for in each Region
(docs.aws.amazon.com/securityhub/latest/userguide/guardduty-controls.html), or an event rule that waits for findings of
one, which AwaitedServiceEnabled judges. Non-compliant: a Region has none. Unknown: the Regions of some stacks are known
only at deployment. Not applicable: an app with neither trail nor detector, whose account something else watches over;
detectors beside a trail; all trails of an account but the first.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.events import awaited
from hipaa_constructs.compliance.facts.regions import of_account, regions_in_use
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_DETECTOR, _TRAIL = "AWS::GuardDuty::Detector", "AWS::CloudTrail::Trail"


def check(resource: Resource) -> Verdict:
    trails = of_account(resource, _TRAIL)
    if trails and trails[0] is not resource:
        return NOT_APPLICABLE
    listening = (rule for rule in of_account(resource, "AWS::Events::Rule") if _DETECTOR in awaited(rule))
    watched = {found.template.region for found in (*of_account(resource, _DETECTOR), *listening)}
    missing = [region for region in regions_in_use(resource.template) if region not in watched]
    if not missing:
        return PASSED
    if watched and None in (*watched, *missing):
        return unknown("Some stacks name no Region, so only deployment tells which Regions have a detector.")
    return failed(
        f"There is no GuardDuty detector in {', '.join(region or 'the Region of its stack' for region in missing)}."
    )


RULE = Rule(
    name="ThreatDetectionInEveryRegion",
    severity="warning",
    resource_types=(_TRAIL, _DETECTOR),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(5)(ii)(B)", "164.308(a)(6)(ii)"),
    fix="Put a detector of GuardDuty into every Region that the account uses; acknowledge it where an "
    "organization's administrator does.",
    fixes=(
        Fix(
            beside=f"A stack of each Region that the finding names has an {_DETECTOR} with Enable: true; acknowledge "
            "the finding where an organization's administrator turns GuardDuty on.",
            constructs=("ThreatDetection",),
        ),
    ),
    needs="app",
    check=check,
)
