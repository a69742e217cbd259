from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compute.private_function import PrivateFunction
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.evidence.reach import reach_of
from hipaa_constructs.messaging.encrypted_event_bus import EncryptedEventBus
from hipaa_constructs.messaging.encrypted_queue import EncryptedQueue
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.dependencies import dependencies, in_circles
from tests.edge.support import only

DAY = 24 * 3600


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    EncryptedEventBus(stack, "Admissions")
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
def test_has_no_findings(region: str | None, app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    EncryptedEventBus(stack, "Admissions").grant_put_events(role)
    assert_no_findings(app, all_packs=True)


def test_encryption_of_bus_and_queue_with_one_rotated_key(template: dict[str, Any]) -> None:
    bus, queue = only(template, "AWS::Events::EventBus"), only(template, "AWS::SQS::Queue")
    (key,) = {bus["KmsKeyIdentifier"]["Fn::GetAtt"][0], queue["KmsMasterKeyId"]["Fn::GetAtt"][0]}
    assert template["Resources"][key]["Properties"]["EnableKeyRotation"] is True


def test_eventbridge_uses_the_key_for_this_bus_alone(template: dict[str, Any]) -> None:
    statements = [
        one
        for one in only(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        if one["Principal"] == {"Service": "events.amazonaws.com"}
    ]
    assert len(statements) == 2
    for statement in statements:
        tests = {key: value for one in statement["Condition"].values() for key, value in one.items()}
        text = json.dumps(tests)
        assert ":111122223333:" in text
        assert ("event-bus/ClinicAdmissions" in text) == ("kms:EncryptionContext:aws:events:event-bus:arn" in tests)


def test_access_control_the_bus_has_no_policy(template: dict[str, Any]) -> None:
    assert "Policy" not in only(template, "AWS::Events::EventBus")
    assert "AWS::Events::EventBusPolicy" not in {one["Type"] for one in template["Resources"].values()}


def test_integrity_what_fails_is_kept_14_days_and_sent_by_this_bus_alone(template: dict[str, Any]) -> None:
    (queue,) = (name for name, one in template["Resources"].items() if one["Type"] == "AWS::SQS::Queue")
    assert only(template, "AWS::Events::EventBus")["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    assert only(template, "AWS::SQS::Queue")["MessageRetentionPeriod"] == 14 * DAY
    (allowed,) = (
        one
        for one in only(template, "AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
        if one["Effect"] == "Allow"
    )
    (bus,) = (name for name, one in template["Resources"].items() if one["Type"] == "AWS::Events::EventBus")
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [bus, "Arn"]}}}


def test_grants_to_put_events_and_no_more(stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    EncryptedEventBus(stack, "Admissions").grant_put_events(role).assert_success()
    (statement,) = only(template_of(stack), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "events:PutEvents"
    assert "Fn::GetAtt" in statement["Resource"]


def healthlake(bus: EncryptedEventBus, stack: cdk.Stack) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="Subscriptions",
        principals=[iam.ServicePrincipal("healthlake.amazonaws.com")],
        actions=["events:PutEvents"],
        resources=[bus.event_bus.event_bus_arn],
        conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
    )


def test_a_service_is_let_in_by_the_policy(app: cdk.App, stack: cdk.Stack) -> None:
    bus = EncryptedEventBus(stack, "Admissions")
    with pytest.raises(ValueError, match=r"healthlake\.amazonaws\.com.*\n?.*add_to_resource_policy"):
        bus.grant_put_events(iam.ServicePrincipal("healthlake.amazonaws.com"))
    bus.event_bus.add_to_resource_policy(healthlake(bus, stack))
    assert_no_findings(app, all_packs=True)


def test_what_cdk_connects_it_with_passes_the_gate(app: cdk.App, stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    bus = EncryptedEventBus(stack, "Admissions", encryption_key=key, description="Who comes and goes")
    queue = EncryptedQueue(stack, "Queue", encryption_key=key)
    function = PrivateFunction(
        stack,
        "Notify",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=PrivateVpc(stack, "Vpc", encryption_key=key).vpc,
        encryption_key=key,
    )
    events.Rule(
        stack,
        "Rule",
        event_bus=bus.event_bus,
        event_pattern=events.EventPattern(source=["clinic.admissions"]),
        targets=[
            targets.SqsQueue(queue.queue, dead_letter_queue=bus.dead_letter_queue),
            targets.LambdaFunction(function.function, dead_letter_queue=bus.dead_letter_queue),
        ],
    )
    events.Archive(
        stack,
        "Archive",
        source_event_bus=bus.event_bus,
        event_pattern=events.EventPattern(source=["clinic.admissions"]),
        kms_key=bus.encryption_key,
        retention=cdk.Duration.days(30),
    )
    assert_no_findings(app, all_packs=True)
    written = json.loads((Path(app.outdir) / "Clinic.template.json").read_text())
    assert in_circles(dependencies(written)) == []
    assert only(written, "AWS::Events::EventBus")["Description"] == "Who comes and goes"


def test_the_evidence_lists_it_and_tells_who_puts_events(app: cdk.App, stack: cdk.Stack) -> None:
    role = LeastPrivilegeRole(stack, "Sender", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    admissions = EncryptedEventBus(stack, "Admissions")
    admissions.grant_put_events(role)
    admissions.event_bus.add_to_resource_policy(healthlake(admissions, stack))
    app.synth()
    read = assembly.load([Path(app.outdir)])
    found = {one.resource.type: one for one in stores_of(read, Names(read))}
    bus = found["AWS::Events::EventBus"]
    assert (bus.encryption, bus.key) == ("customer_key", "Clinic/Admissions/Key/Resource/Resource")
    assert bus.backup == "not_applicable"
    (made,) = (one for one in read.templates[0].resources.values() if one.type == bus.resource.type)
    parties = {party.name: {str(verb) for verb in verbs} for party, verbs in reach_of(read).of(made).items()}
    assert parties == {"Clinic/Sender": {"write"}, "healthlake.amazonaws.com": {"write"}}


def test_takes_a_key_and_can_be_reached(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    bus = EncryptedEventBus(stack, "Admissions", encryption_key=key)
    assert bus.encryption_key is key
    assert isinstance(bus.event_bus, events.EventBus)
    assert bus.event_bus.node.path == "Clinic/Admissions/Resource"
    assert bus.dead_letter_queue.node.path == "Clinic/Admissions/DeadLetters"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"description": "x" * 513}, "description: got '513 characters'; EventBridge keeps at most 512"),
        ({"description": 5}, r"EncryptedEventBus\(description=…\): got 5; it takes"),
        ({"encryption_key": "alias/x"}, r"EncryptedEventBus\(encryption_key=…\): got 'alias/x'"),
    ],
)
def test_refuses(arguments: dict[str, Any], message: str, stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=message):
        EncryptedEventBus(stack, "Admissions", **arguments)
    assert not stack.node.children
