"""GuardDuty's protection plans are on, and its findings are exported.

Compliant: the protection plans that Security Hub's GuardDuty controls ask for are on
(docs.aws.amazon.com/securityhub/latest/userguide/guardduty-controls.html), as far as the Region has them, with every
part of theirs, and findings are exported: GuardDuty itself keeps them for 90 days
(docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html). A new detector has every plan that it is not
told of but RUNTIME_MONITORING, whether it names others or none
(docs.aws.amazon.com/guardduty/latest/APIReference/API_CreateDetector.html). Non-compliant: a plan is turned off by
``Features``, or by ``DataSources``, which came before it; runtime monitoring is not turned on; or nothing is exported.
Not applicable: a detector that is off, which DetectorEnabled judges.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Resolved,
    Ternary,
    all_of,
    any_of,
    as_items,
    dig,
    is_false,
    is_one_of,
    is_true,
    negate,
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
# The one that is off in a new detector, unless it is turned on.
_OFF_BY_DEFAULT = "RUNTIME_MONITORING"
# Where the deprecated DataSources, which stands in place of Features, turns a plan off:
# docs.aws.amazon.com/guardduty/latest/ug/guardduty-feature-object-api-changes-march2023.html.
_SOURCES: Mapping[str, str] = {
    "EBS_MALWARE_PROTECTION": "DataSources.MalwareProtection.ScanEc2InstanceWithFindings.EbsVolumes",
    "EKS_AUDIT_LOGS": "DataSources.Kubernetes.AuditLogs.Enable",
    "S3_DATA_EVENTS": "DataSources.S3Logs.Enable",
}


def _is_on(feature: Resolved) -> Ternary:
    parts = spread(feature, "AdditionalConfiguration[].Status")
    return all_of(is_one_of(status, "ENABLED") for status in (dig(feature, "Status"), *parts))


def _has(detector: Resource, plan: str) -> Ternary:
    """Whether a detector has a plan on: as it says, and else by default."""
    features = [(is_one_of(dig(one, "Name"), plan), _is_on(one)) for one in as_items(detector.get("Features"))]
    if plan == _OFF_BY_DEFAULT:
        return any_of(all_of(one) for one in features)
    sources = _SOURCES.get(plan)
    by_default = Ternary.YES if sources is None else negate(is_false(detector.get(sources, True)))
    return all_of(
        (
            *(any_of((negate(is_named), is_on)) for is_named, is_on in features),
            any_of((*(is_named for is_named, _ in features), by_default)),
        )
    )


def check(resource: Resource) -> Verdict:
    if is_true(resource.get("Enable")) is not Ternary.YES:
        return NOT_APPLICABLE
    return worst((_plans(resource), _export(resource)))


def _plans(resource: Resource) -> Verdict:
    on = {
        plan: _has(resource, plan)
        for plan in _PLANS
        if not is_absent(plan, resource.template.region, kind="guardduty_features")
    }
    missing = [plan for plan, answer in on.items() if answer is Ternary.NO]
    if missing:
        said = []
        if turned_off := [plan for plan in missing if plan != _OFF_BY_DEFAULT or _is_named(resource, plan)]:
            said.append(f"It turns off, in whole or in part: {', '.join(turned_off)}.")
        if len(turned_off) < len(missing):
            said.append(f"It does not turn on {_OFF_BY_DEFAULT}, which is off by default.")
        return failed(" ".join(said), at="Features" if resource.get("DataSources") is None else "DataSources")
    return judge(all_of(on.values()), "", unknown_message="Features is known only at deployment.")


def _is_named(resource: Resource, plan: str) -> bool:
    return any(is_one_of(dig(one, "Name"), plan) is Ternary.YES for one in as_items(resource.get("Features")))


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
            keeps=True,
            beside="Leave out plans that the Region lacks, and DataSources, which Features replaces. An "
            "AWS::GuardDuty::PublishingDestination has the "
            "detector's id in DetectorId, DestinationType: S3, and in DestinationProperties the ARNs of a "
            "bucket and of a key that guardduty.amazonaws.com may use.",
            constructs=("ThreatDetection",),
        ),
    ),
    needs="template",
    check=check,
)
