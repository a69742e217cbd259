"""Whether AWS's detection services are on and complete, which the app only shows where it makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from hipaa_constructs.preflight.check import Account, Answer, Check, failed, passed

# What ThreatDetection turns on.
PLANS = (
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "LAMBDA_NETWORK_LOGS",
    "RDS_LOGIN_EVENTS",
    "RUNTIME_MONITORING",
    "S3_DATA_EVENTS",
)
# What SecurityPosture turns on.
STANDARDS = (
    "aws-foundational-security-best-practices/v/1.0.0",
    "nist-800-53/v/5.0.0",
    "cis-aws-foundations-benchmark/v/5.0.0",
)
EXPORTS = "findings are not exported"
_SCANNED = {"ec2": "EC2", "ecr": "ECR", "lambda": "Lambda"}


@dataclass(frozen=True, slots=True)
class Watch:
    """How a service is in one Region: whether it is there, and what it leaves out; ``resource_id`` if it has one."""

    there: bool
    lacks: tuple[str, ...] = ()
    resource_id: str = ""


def guard_duty(account: Account, region: str) -> Watch:
    """Look at the detector: the plans that the Region has, and whether findings are kept longer than 90 days."""
    client = account.client("guardduty", region)
    ids = [one for page in client.get_paginator("list_detectors").paginate() for one in page["DetectorIds"]]
    if not ids:
        return Watch(False)
    detector = client.get_detector(DetectorId=ids[0])
    lacks = [] if detector["Status"] == "ENABLED" else ["it is suspended"]
    off = sorted(one["Name"] for one in detector.get("Features", ()) if one["Name"] in PLANS and not _is_on(one))
    if off:
        lacks.append(f"{', '.join(off)} off or in part")
    if not keeps_findings(client, ids[0]):
        lacks.append(EXPORTS)
    return Watch(True, tuple(lacks), ids[0])


def keeps_findings(client: Any, detector_id: str) -> bool:
    """Whether the detector exports what it finds, or an administrator's detector has it and decides.

    Findings of members go where the administrator's do:
    docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html.
    """
    administrator = client.get_administrator_account(DetectorId=detector_id).get("Administrator") or {}
    if administrator.get("AccountId") and administrator.get("RelationshipStatus", "Enabled") == "Enabled":
        return True
    destinations = client.list_publishing_destinations(DetectorId=detector_id)["Destinations"]
    return any(one["Status"] in ("PENDING_VERIFICATION", "PUBLISHING") for one in destinations)


def _is_on(feature: dict[str, Any]) -> bool:
    parts = feature.get("AdditionalConfiguration") or ()
    return all(one["Status"] == "ENABLED" for one in (feature, *parts))


def security_hub(account: Account, region: str) -> Watch:
    """Look at the hub and its standards."""
    client = account.client("securityhub", region)
    try:
        hub = client.describe_hub()
    except ClientError as error:
        # The code is also that of other troubles with the account.
        if "not subscribed" in error.response["Error"].get("Message", ""):
            return Watch(False)
        raise
    lacks = [] if hub.get("AutoEnableControls", True) else ["new controls of its standards stay off"]
    pages = client.get_paginator("get_enabled_standards").paginate()
    enabled = [one["StandardsArn"] for page in pages for one in page["StandardsSubscriptions"]]
    missing = [standard for standard in STANDARDS if not any(arn.endswith(f"/{standard}") for arn in enabled)]
    if missing:
        lacks.append(f"{', '.join(missing)} off")
    return Watch(True, tuple(lacks))


def macie(account: Account, region: str) -> Watch:
    """Look at the session, and at automated discovery where no administrator decides about it."""
    client = account.client("macie2", region)
    try:
        session = client.get_macie_session()
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        # The first code is also that of a missing permission.
        if "not enabled" in message or code == "ResourceNotFoundException":
            return Watch(False)
        raise
    lacks = [] if session["status"] == "ENABLED" else ["it is paused"]
    administrator = client.get_administrator_account().get("administrator") or {}
    if administrator.get("relationshipStatus") != "Enabled":
        discovery = client.get_automated_discovery_configuration()
        if discovery["status"] != "ENABLED":
            lacks.append("automated discovery is off")
    return Watch(True, tuple(lacks))


def analyzers(account: Account, region: str) -> Sequence[Mapping[str, Any]]:
    """Return the account's analyzers."""
    pages = account.client("accessanalyzer", region).get_paginator("list_analyzers").paginate()
    return [one for page in pages for one in page["analyzers"]]


def access_analyzer(account: Account, region: str) -> Watch:
    """Look for an analyzer of external access and one of unused access, of the account or its organization."""
    types = {one["type"] for one in analyzers(account, region) if one["status"] in ("ACTIVE", "CREATING")}
    lacks = [] if {"ACCOUNT", "ORGANIZATION"} & types else ["none for external access"]
    if not {"ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS"} & types:
        lacks.append("none for unused access")
    return Watch(bool(types), tuple(lacks))


def inspector(account: Account, region: str) -> Watch:
    """Look at what is scanned."""
    status = account.client("inspector2", region).batch_get_account_status(accountIds=[account.id])
    for refused in status.get("failedAccounts", ()):
        said = {"Code": refused["errorCode"], "Message": refused["errorMessage"]}
        raise ClientError({"Error": said}, "BatchGetAccountStatus")
    states = {name: one["resourceState"].get(name, {}).get("status") for one in status["accounts"] for name in _SCANNED}
    off = [label for name, label in _SCANNED.items() if states.get(name) not in ("ENABLED", "ENABLING")]
    return Watch(len(off) < len(_SCANNED), (f"{', '.join(off)} not scanned",) if off else ())


def config(account: Account, region: str) -> Watch:
    """Look at the recorder, its delivery channel, and whether all types are recorded."""
    client = account.client("config", region)
    recorders = client.describe_configuration_recorders()["ConfigurationRecorders"]
    channels = client.describe_delivery_channels()["DeliveryChannels"]
    if not recorders and not channels:
        return Watch(False)
    statuses = client.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    lacks = [] if any(one.get("recording") for one in statuses) else ["it does not record"]
    if recorders and not any(one.get("recordingGroup", {}).get("allSupported") for one in recorders):
        lacks.append("only some types are recorded")
    if not channels:
        lacks.append("there is no delivery channel")
    return Watch(True, tuple(lacks))


def _everywhere(name: str, look: Callable[[Account, str], Watch]) -> Callable[[Account], Answer]:
    """Ask in every Region; what is off counts for more than what is incomplete."""

    def ask(account: Account) -> Answer:
        watches = {region: look(account, region) for region in account.regions}
        off = [region for region, watch in watches.items() if not watch.there]
        partial = {region: "; ".join(watch.lacks) for region, watch in watches.items() if watch.there and watch.lacks}
        said = [f"{name} is off in {', '.join(off)}."] if off else []
        said += [f"{name} in {region}: {what}." for region, what in partial.items()]
        if said:
            return failed(" ".join(said), *off, *partial)
        return passed(f"{name} is on and complete.")

    return ask


CHECKS = (
    Check(
        name="ThreatDetection",
        title="GuardDuty is on with every protection, and keeps its findings",
        permissions=(
            "guardduty:ListDetectors",
            "guardduty:GetDetector",
            "guardduty:GetAdministratorAccount",
            "guardduty:ListPublishingDestinations",
        ),
        fix="Deploy ThreatDetection in each of these Regions. Of a detector that it does not make, turn the plans on "
        "with aws guardduty update-detector, or ask the organization's administrator; ThreatDetection exports its "
        "findings if it is given the detector's id.",
        ask=_everywhere("GuardDuty", guard_duty),
    ),
    Check(
        name="SecurityPosture",
        title="Security Hub is on with its three standards",
        permissions=("securityhub:DescribeHub", "securityhub:GetEnabledStandards"),
        fix="Deploy SecurityPosture. Of a hub that it does not make, turn the standards on with aws securityhub "
        "batch-enable-standards, or ask the organization's administrator.",
        ask=_everywhere("Security Hub", security_hub),
        severity="warning",
    ),
    Check(
        name="DataDiscovery",
        title="Macie is on and looks at all buckets",
        permissions=(
            "macie2:GetMacieSession",
            "macie2:GetAdministratorAccount",
            "macie2:GetAutomatedDiscoveryConfiguration",
        ),
        fix="Deploy DataDiscovery with a baseline. Of a session that it does not make, turn discovery on with aws "
        "macie2 update-automated-discovery-configuration --status ENABLED.",
        ask=_everywhere("Macie", macie),
        severity="warning",
    ),
    Check(
        name="AccessReview",
        title="Access Analyzer looks for external and unused access",
        permissions=("access-analyzer:ListAnalyzers",),
        fix="Deploy AccessReview, unless analyzers of the organization's administrator take this account in.",
        ask=_everywhere("Access Analyzer", access_analyzer),
        severity="warning",
    ),
    Check(
        name="VulnerabilityScanning",
        title="Inspector scans instances, images and functions",
        permissions=("inspector2:BatchGetAccountStatus",),
        fix="Deploy AccountBaseline, or ask the organization's administrator to turn the scans on.",
        ask=_everywhere("Inspector", inspector),
        severity="warning",
    ),
)
