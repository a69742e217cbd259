from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import evaluate
from tests.compliance.rules.support import GIVEN, judged, one, rule, to_do, verdict

INSECURE = {"Bool": {"aws:SecureTransport": "false"}}


def protected(kind: str, statement: Any, inline: bool = False) -> dict[str, Any]:
    queue = kind == "AWS::SQS::Queue"
    named = "Queues" if queue else "Topics"
    policy: dict[str, Any] = {"PolicyDocument": {"Statement": statement}, named: [{"Ref": "Subject"}]}
    policy_type = "AWS::SQS::QueuePolicy" if queue else "AWS::SNS::TopicPolicy"
    if inline:
        policy_type = policy_type.replace("Policy", "InlinePolicy")
        policy["Queue" if queue else "TopicArn"] = policy.pop(named)[0]
    return {**one(kind), "Policy": {"Type": policy_type, "Properties": policy}}


def deny(**changes: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": {"Fn::GetAtt": ["Subject", "Arn"]},
        "Condition": INSECURE,
    }
    return {**statement, **changes}


QUEUE, TOPIC = "AWS::SQS::Queue", "AWS::SNS::Topic"


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (one(QUEUE), "failed"),
        (protected(QUEUE, [deny()]), "passed"),
        (protected(QUEUE, deny()), "passed"),
        (protected(QUEUE, [deny()], inline=True), "passed"),
        (protected(QUEUE, [deny(Principal={"AWS": "*"})]), "passed"),
        (protected(QUEUE, [deny(Resource="*")]), "passed"),
        (protected(QUEUE, [deny(Action=["sqs:SendMessage", "sqs:ReceiveMessage"])]), "passed"),
        (protected(QUEUE, [deny(Action="SQS:*")]), "passed"),
        (protected(QUEUE, [deny(Condition={"Bool": {"AWS:SecureTransport": False}})]), "passed"),
        (protected(QUEUE, [deny(Action="sqs:SendMessage")]), "failed"),
        (protected(QUEUE, [deny(Effect="Allow")]), "failed"),
        (protected(QUEUE, [deny(Principal={"AWS": "arn:aws:iam::111122223333:root"})]), "failed"),
        (protected(QUEUE, [deny(Condition={"Bool": {"aws:SecureTransport": "true"}})]), "failed"),
        (protected(QUEUE, [deny(Condition={**INSECURE, "StringEquals": {"aws:SourceVpc": "v"}})]), "failed"),
        (protected(QUEUE, [deny(Condition=GIVEN)]), "unknown"),
        (protected(QUEUE, []), "failed"),
        (protected(QUEUE, [deny(Resource=GIVEN)]), "unknown"),
        (protected(QUEUE, GIVEN), "unknown"),
        (one(TOPIC), "failed"),
        (protected(TOPIC, [deny(Action="sns:Publish", Resource={"Ref": "Subject"})]), "passed"),
        (protected(TOPIC, [deny(Action="sns:Publish", Resource={"Ref": "Subject"})], inline=True), "passed"),
        (protected(TOPIC, [deny(Action="sns:Subscribe", Resource={"Ref": "Subject"})]), "failed"),
    ],
)
def test_outcome(stack: dict[str, Any], expected: str) -> None:
    assert judged("queue_tls_required", stack) == expected


@pytest.mark.parametrize("kind", [QUEUE, TOPIC])
def test_a_policy_without_document_is_refused(kind: str) -> None:
    stack = protected(kind, deny())
    stack["Policy"]["Properties"]["PolicyText"] = stack["Policy"]["Properties"].pop("PolicyDocument")
    found = verdict("queue_tls_required", stack)
    assert found is not None
    assert found.outcome == "failed"
    assert found.message == "CloudFormation refuses Policy, the policy: it has no PolicyDocument."


def test_policy_of_another_stack() -> None:
    queue = one(QUEUE, QueueName="orders")
    arn = "arn:aws:sqs:us-east-1:111122223333:orders"
    policy = {"PolicyDocument": {"Statement": [deny(Resource=arn)]}, "Queues": [arn]}
    assert (
        judged("queue_tls_required", queue, {"Policy": {"Type": "AWS::SQS::QueuePolicy", "Properties": policy}})
        == "passed"
    )


def _named(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


SUBJECT = {"Ref": "Subject"}
ALARM = _named("AWS::CloudWatch::Alarm", AlarmActions=[SUBJECT])


def _rule(pattern: Any, ScheduleExpression: str | None = None, **given: Any) -> dict[str, Any]:
    taken = {"EventPattern": pattern} if pattern else {"ScheduleExpression": ScheduleExpression}
    return _named("AWS::Events::Rule", Targets=[{"Id": "a", "Arn": SUBJECT, **given}], **taken)


VISITS = {"source": ["clinic.visits"]}
OF_S3 = _rule({"source": ["aws.s3"]})
AT = {"TargetType": "SNS", "TargetAddress": SUBJECT}


def _machine(publishing: str = "arn:aws:states:::sns:publish", **given: Any) -> dict[str, Any]:
    """Return a state machine that publishes, with its role and what that may do."""
    state = {"Type": "Task", "Resource": publishing, "Parameters": {"TopicArn": SUBJECT, **given}, "End": True}
    definition = {"StartAt": "Tell", "States": {"Tell": state}}
    role = {"Fn::GetAtt": ["Role", "Arn"]}
    policy = _publishing("sns:Publish")
    policy["Properties"]["Roles"] = [{"Ref": "Role"}]
    return {
        "Machine": _named("AWS::StepFunctions::StateMachine", RoleArn=role, Definition=definition),
        "Role": _named("AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": [_trusts("states.amazonaws.com")]}),
        "Policy": policy,
    }


def _trusts(service: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


def _publishing(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": SUBJECT}
    return _named("AWS::IAM::Policy", PolicyDocument={"Statement": [statement]})


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({}, "failed"),
        ({"Alarm": ALARM}, "not_applicable"),
        (
            {"Alarm": ALARM, "Mail": _named("AWS::SNS::Subscription", TopicArn=SUBJECT, Protocol="email")},
            "not_applicable",
        ),
        ({"Mail": _named("AWS::SNS::Subscription", TopicArn=SUBJECT, Protocol="email")}, "failed"),
        ({"Rule": _rule({"source": ["aws.ecs", "aws.guardduty"]})}, "not_applicable"),
        ({"Rule": _rule({"source": ["aws.s3"]})}, "failed"),
        ({"Rule": _rule({"source": ["clinic.visits"]})}, "failed"),
        ({"Rule": _rule({"detail-type": ["Visit"]})}, "failed"),
        ({"Rule": _rule(None, ScheduleExpression="rate(1 day)")}, "not_applicable"),
        (
            {
                "Budget": _named(
                    "AWS::Budgets::Budget",
                    NotificationsWithSubscribers=[{"Subscribers": [{"SubscriptionType": "SNS", "Address": SUBJECT}]}],
                )
            },
            "not_applicable",
        ),
        ({"Alarm": ALARM, "Bucket": _named("AWS::S3::Bucket", NotificationConfiguration={"Topic": SUBJECT})}, "failed"),
        ({"Alarm": ALARM, "Policy": _publishing("sns:Publish")}, "failed"),
        ({"Alarm": ALARM, "Policy": _publishing("sns:Subscribe")}, "not_applicable"),
        ({"Events": _named("AWS::RDS::EventSubscription", SnsTopicArn=SUBJECT)}, "not_applicable"),
        ({"Events": _named("AWS::RDS::EventSubscription", SnsTopicArn=SUBJECT), "Rule": OF_S3}, "failed"),
        ({"Cache": _named("AWS::ElastiCache::ReplicationGroup", NotificationTopicArn=SUBJECT)}, "not_applicable"),
        ({"Notices": _named("AWS::CodeStarNotifications::NotificationRule", Targets=[AT])}, "not_applicable"),
        ({"Chat": _named("AWS::Chatbot::SlackChannelConfiguration", SnsTopicArns=[SUBJECT])}, "failed"),
        (
            {"Alarm": ALARM, "Chat": _named("AWS::Chatbot::SlackChannelConfiguration", SnsTopicArns=[SUBJECT])},
            "not_applicable",
        ),
        ({"Schedule": _named("AWS::Scheduler::Schedule", Target={"Arn": SUBJECT, "Input": "ok"})}, "not_applicable"),
        ({"Rule": _rule(VISITS, Input="A visit ended.")}, "not_applicable"),
        ({"Rule": _rule(VISITS, InputPath="$.detail")}, "failed"),
        (
            {"Rule": _rule(VISITS, InputTransformer={"InputTemplate": "<t>", "InputPathsMap": {"t": "$.time"}})},
            "not_applicable",
        ),
        (
            {"Rule": _rule(VISITS, InputTransformer={"InputTemplate": "<d>", "InputPathsMap": {"d": "$.detail"}})},
            "failed",
        ),
        ({"Rule": _rule(VISITS, InputTransformer={"InputTemplate": '"<aws.events.event.json>"'})}, "failed"),
        (
            {"Alarm": ALARM, "Code": _named("AWS::Lambda::Function", Environment={"Variables": {"TOPIC": SUBJECT}})},
            "failed",
        ),
    ],
)
def test_a_topic_of_operation_alone_is_asked_nothing(others: dict[str, Any], expected: str) -> None:
    found = verdict("queue_tls_required", {**one("AWS::SNS::Topic"), **others})
    assert found is not None
    assert (found.outcome.value, found.severity) == (expected, None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Message": "The import failed.", "Subject": "Import"}, "not_applicable"),
        ({"Message.$": "$$.Execution.Name"}, "not_applicable"),
        ({"Message.$": "States.Format('{} of $.x ended', $$.StateMachine.Name)"}, "not_applicable"),
        ({"Message": {"run.$": "$$.Execution.Id", "said": "It failed."}}, "not_applicable"),
        ({"Message": "{% 'Ended: ' & $string($states.context.Execution.Id) %}"}, "not_applicable"),
        ({"Message.$": "$"}, "failed"),
        ({"Message.$": "$.error.Cause"}, "failed"),
        ({"Message.$": "$$.Execution.Input"}, "failed"),
        ({"Message.$": "States.Format('{} {}', $$.Execution.Id, $.patient)"}, "failed"),
        ({"Message": {"run.$": "$$.Execution.Id", "who.$": "$.patient"}}, "failed"),
        ({"Message": "{% $states.input.patient %}"}, "failed"),
        ({"Message": "{% $patient %}"}, "failed"),
        ({"Message": GIVEN}, "failed"),
        ({"Message": "Ended.", "Subject.$": "$.patient"}, "failed"),
    ],
)
def test_a_state_machine_that_says_nothing_but_text(given: dict[str, Any], expected: str) -> None:
    assert judged("queue_tls_required", {**one(TOPIC), **_machine(**given)}) == expected


def test_a_function_beside_such_a_state_machine() -> None:
    stack = {**one(TOPIC), **_machine(Message="The import failed.")}
    role = stack["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    role.append(_trusts("lambda.amazonaws.com"))
    assert judged("queue_tls_required", stack) == "failed"
    role.pop()
    stack["Machine"]["Properties"]["Definition"] = GIVEN
    assert judged("queue_tls_required", stack) == "failed"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "not_applicable"),
        (
            {"Reader": _named("AWS::Lambda::EventSourceMapping", EventSourceArn={"Fn::GetAtt": "Subject.Arn"})},
            "not_applicable",
        ),
        (
            {
                "Reader": _named(
                    "AWS::Lambda::EventSourceMapping",
                    DestinationConfig={"OnFailure": {"Destination": {"Fn::GetAtt": "Subject.Arn"}}},
                )
            },
            "failed",
        ),
        (
            {"Visits": _named("AWS::SNS::Subscription", TopicArn=GIVEN, Endpoint={"Fn::GetAtt": "Subject.Arn"})},
            "failed",
        ),
    ],
)
def test_a_queue_behind_such_a_topic_is_one_too(more: dict[str, Any], expected: str) -> None:
    told = _named("AWS::SNS::Subscription", TopicArn={"Ref": "Alerts"}, Endpoint={"Fn::GetAtt": ["Subject", "Arn"]})
    alarm = _named("AWS::CloudWatch::Alarm", AlarmActions=[{"Ref": "Alerts"}])
    others = {"Alerts": _named("AWS::SNS::Topic"), "Alarm": alarm, "Told": told}
    found = verdict("queue_tls_required", {**one("AWS::SQS::Queue"), **others, **more})
    assert found is not None
    assert (found.outcome.value, found.severity) == (expected, None)


@pytest.mark.parametrize(("stacks", "severity"), [(1, "warning"), (2, None)])
def test_an_export_counts_where_another_stack_of_the_app_may_use_it(stacks: int, severity: str | None) -> None:
    app = App()
    outputs = {"Topic": {"Value": SUBJECT, "Export": {"Name": "alerts"}}}
    app.add("t.json", {"Resources": {**one(TOPIC), "Alarm": ALARM}, "Outputs": outputs})
    for number in range(1, stacks):
        app.add(f"{number}.json", {"Resources": {"Key": _named("AWS::KMS::Key")}})
    (result,) = evaluate(app, [rule("queue_tls_required")])
    assert (result.verdict.outcome.value, result.verdict.severity) == ("failed", severity)


@pytest.mark.parametrize(
    ("sender", "outcomes"),
    [
        (ALARM, {"not_applicable"}),
        (_rule({"source": ["aws.codepipeline"]}), {"not_applicable"}),
        (_rule(VISITS), {"failed"}),
    ],
)
def test_a_topic_whose_sender_a_condition_takes_away_is_what_it_is_with_it(
    sender: dict[str, Any], outcomes: set[str]
) -> None:
    app = App()
    conditions = {"Told": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}
    resources = {**one(TOPIC), "Sender": {**sender, "Condition": "Told"}}
    parameters = {"Stage": {"Type": "String", "Default": "dev"}}
    app.add("t.json", {"Parameters": parameters, "Conditions": conditions, "Resources": resources})
    assert {result.verdict.outcome.value for result in evaluate(app, [rule("queue_tls_required")])} == outcomes


@pytest.mark.parametrize(
    ("properties", "others", "severity"),
    [
        ({"TopicName": "clinic-alerts"}, {"Alarm": ALARM}, "warning"),
        ({"DisplayName": "Alarms of the clinic"}, {"Alarm": ALARM}, "warning"),
        ({"TopicName": "visits"}, {"Alarm": ALARM}, None),
        ({"TopicName": "clinic-alerting"}, {"Alarm": ALARM}, None),
        # By its name alone it may tell of patients.
        ({"TopicName": "clinic-alerts"}, {}, None),
    ],
)
def test_a_topic_of_alarms_and_alerts_is_a_warning(
    properties: dict[str, Any], others: dict[str, Any], severity: str | None
) -> None:
    sender = {"Policy": _publishing("sns:Publish")}
    found = verdict("queue_tls_required", {**one("AWS::SNS::Topic", **properties), **sender, **others})
    assert found is not None
    assert (found.outcome.value, found.severity) == ("failed", severity)


@pytest.mark.parametrize("kind", [QUEUE, TOPIC])
def test_a_policy_keeps_what_it_allows(kind: str) -> None:
    said = to_do("queue_tls_required", protected(kind, []))
    assert said.startswith("In the policy that it has, beside what that allows now, deny Principal * ")
    assert "who publishes" not in said


@pytest.mark.parametrize(
    ("others", "publishes"),
    [
        ({}, "such as roles of the app"),
        (
            {"Alarm": ALARM, "Policy": _publishing("sns:Publish")},
            "cloudwatch.amazonaws.com sns:Publish, by the Condition",
        ),
        ({"Rule": _rule(VISITS)}, "events.amazonaws.com sns:Publish."),
    ],
)
def test_a_first_policy_of_a_topic_allows_who_publishes(others: dict[str, Any], publishes: str) -> None:
    said = to_do("queue_tls_required", one(TOPIC) | others)
    assert publishes in said
    assert "s3.amazonaws.com" not in said
