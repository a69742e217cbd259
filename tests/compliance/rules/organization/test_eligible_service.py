from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.controls import services_as_of
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import one, outcome, rule, verdict


@pytest.mark.parametrize(
    ("kind", "expected", "severity"),
    [
        ("AWS::S3::Bucket", "passed", None),
        ("String", "failed", "warning"),
        ("AWS::IAM::Role", "passed", None),
        ("AWS::Lightsail::Instance", "failed", None),
        ("AWS::GameLift::Fleet", "failed", None),
        ("AWS::DirectoryService::SimpleAD", "failed", None),
        ("AWS::DirectoryService::MicrosoftAD", "passed", None),
        ("AWS::Amplify::App", "failed", "warning"),
        ("AWS::Chime::VoiceConnector", "failed", "warning"),
        ("AWS::S3Vectors::VectorBucket", "failed", "warning"),
        ("AWS::NewThing::Widget", "failed", "warning"),
        ("AWS::Dynamo::Table", "not_applicable", None),
        ("AWS::OpenSearch::Domain", "not_applicable", None),
        ("AWS::Lightsail::Instanc", "failed", None),
        ("Datadog::Monitors::Monitor", "failed", "warning"),
        ("Acme::Clinic::Storage::MODULE", "failed", "warning"),
        ("Custom::Provider", "not_applicable", None),
        ("AWS::CloudFormation::CustomResource", "not_applicable", None),
        ("AWS::CDK::Metadata", "not_applicable", None),
    ],
)
def test_outcome(kind: str, expected: str, severity: str | None) -> None:
    found = verdict("eligible_service", one(kind))
    assert found is not None
    assert (found.outcome.value, found.severity) == (expected, severity)


def test_message_names_service_and_date() -> None:
    found = verdict("eligible_service", one("AWS::Lightsail::Instance"))
    assert found is not None
    assert "AWS::Lightsail is not on" in found.message
    assert services_as_of() in found.message


def test_message_about_amplify_states_both_facts() -> None:
    found = verdict("eligible_service", one("AWS::Amplify::App"))
    assert found is not None
    assert "Amplify Console" in found.message
    assert "older AWS guidance" in found.message


def test_no_phi_is_not_inspected() -> None:
    tags = [{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]
    assert outcome("eligible_service", one("AWS::Lightsail::Instance", Tags=tags)) == "not_inspected"


def test_what_nobody_confirmed_is_said_once_of_a_service() -> None:
    app = App()
    kinds = {"Network": "ServiceNetwork", "Listener": "Listener"}
    lattice = {name: {"Type": f"AWS::VpcLattice::{kind}"} for name, kind in kinds.items()}
    runner = {name: {"Type": "AWS::AppRunner::Service"} for name in ("One", "Two")}
    app.add("Test.template.json", {"Resources": lattice | runner})
    found = {result.resource.logical_id: result.verdict.outcome for result in evaluate(app, [rule("eligible_service")])}
    # What is not on the list is, of each resource.
    assert found == {"Network": "failed", "Listener": "not_applicable", "One": "failed", "Two": "failed"}


_TARGET = {
    "Arn": "arn:aws:lambda:us-east-1:111122223333:function:nightly",
    "RoleArn": "arn:aws:iam::111122223333:role/r",
}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (_TARGET, "not_applicable"),
        (
            {**_TARGET, "Input": '{"job": "nightly", "tries": 3, "when": "<aws.scheduler.scheduled-time>"}'},
            "not_applicable",
        ),
        ({**_TARGET, "Input": {"Fn::Sub": '{"server": "${Server.Arn}", "in": "${AWS::Region}"}'}}, "not_applicable"),
        ({**_TARGET, "Input": "nightly"}, "not_applicable"),
        ({**_TARGET, "Input": '{"text": "Call the patient about the result"}'}, "failed"),
        ({**_TARGET, "Input": "Call the patient"}, "failed"),
        ({**_TARGET, "Input": {"Fn::Sub": '{"patient": "${Patient}"}'}}, "failed"),
        ({**_TARGET, "Input": {"Ref": "Patient"}}, "failed"),
    ],
)
def test_a_schedule_that_hands_on_names_alone_keeps_no_data(target: dict[str, Any], expected: str) -> None:
    server = {"Server": {"Type": "AWS::Transfer::Server", "Properties": {}}}
    schedule = one("AWS::Scheduler::Schedule", ScheduleExpression="rate(1 day)", Target=target)
    assert outcome("eligible_service", schedule | server, Parameters={"Patient": {"Type": "String"}}) == expected


@pytest.mark.parametrize(("written", "expected"), [(None, "not_applicable"), ("Call the patient", "failed")])
def test_a_group_is_as_its_schedules_are(written: str | None, expected: str) -> None:
    target = {**_TARGET, **({"Input": written} if written else {})}
    schedule = one("AWS::Scheduler::Schedule", GroupName={"Ref": "Group"}, Target=target)["Subject"]
    group = {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {}}
    assert outcome("eligible_service", {"Group": group, "Nightly": schedule}, "Group") == expected
    assert outcome("eligible_service", {"Group": group}, "Group") == "failed"


def test_it_is_said_at_the_first_schedule_that_hands_on_data() -> None:
    resources = {
        name: one("AWS::Scheduler::Schedule", Target={**_TARGET, **given})["Subject"]
        for name, given in {"First": {}, "Second": {"Input": "Call the patient"}}.items()
    }
    assert outcome("eligible_service", resources, "First") == "not_applicable"
    assert outcome("eligible_service", resources, "Second") == "failed"
