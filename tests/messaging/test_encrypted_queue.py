from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Match, Template
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compute.private_function import PrivateFunction
from hipaa_constructs.evidence.checks import Names
from hipaa_constructs.evidence.inventory import stores_of
from hipaa_constructs.messaging.encrypted_queue import EncryptedQueue
from hipaa_constructs.network.private_vpc import PrivateVpc
from hipaa_constructs.primitives.alert_topic import AlertTopic
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.recovery.backup_plan import BackupPlan
from hipaa_constructs.storage.encrypted_bucket import EncryptedBucket
from hipaa_constructs.testing import assert_no_findings, template_of
from tests.dependencies import dependencies, in_circles
from tests.storage.policies import denied_by, literal

DAY = 24 * 3600


def queues_of(template: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the queue and its dead-letter queue."""
    found = [one for one in template["Resources"].values() if one["Type"] == "AWS::SQS::Queue"]
    (queue,) = (one for one in found if "RedrivePolicy" in one["Properties"])
    (dead_letters,) = (one for one in found if one is not queue)
    return queue, dead_letters


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Clinic", env=cdk.Environment(account="111122223333", region="us-east-1"))
    EncryptedQueue(stack, "Results")
    return template_of(stack)


def test_snapshot(template: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert template == snapshot


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", None])
def test_has_no_findings(region: str | None, app: cdk.App) -> None:
    env = cdk.Environment(account="111122223333", region=region) if region else None
    stack = cdk.Stack(app, "Clinic", env=env)
    queue = EncryptedQueue(stack, "Results")
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    queue.grant_send(role)
    queue.grant_consume(role)
    assert_no_findings(app, all_packs=True)


def test_encryption_of_both_queues_with_one_rotated_key(template: dict[str, Any]) -> None:
    (key,) = {one["Properties"]["KmsMasterKeyId"]["Fn::GetAtt"][0] for one in queues_of(template)}
    assert template["Resources"][key]["Properties"]["EnableKeyRotation"] is True


@pytest.mark.parametrize("action", ["sqs:SendMessage", "sqs:ReceiveMessage"])
def test_transmission_security_denies_everyone_what_comes_without_tls(template: dict[str, Any], action: str) -> None:
    policies = [one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::SQS::QueuePolicy"]
    assert len(policies) == 2
    for policy in map(literal, policies):
        (name,) = policy["Queues"]
        arn = f"{name[:-1]}.Arn>"
        document = policy["PolicyDocument"]
        assert denied_by(document, action, arn, {"aws:SecureTransport": False}) == {"aws:SecureTransport"}
        assert denied_by(document, action, arn, {"aws:SecureTransport": True}) == set()
        assert {statement["Effect"] for statement in document["Statement"]} == {"Deny"}


def test_integrity_what_fails_is_kept_14_days(template: dict[str, Any]) -> None:
    queue, dead_letters = queues_of(template)
    target = queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert template["Resources"][target] is dead_letters
    assert queue["Properties"]["RedrivePolicy"]["maxReceiveCount"] == 5
    assert dead_letters["Properties"]["MessageRetentionPeriod"] == 14 * DAY


def test_queues_policies_and_key_stay_when_the_stack_goes(template: dict[str, Any]) -> None:
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::KMS::Alias":
            assert resource["DeletionPolicy"] == "RetainExceptOnCreate", resource["Type"]
            assert resource["UpdateReplacePolicy"] == "Retain", resource["Type"]


def test_defaults_are_those_of_the_docstring(template: dict[str, Any]) -> None:
    properties = queues_of(template)[0]["Properties"]
    assert (properties["VisibilityTimeout"], properties["MessageRetentionPeriod"]) == (180, 4 * DAY)
    assert not {"FifoQueue", "ContentBasedDeduplication", "QueueName"} & properties.keys()


def test_the_inventory_lists_both_under_their_key(app: cdk.App, stack: cdk.Stack) -> None:
    EncryptedQueue(stack, "Results")
    app.synth()
    read = assembly.load([Path(app.outdir)])
    found = [one for one in stores_of(read, Names(read)) if one.resource.type == "AWS::SQS::Queue"]
    assert {(one.encryption, one.key, one.backup) for one in found} == {
        ("customer_key", "Clinic/Results/Key/Resource/Resource", "not_applicable")
    }
    assert len(found) == 2


def test_takes_a_key(stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    assert EncryptedQueue(stack, "Results", encryption_key=key).encryption_key is key
    Template.from_stack(stack).resource_count_is("AWS::KMS::Key", 1)


@pytest.mark.parametrize("fifo", [{"fifo": True}, {"fifo": True, "content_based_deduplication": True}])
def test_both_queues_can_be_fifo(fifo: dict[str, bool], stack: cdk.Stack) -> None:
    EncryptedQueue(stack, "Results", **fifo)
    queue, dead_letters = queues_of(template_of(stack))
    assert queue["Properties"]["FifoQueue"] is dead_letters["Properties"]["FifoQueue"] is True
    assert queue["Properties"].get("ContentBasedDeduplication", False) is fifo.get("content_based_deduplication", False)


@pytest.mark.parametrize(
    ("argument", "value", "name", "expected"),
    [
        ("visibility_timeout", cdk.Duration.hours(12), "VisibilityTimeout", 12 * 3600),
        ("visibility_timeout", cdk.Duration.seconds(0), "VisibilityTimeout", 0),
        ("retention_period", cdk.Duration.days(14), "MessageRetentionPeriod", 14 * DAY),
        ("retention_period", cdk.Duration.minutes(1), "MessageRetentionPeriod", 60),
    ],
)
def test_options(argument: str, value: Any, name: str, expected: int, stack: cdk.Stack) -> None:
    arguments: dict[str, Any] = {argument: value}
    EncryptedQueue(stack, "Results", **arguments)
    assert queues_of(template_of(stack))[0]["Properties"][name] == expected


def test_takes_another_count_of_tries(stack: cdk.Stack) -> None:
    EncryptedQueue(stack, "Results", max_receive_count=1000)
    assert queues_of(template_of(stack))[0]["Properties"]["RedrivePolicy"]["maxReceiveCount"] == 1000


FIND = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]


@pytest.mark.parametrize(
    ("method", "actions"),
    [
        ("grant_send", ["sqs:SendMessage", *FIND, "kms:Decrypt", "kms:GenerateDataKey"]),
        (
            "grant_consume",
            ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage", *FIND, "kms:Decrypt"],
        ),
    ],
)
def test_grants_only_what_it_says(stack: cdk.Stack, method: str, actions: list[str]) -> None:
    queue = EncryptedQueue(stack, "Results")
    role = LeastPrivilegeRole(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    grant: iam.Grant = getattr(queue, method)(role)
    grant.assert_success()
    granted = [
        action
        for resource in template_of(stack)["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    ]
    assert granted == actions


HERE = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
ONE = {"ArnEquals": {"aws:SourceArn": "arn:aws:ses:us-east-1:111122223333:receipt-rule-set/intake"}}


@pytest.mark.parametrize(("conditions", "expected"), [(None, HERE), (ONE, ONE)])
def test_lets_a_service_send_for_this_account(
    conditions: dict[str, Any] | None, expected: dict[str, Any], app: cdk.App, stack: cdk.Stack
) -> None:
    service = iam.ServicePrincipal("ses.amazonaws.com", conditions=conditions)
    EncryptedQueue(stack, "Results").grant_send(service).assert_success()
    assert_no_findings(app, all_packs=True)
    template = Template.from_stack(stack)
    on_queues = {"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": Match.any_value()}}
    for resource_type, name, condition in (
        ("AWS::SQS::QueuePolicy", "PolicyDocument", expected),
        ("AWS::KMS::Key", "KeyPolicy", on_queues),
    ):
        allowed = Match.object_like({"Principal": {"Service": "ses.amazonaws.com"}, "Condition": condition})
        template.has_resource_properties(resource_type, {name: {"Statement": Match.array_with([allowed])}})


def test_what_cdk_connects_it_with_passes_the_gate(app: cdk.App, stack: cdk.Stack) -> None:
    key = KmsRotatedKey(stack, "Key").key
    queue = EncryptedQueue(stack, "Results", encryption_key=key)
    function = PrivateFunction(
        stack,
        "Import",
        code=lambda_.Code.from_inline("def handle(event, context): pass"),
        handler="index.handle",
        runtime=lambda_.Runtime.PYTHON_3_14,
        vpc=PrivateVpc(stack, "Vpc", encryption_key=key).vpc,
        encryption_key=key,
    )
    function.function.add_event_source(sources.SqsEventSource(queue.queue))
    events.Rule(
        stack,
        "Rule",
        event_pattern=events.EventPattern(source=["clinic"]),
        targets=[
            targets.SqsQueue(queue.queue, dead_letter_queue=queue.dead_letter_queue),
            targets.LambdaFunction(function.function, dead_letter_queue=queue.dead_letter_queue),
        ],
    )
    topic = AlertTopic(stack, "Topic", encryption_key=key)
    topic.topic.add_subscription(subscriptions.SqsSubscription(queue.queue, dead_letter_queue=queue.dead_letter_queue))
    bucket = EncryptedBucket(
        stack, "Bucket", encryption_key=key, backup_plan=BackupPlan.daily_7_year(stack, "Backups", encryption_key=key)
    )
    bucket.bucket.add_event_notification(s3.EventType.OBJECT_CREATED, notifications.SqsDestination(queue.queue))
    assert_no_findings(app, all_packs=True)
    written = json.loads((Path(app.outdir) / "Clinic.template.json").read_text())
    assert in_circles(dependencies(written)) == []
    (policy,) = (
        one["Properties"]["PolicyDocument"]["Statement"]
        for name, one in written["Resources"].items()
        if one["Type"] == "AWS::SQS::QueuePolicy" and name.startswith("ResultsPolicy")
    )
    services = {one["Principal"]["Service"] for one in policy if "Service" in one["Principal"]}
    assert services == {"events.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com"}


def test_what_an_imported_key_of_another_account_lacks_is_said(app: cdk.App, stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(
        stack, "Key", "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    )
    queue = EncryptedQueue(stack, "Results", encryption_key=key)
    queue.grant_send(iam.AccountPrincipal("777788889999"))
    written = Path(app.synth().directory, "Clinic.metadata.json").read_text()
    assert "imported-key-policy" in written


def test_what_it_is_made_of_can_be_reached(stack: cdk.Stack) -> None:
    queue = EncryptedQueue(stack, "Results")
    assert isinstance(queue.queue, sqs.Queue)
    assert queue.queue.node.path == "Clinic/Results/Resource"
    assert queue.dead_letter_queue.node.path == "Clinic/Results/DeadLetters"


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        (
            "visibility_timeout",
            cdk.Duration.hours(13),
            "visibility_timeout: got '46800 seconds'; allowed are 0",
        ),
        ("retention_period", cdk.Duration.seconds(59), "retention_period: got '59 seconds'; allowed are 60 to 1209600"),
        ("retention_period", cdk.Duration.days(15), "retention_period: got '1.296e[+]06 seconds'; allowed are 60 to"),
        ("max_receive_count", 0, "max_receive_count: got 0; allowed are 1 to 1000 times"),
        ("max_receive_count", 1001, "max_receive_count: got 1001"),
        ("content_based_deduplication", True, "content_based_deduplication: got True; only a FIFO queue"),
        ("fifo", "yes", r"EncryptedQueue\(fifo=…\): got 'yes'; it takes bool"),
        ("visibility_timeout", 30, r"EncryptedQueue\(visibility_timeout=…\): got 30; it takes"),
    ],
)
def test_refuses(argument: str, value: Any, message: str, stack: cdk.Stack) -> None:
    arguments: dict[str, Any] = {argument: value}
    with pytest.raises(ValueError, match=message):
        EncryptedQueue(stack, "Results", **arguments)
    assert not stack.node.children
