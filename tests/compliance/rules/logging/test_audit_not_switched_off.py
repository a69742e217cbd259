from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

RECORDER = "arn:aws:config:us-east-1:111122223333:configuration-recorder/default/abc"


def _document(Effect: str = "Allow", **statement: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": Effect, **statement}]}


def _policy(**statement: Any) -> dict[str, Any]:
    return one("AWS::IAM::Policy", PolicyDocument=_document(**statement))


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_policy(Action="cloudtrail:UpdateTrail", Resource="*"), "failed"),
        (_policy(Action=["s3:GetObject", "cloudtrail:puteventselectors"], Resource="*"), "failed"),
        (_policy(Action="cloudtrail:UpdateTrail", Resource="arn:aws:cloudtrail:*:111122223333:trail/*"), "failed"),
        (_policy(Action="cloudtrail:Update*", Resource="arn:aws:cloudtrail:*:111122223333:trail/*"), "failed"),
        (_policy(Action="cloudtrail:UpdateTrail", Resource="arn:aws:logs:*:*:*"), "passed"),
        (_policy(Action="config:StopConfigurationRecorder", Resource="*"), "failed"),
        (_policy(Action="config:StopConfigurationRecorder", Resource=RECORDER), "passed"),
        (_policy(Action="ec2:DeleteFlowLogs", Resource="arn:aws:ec2:*:*:vpc-flow-log/*"), "failed"),
        (_policy(Action="ec2:DeleteFlowLogs", Resource="arn:aws:ec2:*:*:vpc-flow-log/fl-1"), "passed"),
        (_policy(Action="guardduty:DeleteDetector", Resource="*"), "failed"),
        (_policy(Action="securityhub:DisableSecurityHub", Resource="*"), "failed"),
        (_policy(Action=["cloudtrail:StartLogging", "guardduty:GetDetector", "config:Put*"], Resource="*"), "passed"),
        # These are DataGrantsNameResources' and GrantsBounded's.
        (_policy(Action=["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"], Resource="*"), "passed"),
        (_policy(Action="guardduty:*", Resource="*"), "passed"),
        (_policy(Action="config:Delete*", Resource="*"), "passed"),
        (
            _policy(
                Action="guardduty:UpdateDetector",
                Resource="*",
                Condition={"StringEquals": {"aws:ResourceTag/owner": "security"}},
            ),
            "passed",
        ),
        (
            _policy(
                Action="guardduty:UpdateDetector", Resource="*", Condition={"Bool": {"aws:SecureTransport": "true"}}
            ),
            "failed",
        ),
        (_policy(Effect="Deny", Action="config:StopConfigurationRecorder", Resource="*"), "passed"),
        (_policy(Action=GIVEN, Resource="*"), "unknown"),
        (_policy(Action="inspector2:Disable", Resource="*", Condition=GIVEN), "unknown"),
        (one("AWS::IAM::UserPolicy", PolicyDocument=_document(Action="macie2:DisableMacie", Resource="*")), "failed"),
        (one("AWS::IAM::Group"), "not_applicable"),
        (one("AWS::Organizations::Policy"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("audit_not_switched_off", resources) == expected


def test_a_boundary_grants_nothing() -> None:
    policy = _document(Action="guardduty:DeleteDetector", Resource="*")
    boundary = one("AWS::IAM::ManagedPolicy", PolicyDocument=policy)
    role = {"Role": {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": {"Ref": "Subject"}}}}
    assert judged("audit_not_switched_off", boundary | role) == "not_applicable"
