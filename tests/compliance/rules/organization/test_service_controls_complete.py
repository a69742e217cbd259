from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.compliance.controls import read
from tests.compliance.rules.support import GIVEN, judged, one, verdict

REQUESTS = read("guarded_requests.json")["service_control"]
EVERYTHING = {"Effect": "Deny", "Action": "*", "Resource": "*"}
ADMIN = {"ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::*:role/Admin*"}}


def _policy(*statements: Any, kind: Any = "SERVICE_CONTROL_POLICY", name: str = "Subject") -> dict[str, Any]:
    content = {"Version": "2012-10-17", "Statement": list(statements)}
    return {name: {"Type": "AWS::Organizations::Policy", "Properties": {"Type": kind, "Content": content}}}


def _denial(request: dict[str, Any]) -> dict[str, Any]:
    conditions = {"Condition": {"StringEquals": request["context"]}} if "context" in request else {}
    return {"Effect": "Deny", "Action": request["action"], "Resource": request.get("resource", "*"), **conditions}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_policy(EVERYTHING), "passed"),
        (_policy(*map(_denial, REQUESTS)), "passed"),
        (_policy({**EVERYTHING, "Effect": "Allow"}), "failed"),
        (_policy({**EVERYTHING, "Condition": ADMIN}), "passed"),
        (_policy({**EVERYTHING, "Condition": {"StringEquals": {"aws:PrincipalAccount": "999999999999"}}}), "failed"),
        (_policy({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": ADMIN}), "failed"),
        (_policy({"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}), "failed"),
        (_policy(kind="TAG_POLICY"), "not_applicable"),
        (_policy(kind=GIVEN), "unknown"),
        (one("AWS::Organizations::Policy", Type="SERVICE_CONTROL_POLICY", Content=GIVEN), "unknown"),
        (one("AWS::Organizations::Policy", Type="SERVICE_CONTROL_POLICY", Content=7), "unknown"),
        (one("AWS::Organizations::OrganizationalUnit"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("service_controls_complete", resources) == expected


@pytest.mark.parametrize("left_out", range(len(REQUESTS)), ids=[request["what"] for request in REQUESTS])
def test_each_request_is_missed(left_out: int) -> None:
    kept = [_denial(request) for number, request in enumerate(REQUESTS) if number != left_out]
    found = verdict("service_controls_complete", _policy(*kept))
    assert found is not None
    assert found.message == f"No service control policy of the app denies {REQUESTS[left_out]['what']}."


def test_roles_that_are_exempt_need_protection() -> None:
    denials = [{**_denial(request), "Resource": "*"} for request in REQUESTS]
    exempt = [{**denial, "Condition": {**denial.get("Condition", {}), **ADMIN}} for denial in denials]
    found = verdict("service_controls_complete", _policy(*exempt))
    assert found is not None
    assert "denies changing the roles that are exempt, passing the roles" in found.message
    changes = {
        "Effect": "Deny",
        "Action": ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"],
        "Resource": "arn:*:iam::*:role/Admin*",
        "Condition": ADMIN,
    }
    found = verdict("service_controls_complete", _policy(*exempt, changes))
    assert found is not None
    assert found.message.endswith("denies passing the roles that are exempt.")
    protection = {
        "Effect": "Deny",
        "Action": "iam:*Role*",
        "Resource": "arn:*:iam::*:role/Admin*",
        "Condition": ADMIN,
    }
    assert judged("service_controls_complete", _policy(*exempt, protection)) == "passed"


def test_requests_are_made_in_an_allowed_region() -> None:
    elsewhere = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}},
    }
    assert judged("service_controls_complete", _policy(elsewhere)) == "failed"


def test_policies_are_judged_together_and_once() -> None:
    half, rest = map(_denial, REQUESTS[:10]), map(_denial, REQUESTS[10:])
    assert judged("service_controls_complete", _policy(*half), _policy(*rest, name="Second")) == "passed"
    assert judged("service_controls_complete", _policy(name="First"), _policy()) == "not_applicable"
