"""GuardDuty's protection plans are on, and its findings are exported.

Compliant: the protection plans that Security Hub's GuardDuty controls ask for are on
(docs.aws.amazon.com/securityhub/latest/userguide/guardduty-controls.html), as far as the Region has them, with every
part of theirs, and findings are exported: GuardDuty itself keeps them for 90 days
(docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html). Non-compliant: a plan is off or missing, or
nothing is exported. Not applicable: a detector that is off, which DetectorEnabled judges.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
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
from hipaa_constructs.compliance.availability import is_absent
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed, judge, worst

_PLANS = (
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "LAMBDA_NETWORK_LOGS",
    "RDS_LOGIN_EVENTS",
    "RUNTIME_MONITORING",
    "S3_DATA_EVENTS",
)


def _is_on(feature: Resolved) -> Ternary:
    parts = spread(feature, "AdditionalConfiguration[].Status")
    return all_of(is_one_of(status, "ENABLED") for status in (dig(feature, "Status"), *parts))


def check(resource: Resource) -> Verdict:
    if is_true(resource.get("Enable")) is not Ternary.YES:
        return NOT_APPLICABLE
    return worst((_plans(resource), _export(resource)))


def _plans(resource: Resource) -> Verdict:
    features = as_items(resource.get("Features"))
    on = {
        plan: any_of(all_of((is_one_of(dig(feature, "Name"), plan), _is_on(feature))) for feature in features)
        for plan in _PLANS
        if not is_absent(plan, resource.template.region, kind="guardduty_features")
    }
    missing = [plan for plan, answer in on.items() if answer is Ternary.NO]
    if missing:
        return failed(f"Features lacks, or turns on only in part: {', '.join(missing)}.")
    return judge(all_of(on.values()), "", unknown_message="Features is known only at deployment.")


def _export(resource: Resource) -> Verdict:
    exports = resource.template.app.referring(resource, "AWS::GuardDuty::PublishingDestination", "DetectorId")
    message = "No PublishingDestination exports the findings, which GuardDuty keeps for 90 days."
    return judge(bool(exports), message, at="")


RULE = Rule(
    name="ThreatDetectionComplete",
    severity="warning",
    resource_types=("AWS::GuardDuty::Detector",),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(5)(ii)(B)", "164.308(a)(6)(ii)"),
    fix="Turn every protection plan on that the Region has, and export the findings.",
    fixes=(
        Fix(
            properties={"Features": [{"Name": plan, "Status": "ENABLED"} for plan in _PLANS]},
            beside="Leave out plans that the Region lacks. An AWS::GuardDuty::PublishingDestination has the "
            "detector's id in DetectorId, DestinationType: S3, and in DestinationProperties the ARNs of a "
            "bucket and of a key that guardduty.amazonaws.com may use.",
            constructs=("ThreatDetection",),
        ),
    ),
    needs="template",
    check=check,
)
