from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.detection.account_alerts import AccountAlertBus, AccountAlerts
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.policy_evaluator import allowed
from tests.real_account import faults
from tests.told import without_runbook

ID = "o-a1b2c3d4e5"
ARN = "arn:aws:events:us-east-1:100000000003:event-bus/clinic-alerts"


def new_stack(name: str, region: str = "us-east-1") -> cdk.Stack:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    return cdk.Stack(app, name, env=cdk.Environment(account="100000000003", region=region))


def receiving(region: str = "us-east-1", **given: Any) -> cdk.Stack:
    stack = new_stack("Security", region)
    topic = AlertTopic(stack, "Alerts", emails=["security@clinic.example"])
    AccountAlertBus(stack, "Bus", **{"organization_id": ID, "event_bus_name": "clinic-alerts", "topic": topic, **given})
    return stack


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]


@pytest.fixture(scope="module")
def sent() -> dict[str, Any]:
    stack = new_stack("Member")
    AccountAlerts(stack, "Alerts", event_bus_arn=ARN)
    return template_of(stack)


@pytest.fixture(scope="module")
def received() -> dict[str, Any]:
    return template_of(receiving())


def test_snapshot_of_what_sends(sent: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert sent == snapshot


def test_snapshot_of_what_receives(received: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert received == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
def test_has_no_findings(region: str) -> None:
    stack = receiving(region)
    AccountAlerts(stack, "Own", event_bus_arn=ARN)
    assert_no_findings(stack.node.root, all_packs=True)
    assert faults(template_of(stack)) == []


def test_what_is_sent_is_told(sent: dict[str, Any], received: dict[str, Any]) -> None:
    patterns = [[one["EventPattern"] for one in of_type(each, "AWS::Events::Rule")] for each in (sent, received)]
    assert patterns[0] == patterns[1]
    assert {one["source"][0] for one in patterns[0]} == {"aws.cloudwatch", "aws.health", "aws.trustedadvisor"}
    alarms = next(one for one in patterns[0] if one["source"] == ["aws.cloudwatch"])
    assert alarms["detail"] == {"state": {"value": ["ALARM"]}}


def test_it_is_told_once_and_with_a_runbook(received: dict[str, Any]) -> None:
    assert without_runbook(received) == []
    for rule in of_type(received, "AWS::Events::Rule"):
        # On the bus of the others, and not on the account's own.
        assert rule["EventBusName"] == {"Ref": next(iter(_buses(received)))}


def _buses(template: dict[str, Any]) -> list[str]:
    return [name for name, one in template["Resources"].items() if one["Type"] == "AWS::Events::EventBus"]


def test_the_bus_has_its_name_and_admits_the_organization_alone(received: dict[str, Any]) -> None:
    (bus,) = of_type(received, "AWS::Events::EventBus")
    assert bus["Name"] == "clinic-alerts"
    assert bus["KmsKeyIdentifier"]
    (policy,) = of_type(received, "AWS::Events::EventBusPolicy")
    statement = policy["Statement"]
    document = {"Statement": [{**statement, "Principal": "*", "Resource": "*"}]}
    assert allowed([document], "events:PutEvents", context={"aws:PrincipalOrgID": ID})
    assert not allowed([document], "events:PutEvents", context={"aws:PrincipalOrgID": "o-stranger00"})
    assert not allowed([document], "events:PutRule", context={"aws:PrincipalOrgID": ID})


def test_events_go_by_a_role_that_does_nothing_else(sent: dict[str, Any]) -> None:
    (role,) = (name for name, one in sent["Resources"].items() if one["Type"] == "AWS::IAM::Role")
    for rule in of_type(sent, "AWS::Events::Rule"):
        assert rule["Targets"] == [{"Id": "Bus", "Arn": ARN, "RoleArn": {"Fn::GetAtt": [role, "Arn"]}}]
    (policy,) = of_type(sent, "AWS::IAM::ManagedPolicy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("events:PutEvents", ARN)


@pytest.mark.parametrize("name", ["default", "clinic/alerts", ""])
def test_refuses_a_name_that_a_bus_cannot_have(name: str) -> None:
    with pytest.raises(ValueError, match="event_bus_name: got"):
        receiving(event_bus_name=name)
