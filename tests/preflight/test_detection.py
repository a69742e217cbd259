"""Whether AWS's detection services are on and complete."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from hipaa_constructs.detection import security_posture, threat_detection
from hipaa_constructs.preflight import detection
from tests.aws_server import AwsServer
from tests.preflight.support import (
    ACCOUNT,
    ANALYZERS,
    DISCOVERY,
    REGION,
    STANDARDS,
    analyzer,
    answer,
    ask,
    detect,
    export,
    standards,
)


def test_what_is_asked_for_is_what_the_constructs_turn_on() -> None:
    assert set(detection.PLANS) == {*threat_detection.FEATURES, "RUNTIME_MONITORING"}
    assert set(detection.STANDARDS) == set(security_posture._STANDARDS.values())


@pytest.mark.parametrize(
    ("check", "name"),
    [
        ("ThreatDetection", "GuardDuty"),
        ("SecurityPosture", "Security Hub"),
        ("DataDiscovery", "Macie"),
        ("AccessReview", "Access Analyzer"),
        ("VulnerabilityScanning", "Inspector"),
    ],
)
def test_what_is_complete_passes(healthy: AwsServer, check: str, name: str) -> None:
    assert answer(check) == {
        "outcome": "passed",
        "message": f"{name} is on and complete.",
        "resources": (),
        "fix": "",
    }


def test_a_region_without_it_fails(healthy: AwsServer) -> None:
    _, report = ask("--region", REGION, "--region", "us-west-2")
    (threats,) = (one for one in report["results"] if one["id"].endswith("-ThreatDetection"))
    assert (threats["message"], threats["resources"]) == ("GuardDuty is off in us-west-2.", ["us-west-2"])
    assert threats["severity"] == "error"


# GuardDuty


def features(**changes: str) -> list[dict[str, Any]]:
    return [{"Name": name, "Status": changes.get(name, "ENABLED")} for name in detection.PLANS]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"Features": features(RDS_LOGIN_EVENTS="DISABLED", EKS_AUDIT_LOGS="DISABLED")},
            "GuardDuty in us-east-1: EKS_AUDIT_LOGS, RDS_LOGIN_EVENTS off or in part.",
        ),
        (
            {
                "Features": [
                    {
                        "Name": "RUNTIME_MONITORING",
                        "Status": "ENABLED",
                        "AdditionalConfiguration": [{"Name": "EC2_AGENT_MANAGEMENT", "Status": "DISABLED"}],
                    }
                ]
            },
            "GuardDuty in us-east-1: RUNTIME_MONITORING off or in part.",
        ),
        ({"Enable": False, "Features": features()}, "GuardDuty in us-east-1: it is suspended."),
        ({"Features": [{"Name": "FLOW_LOGS", "Status": "DISABLED"}]}, "GuardDuty is on and complete."),
    ],
    ids=["plans", "agents", "suspended", "plans that the Region has not"],
)
def test_a_detector_that_leaves_something_out(aws: AwsServer, given: dict[str, Any], message: str) -> None:
    detector = boto3.client("guardduty").create_detector(**{"Enable": True, **given})["DetectorId"]
    export(aws, detector, "PUBLISHING")
    assert answer("ThreatDetection")["message"] == message


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ((), "failed"),
        (("STOPPED", "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY"), "failed"),
        (("STOPPED", "PUBLISHING"), "passed"),
        (("PENDING_VERIFICATION",), "passed"),
    ],
)
def test_findings_have_to_be_exported(aws: AwsServer, statuses: tuple[str, ...], outcome: str) -> None:
    export(aws, detect(aws), *statuses)
    result = answer("ThreatDetection")
    assert result["outcome"] == outcome
    if outcome == "failed":
        assert result["message"] == "GuardDuty in us-east-1: findings are not exported."
        assert "given the detector's id" in result["fix"]


@pytest.mark.parametrize(("relationship", "outcome"), [("Enabled", "passed"), ("Removed", "failed")])
def test_a_member_s_findings_go_where_the_administrator_s_do(aws: AwsServer, relationship: str, outcome: str) -> None:
    detector = detect(aws)
    export(aws, detector)
    administrator = {"accountId": "999988887777", "relationshipStatus": relationship}
    aws.answers["guardduty", f"GET /detector/{detector}/administrator"] = {"administrator": administrator}
    assert answer("ThreatDetection")["outcome"] == outcome


# Security Hub


def test_standards_that_are_off_are_named(healthy: AwsServer) -> None:
    healthy.answers[STANDARDS] = standards("cis-aws-foundations-benchmark/v/1.2.0", detection.STANDARDS[0])
    result = answer("SecurityPosture")
    assert result["message"] == (
        "Security Hub in us-east-1: nist-800-53/v/5.0.0, cis-aws-foundations-benchmark/v/5.0.0 off."
    )
    assert "batch-enable-standards" in result["fix"]


def test_a_hub_that_leaves_new_controls_off(healthy: AwsServer) -> None:
    healthy.answers["securityhub", "GET /accounts"] = {"HubArn": "arn", "AutoEnableControls": False}
    assert answer("SecurityPosture")["message"] == "Security Hub in us-east-1: new controls of its standards stay off."


def test_an_account_that_may_not_use_security_hub_is_not_taken_for_one_without(healthy: AwsServer) -> None:
    healthy.errors["securityhub", "GET /accounts"] = ("InvalidAccessException", "The account has no permission")
    result = answer("SecurityPosture")
    assert result["outcome"] == "unknown"
    assert "DescribeHub answered InvalidAccessException: The account has no permission" in result["message"]


# Macie


def test_macie_says_it_is_off_with_the_code_of_a_missing_permission(healthy: AwsServer) -> None:
    key = ("macie2", "GET /macie")
    healthy.errors[key] = ("AccessDeniedException", "Macie is not enabled.")
    assert answer("DataDiscovery")["message"] == "Macie is off in us-east-1."
    healthy.errors[key] = ("AccessDeniedException", "User is not authorized to perform macie2:GetMacieSession")
    assert answer("DataDiscovery")["message"] == "Not permitted: GetMacieSession."


def test_a_paused_session_and_discovery_that_is_off(healthy: AwsServer) -> None:
    boto3.client("macie2").enable_macie(status="PAUSED")
    healthy.answers[DISCOVERY] = {"status": "DISABLED"}
    assert answer("DataDiscovery")["message"] == "Macie in us-east-1: it is paused; automated discovery is off."


def test_discovery_is_the_administrator_s_to_decide(healthy: AwsServer) -> None:
    administrator = {"accountId": "999988887777", "relationshipStatus": "Enabled"}
    healthy.answers["macie2", "GET /administrator"] = {"administrator": administrator}
    healthy.errors[DISCOVERY] = ("AccessDeniedException", "Not the administrator")
    assert answer("DataDiscovery")["outcome"] == "passed"


# Access Analyzer


@pytest.mark.parametrize(
    ("analyzers", "message"),
    [
        ([analyzer("ACCOUNT")], "Access Analyzer in us-east-1: none for unused access."),
        ([analyzer("ORGANIZATION_UNUSED_ACCESS")], "Access Analyzer in us-east-1: none for external access."),
        ([analyzer("ACCOUNT_INTERNAL_ACCESS")], "Access Analyzer in us-east-1: none for external access; none for"),
        ([analyzer("ACCOUNT", "DISABLED")], "Access Analyzer is off in us-east-1."),
        ([analyzer("ORGANIZATION"), analyzer("ORGANIZATION_UNUSED_ACCESS")], "Access Analyzer is on and complete."),
    ],
)
def test_both_kinds_of_analyzers_are_asked_for(
    healthy: AwsServer, analyzers: list[dict[str, str]], message: str
) -> None:
    healthy.answers[ANALYZERS] = {"analyzers": analyzers}
    assert answer("AccessReview")["message"].startswith(message)


# Inspector


def test_what_is_not_scanned_is_named(healthy: AwsServer) -> None:
    boto3.client("inspector2").disable(accountIds=[ACCOUNT], resourceTypes=["ECR", "LAMBDA"])
    assert answer("VulnerabilityScanning")["message"] == "Inspector in us-east-1: ECR, Lambda not scanned."


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ACCESS_DENIED", "Not permitted: BatchGetAccountStatus."),
        ("SUSPENDED", "BatchGetAccountStatus answered SUSPENDED: no"),
    ],
)
def test_an_account_that_inspector_refuses_is_unknown(healthy: AwsServer, code: str, message: str) -> None:
    healthy.answers["inspector2", "POST /status/batch/get"] = {
        "accounts": [],
        "failedAccounts": [{"accountId": ACCOUNT, "errorCode": code, "errorMessage": "no"}],
    }
    result = answer("VulnerabilityScanning")
    assert (result["outcome"], result["message"]) == ("unknown", message)
