"""GuardDuty's protection plans are on, and its findings are exported.

Compliant: the protection plans that Security Hub's GuardDuty controls ask for are on
(docs.aws.amazon.com/securityhub/latest/userguide/guardduty-controls.html), with every part of theirs, and findings
are exported: GuardDuty itself keeps them for 90 days
(docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html). Non-compliant: a plan is off or missing, or
nothing is exported. Not applicable: a detector that is off, which DetectorEnabled judges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_bool, as_list, dig, spread
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_PLANS = (
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "LAMBDA_NETWORK_LOGS",
    "RDS_LOGIN_EVENTS",
    "RUNTIME_MONITORING",
    "S3_DATA_EVENTS",
)


def _is_on(feature: Any) -> bool:
    parts = [dig(part, "Status") for part in spread(feature, "AdditionalConfiguration[]")]
    return [dig(feature, "Status"), *parts].count("ENABLED") == 1 + len(parts)


def check(resource: Resource) -> Verdict:
    if as_bool(resource.get("Enable")) is not True:
        return NOT_APPLICABLE
    features = as_list(resource.get("Features"))
    if features is UNKNOWN or not all(isinstance(feature, Mapping) for feature in features):
        return unknown("Features is known only at deployment.")
    on = {feature.get("Name") for feature in features if _is_on(feature)}
    missing = [plan for plan in _PLANS if plan not in on]
    if missing:
        return failed(f"Features lacks, or turns on only in part: {', '.join(missing)}.")
    if not resource.template.app.referring(resource, "AWS::GuardDuty::PublishingDestination", "DetectorId"):
        return failed("No PublishingDestination exports the findings, which GuardDuty keeps for 90 days.", at="")
    return PASSED


RULE = Rule(
    name="ThreatDetectionComplete",
    severity="warning",
    resource_types=("AWS::GuardDuty::Detector",),
    controls=("164.308(a)(1)(ii)(D)", "164.308(a)(5)(ii)(B)", "164.308(a)(6)(ii)"),
    fix="List every protection plan in features and add a CfnPublishingDestination, or use ThreatDetection.",
    check=check,
)
