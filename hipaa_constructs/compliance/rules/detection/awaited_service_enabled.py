"""The detection service whose findings a rule waits for is turned on.

Compliant: an EventBridge rule takes findings of GuardDuty, Security Hub, Macie, Access Analyzer or AWS Config, and the
app turns that service on in the same account and Region: an account has each once in a Region, and it reports where it
is. Non-compliant: the app does not, so nothing may send what the rule waits for; the service may be on already, which
no template shows; the first rule of a template that waits for it stands for all. Unknown: the service is in a stack
that names no Region, or the rule is. Not applicable: rules for other events, on another bus than that of AWS's
services, or with a pattern that only deployment tells.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.events import awaited
from hipaa_constructs.compliance.facts.regions import of_account
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst
from hipaa_constructs.compliance.rules.detection.account_watched import watches

_NAMES: Mapping[str, str] = {
    "AWS::AccessAnalyzer::Analyzer": "Access Analyzer for access from outside",
    "AWS::Config::ConfigurationRecorder": "AWS Config",
    "AWS::GuardDuty::Detector": "GuardDuty",
    "AWS::Macie::Session": "Macie",
    "AWS::SecurityHub::Hub": "Security Hub",
}


def _judge(rule: Resource, kind: str) -> Verdict:
    here = rule.template.region
    regions = {service.template.region for service in of_account(rule, kind) if watches(service)}
    if here in regions:
        return PASSED
    if regions and None in (here, *regions):
        return unknown(f"Whether {_NAMES[kind]} is in the Region of this rule is known only at deployment.")
    waiting = [one for one in rule.template.app.of_type(rule.type) if _waits_alike(one, rule, kind)]
    if waiting[0] is not rule:
        return NOT_APPLICABLE
    place = here or "the Region of this rule"
    more = len(waiting) - 1
    waits = f"this rule and {more} more of the template wait for" if more else "this rule waits for"
    return failed(f"The app turns on no {_NAMES[kind]} in {place}, whose findings {waits}.")


def _waits_alike(one: Resource, other: Resource, kind: str) -> bool:
    return one.template is other.template and kind in awaited(one)


def check(resource: Resource) -> Verdict:
    kinds = awaited(resource)
    return worst(_judge(resource, kind) for kind in kinds) if kinds else NOT_APPLICABLE


RULE = Rule(
    name="AwaitedServiceEnabled",
    severity="warning",
    resource_types=("AWS::Events::Rule",),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(6)(ii)"),
    fix="Turn the service on in the rule's account and Region; acknowledge it where it is on already.",
    fixes=(
        Fix(
            beside="Beside the rule, in its Region, stands what the finding names: "
            + ", ".join(f"{kind} for {name}" for kind, name in _NAMES.items())
            + "; acknowledge the finding where the account has it already.",
            constructs=("AccessReview", "ContinuousCompliance", "DataDiscovery", "SecurityPosture", "ThreatDetection"),
        ),
    ),
    needs="app",
    check=check,
)
