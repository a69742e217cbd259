from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.compliance.controls import read
from tests.compliance.rules.support import GIVEN, judged, one, verdict

CATALOGUE = read("resource_control_services.json")
SERVICES = (*CATALOGUE["stores"], *CATALOGUE["signed_in"])
OWN = {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}


def _statement(condition: Any, without: str = "") -> dict[str, Any]:
    actions = [f"{service}:*" for service in SERVICES if service != without]
    return {"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": "*", "Condition": condition}


STRANGERS = {"StringNotEqualsIfExists": OWN, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
ON_BEHALF = {
    "StringNotEqualsIfExists": {"aws:SourceOrgID": "o-a1b2c3d4e5"},
    "Bool": {"aws:PrincipalIsAWSService": "true"},
    "Null": {"aws:SourceAccount": "false"},
}
NO_TLS = {"BoolIfExists": {"aws:SecureTransport": "false"}}
OLD_TLS = {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
ALL = (STRANGERS, ON_BEHALF, NO_TLS, OLD_TLS)


def _policy(*statements: Any, kind: Any = "RESOURCE_CONTROL_POLICY", name: str = "Subject") -> dict[str, Any]:
    content = {"Version": "2012-10-17", "Statement": list(statements)}
    return {name: {"Type": "AWS::Organizations::Policy", "Properties": {"Type": kind, "Content": content}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_policy(*map(_statement, ALL)), "passed"),
        *((_policy(*(_statement(one) for one in ALL if one is not left_out)), "failed") for left_out in ALL),
        (
            _policy(*map(_statement, (STRANGERS, ON_BEHALF, NO_TLS, {"NumericLessThan": {"s3:TlsVersion": "1.0"}}))),
            "failed",
        ),
        (
            _policy(*map(_statement, (STRANGERS, ON_BEHALF, NO_TLS, {"NumericLessThan": {"s3:TlsVersion": "x"}}))),
            "failed",
        ),
        (_policy({**_statement(STRANGERS), "Effect": "Allow"}), "failed"),
        (_policy(*({**_statement(one), "Principal": {"AWS": "111122223333"}} for one in ALL)), "failed"),
        (_policy(kind="SERVICE_CONTROL_POLICY"), "not_applicable"),
        (_policy(kind=GIVEN), "unknown"),
        (one("AWS::Organizations::Policy", Type="RESOURCE_CONTROL_POLICY", Content=GIVEN), "unknown"),
        (one("AWS::Organizations::Account"), "not_inspected"),
    ],
)
def test_outcome(resources: dict[str, Any], expected: str) -> None:
    assert judged("resource_controls_complete", resources) == expected


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        (STRANGERS, "requests from outside the organization to kms"),
        (ON_BEHALF, "AWS services on behalf of other organizations to kms"),
        (NO_TLS, "requests without TLS to kms"),
    ],
)
def test_a_service_that_is_left_out_is_named(condition: Any, what: str) -> None:
    statements = [_statement(one, without="kms" if one is condition else "") for one in ALL]
    found = verdict("resource_controls_complete", _policy(*statements))
    assert found is not None
    assert found.message == f"No resource control policy of the app denies {what}."


def test_there_is_a_request_for_every_service_of_the_list() -> None:
    outside, on_behalf, without_tls, _ = read("guarded_requests.json")["resource_control"]
    services = [
        {action.partition(":")[0] for action in group["actions"]} for group in (outside, on_behalf, without_tls)
    ]
    assert services[0] == {*CATALOGUE["stores"], "sts"}
    assert services[1] == services[2] == set(SERVICES)


def test_policies_are_judged_together_and_once() -> None:
    half, rest = map(_statement, ALL[:2]), map(_statement, ALL[2:])
    assert judged("resource_controls_complete", _policy(*half), _policy(*rest, name="Second")) == "passed"
    assert judged("resource_controls_complete", _policy(name="First"), _policy()) == "not_applicable"
