from __future__ import annotations

import json
from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one, outcome, to_do

QUEUE, SUBSCRIPTION, RULE = "AWS::SQS::Queue", "AWS::SNS::Subscription", "AWS::Events::Rule"
MAPPING, SCHEDULE, PIPE = "AWS::Lambda::EventSourceMapping", "AWS::Scheduler::Schedule", "AWS::Pipes::Pipe"
FAILED = "arn:aws:sqs:us-east-1:111122223333:failed"
TARGET = {"Arn": "arn:aws:lambda:us-east-1:111122223333:function:intake", "Id": "0"}
KEPT_TARGET = {**TARGET, "DeadLetterConfig": {"Arn": FAILED}}
THIS = {"Fn::GetAtt": ["Subject", "Arn"]}
API_CALL = "arn:aws:scheduler:::aws-sdk:healthlake:startFHIRExportJob"
REDRIVE = {"deadLetterTargetArn": FAILED, "maxReceiveCount": 5}


def _dead_letters_of(kind: str, **properties: Any) -> dict[str, Any]:
    return one(QUEUE) | {"Sender": {"Type": kind, "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(QUEUE, RedrivePolicy=REDRIVE), "passed"),
        (one(QUEUE, RedrivePolicy=json.dumps(REDRIVE)), "passed"),
        (one(QUEUE, RedrivePolicy=GIVEN), "unknown"),
        (one(QUEUE, RedrivePolicy={}), "failed"),
        (one(QUEUE), "failed"),
        (one(QUEUE, QueueName="uploads-undeliverable"), "not_applicable"),
        (one(QUEUE, QueueName="uploads_dlq"), "not_applicable"),
        (one(QUEUE, QueueName="candles"), "failed"),
        (one(QUEUE, RedriveAllowPolicy={"redrivePermission": "allowAll"}), "passed"),
        (_dead_letters_of(QUEUE, RedrivePolicy={"deadLetterTargetArn": THIS}), "passed"),
        (_dead_letters_of("AWS::Lambda::Function", DeadLetterConfig={"TargetArn": THIS}), "passed"),
        (_dead_letters_of(RULE, Targets=[{"DeadLetterConfig": {"Arn": THIS}}]), "passed"),
        (one(QUEUE, Tags=[{"Key": "hipaa:data-classification", "Value": "NO_PHI"}]), "not_inspected"),
        (one("AWS::SNS::Topic"), "not_inspected"),
    ],
)
def test_a_queue(resources: dict[str, Any], expected: str) -> None:
    assert judged("failed_messages_kept", resources) == expected


TOPIC = {"Topic": {"Type": "AWS::SNS::Topic"}}
ALARM = {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmActions": [{"Ref": "Topic"}]}}}


def _calls(source: str, *names: Any) -> dict[str, Any]:
    """A pattern for calls to a service's API, of which CloudTrail tells."""
    named = {"detail": {"eventName": list(names)}} if names else {}
    return {"source": [source], "detail-type": ["AWS API Call via CloudTrail"], **named}


def _of_connect(kind: str) -> dict[str, Any]:
    return {"source": ["aws.connect"], "detail-type": [kind]}


def _images(kind: str) -> dict[str, Any]:
    return {"source": ["aws.medical-imaging"], "detail-type": [kind]}


def _subscribed(protocol: Any, **properties: Any) -> dict[str, Any]:
    return one(SUBSCRIPTION, TopicArn={"Ref": "Topic"}, Protocol=protocol, **properties) | TOPIC


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_subscribed("lambda", RedrivePolicy={"deadLetterTargetArn": FAILED}), "passed"),
        (_subscribed("lambda", RedrivePolicy=GIVEN), "unknown"),
        (_subscribed("lambda"), "failed"),
        (_subscribed("https"), "failed"),
        (_subscribed("lambda") | ALARM, "not_applicable"),
        (_subscribed("email"), "not_applicable"),
        (_subscribed(GIVEN), "not_applicable"),
    ],
)
def test_a_subscription(resources: dict[str, Any], expected: str) -> None:
    assert judged("failed_messages_kept", resources) == expected


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(RULE, EventPattern={"source": ["laboratory"]}, Targets=[KEPT_TARGET]), "passed"),
        (one(RULE, EventPattern={"source": ["laboratory"]}, Targets=[KEPT_TARGET, TARGET]), "failed"),
        (one(RULE, EventPattern=json.dumps({"source": ["aws.s3", "laboratory"]}), Targets=[TARGET]), "failed"),
        (one(RULE, EventPattern={"source": ["laboratory"]}, Targets=GIVEN), "unknown"),
        (one(RULE, EventPattern={"source": ["aws.s3"]}, Targets=[TARGET]), "failed"),
        (one(RULE, EventPattern=_calls("aws.healthlake", "CreateResource"), Targets=[TARGET]), "failed"),
        (one(RULE, EventPattern=_calls("aws.healthlake", "DeleteFHIRDatastore"), Targets=[TARGET]), "not_applicable"),
        (one(RULE, EventPattern=_calls("aws.healthlake", "TagResource"), Targets=[TARGET]), "not_applicable"),
        (one(RULE, EventPattern=_calls("aws.healthlake"), Targets=[TARGET]), "failed"),
        (one(RULE, EventPattern=_calls("aws.dynamodb", "DeleteTable", "PutItem"), Targets=[TARGET]), "failed"),
        (one(RULE, EventPattern=_calls("aws.s3", "PutObject"), Targets=[TARGET]), "failed"),
        (one(RULE, EventPattern=_calls("aws.s3", "CompleteMultipartUpload"), Targets=[TARGET]), "failed"),
        (one(RULE, EventPattern=_calls("aws.s3", "PutBucketPolicy"), Targets=[TARGET]), "not_applicable"),
        (one(RULE, EventPattern=_calls("aws.s3", {"prefix": "Put"}), Targets=[TARGET]), "failed"),
        (one(RULE, EventPattern=_calls("aws.s3", "PutObjectAcl"), Targets=[TARGET]), "not_applicable"),
        (one(RULE, EventPattern=_calls("aws.kms", "DisableKey"), Targets=[TARGET]), "not_applicable"),
        (one(RULE, EventPattern=_images("Image Set Created"), Targets=[TARGET]), "failed"),
        (one(RULE, EventPattern=_of_connect("Amazon Connect Contact Event"), Targets=[TARGET]), "failed"),
        (one(RULE, EventPattern=_of_connect("Amazon Connect Contact Event"), Targets=[KEPT_TARGET]), "passed"),
        (one(RULE, EventPattern=_of_connect("Contact Lens Post Call Rules Matched"), Targets=[TARGET]), "failed"),
        (
            one(RULE, EventPattern=_of_connect("Contact Lens Evaluation Export Failed"), Targets=[TARGET]),
            "not_applicable",
        ),
        (one(RULE, EventPattern=_of_connect("Metrics Rules Matched"), Targets=[TARGET]), "not_applicable"),
        (one(RULE, EventPattern=_images("Import Job Failed"), Targets=[TARGET]), "not_applicable"),
        (one(RULE, EventPattern={"source": ["aws.guardduty"]}, Targets=[TARGET]), "not_applicable"),
        (one(RULE, EventPattern=GIVEN, Targets=[TARGET]), "not_applicable"),
        (one(RULE, ScheduleExpression="rate(1 day)", Targets=[TARGET]), "not_applicable"),
        (one("AWS::Events::EventBus", KmsKeyIdentifier="k", DeadLetterConfig={"Arn": FAILED}), "passed"),
        (one("AWS::Events::EventBus", KmsKeyIdentifier="k", DeadLetterConfig=GIVEN), "unknown"),
        (one("AWS::Events::EventBus", KmsKeyIdentifier="k"), "failed"),
        (one("AWS::Events::EventBus"), "not_applicable"),
    ],
)
def test_a_rule_and_its_bus(resources: dict[str, Any], expected: str) -> None:
    assert judged("failed_messages_kept", resources) == expected


STREAM = {"Stream": {"Type": "AWS::Kinesis::Stream"}, "Line": {"Type": "AWS::SQS::Queue"}}
IOT_RULE = "AWS::IoT::TopicRule"
VITALS = {"Sql": "SELECT * FROM 'vitals'", "Actions": [{"Firehose": {"DeliveryStreamName": "vitals"}}]}
OF_STREAM, OF_LINE = ({"EventSourceArn": {"Fn::GetAtt": [name, "Arn"]}} for name in STREAM)
OF_CHANGES = {"EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]}}
TABLE = {"Table": {"Type": "AWS::DynamoDB::Table"}}
OF_CLUSTER = {"EventSourceArn": GIVEN, "DocumentDBEventSourceConfig": {"DatabaseName": "clinic"}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (one(MAPPING, **OF_STREAM, DestinationConfig={"OnFailure": {"Destination": FAILED}}) | STREAM, "passed"),
        (one(MAPPING, **OF_STREAM, DestinationConfig=GIVEN) | STREAM, "unknown"),
        (one(MAPPING, **OF_STREAM) | STREAM, "failed"),
        (one(MAPPING, **OF_CHANGES) | TABLE, "failed"),
        (one(MAPPING, **OF_LINE) | STREAM, "not_applicable"),
        (one(MAPPING, **OF_LINE, StartingPosition="LATEST") | STREAM, "not_applicable"),
        (one(MAPPING, **OF_STREAM, Enabled=False) | STREAM, "not_applicable"),
        (one(MAPPING, EventSourceArn=GIVEN, StartingPosition="LATEST"), "failed"),
        (one(MAPPING, EventSourceArn={"Fn::ImportValue": "Stream"}, StartingPosition=GIVEN), "failed"),
        (one(MAPPING, EventSourceArn=GIVEN, StartingPosition="LATEST", DestinationConfig=GIVEN), "unknown"),
        (one(MAPPING, EventSourceArn=GIVEN), "not_applicable"),
        (one(MAPPING, SelfManagedEventSource={}, StartingPosition="LATEST", Topics=["vitals"]), "failed"),
        (one(MAPPING, **OF_CLUSTER, StartingPosition="LATEST"), "not_applicable"),
        (one(PIPE, SourceParameters={"DynamoDBStreamParameters": {"StartingPosition": "LATEST"}}), "failed"),
        (one(PIPE, SourceParameters={"SqsQueueParameters": {"BatchSize": 1}}), "not_applicable"),
        (one(PIPE, SourceParameters=GIVEN), "unknown"),
        (one(IOT_RULE, TopicRulePayload={**VITALS, "ErrorAction": {"Sqs": {"QueueUrl": "q"}}}), "passed"),
        (one(IOT_RULE, TopicRulePayload=VITALS), "failed"),
        (one(IOT_RULE, TopicRulePayload={**VITALS, "RuleDisabled": True}), "not_applicable"),
        (one(IOT_RULE, TopicRulePayload={**VITALS, "ErrorAction": GIVEN}), "unknown"),
        (one(IOT_RULE, TopicRulePayload=GIVEN), "unknown"),
        (one(SCHEDULE, Target={"Arn": API_CALL, "DeadLetterConfig": {"Arn": FAILED}}), "passed"),
        (one(SCHEDULE, Target={"Arn": API_CALL, "DeadLetterConfig": GIVEN}), "unknown"),
        (one(SCHEDULE, Target={"Arn": API_CALL}), "failed"),
        (one(SCHEDULE, Target={"Arn": TARGET["Arn"]}), "not_applicable"),
        (one(SCHEDULE, Target={"Arn": GIVEN}), "not_applicable"),
        (one(SCHEDULE, Target=GIVEN), "unknown"),
    ],
)
def test_streams_and_schedules(resources: dict[str, Any], expected: str) -> None:
    assert judged("failed_messages_kept", resources) == expected


FUNCTION = "AWS::Lambda::Function"


def _invoked(kind: str, properties: dict[str, Any], **given: Any) -> dict[str, Any]:
    text = json.dumps(properties).replace('"THIS"', json.dumps(THIS))
    return one(FUNCTION, **given) | {"Invoker": {"Type": kind, "Properties": json.loads(text)}} | TOPIC


NOTIFIED = {
    "NotificationConfiguration": {"LambdaConfigurations": [{"Event": "s3:ObjectCreated:*", "Function": "THIS"}]}
}
OF_TOPIC = {"TopicArn": {"Ref": "Topic"}, "Protocol": "lambda", "Endpoint": "THIS"}
OF_RULE = {"EventPattern": {"source": ["laboratory"]}, "Targets": [{"Arn": "THIS", "Id": "0"}]}
OF_DEVICES = {"TopicRulePayload": {"Sql": "SELECT * FROM 'vitals'", "Actions": [{"Lambda": {"FunctionArn": "THIS"}}]}}
OF_OPERATION = {"EventPattern": {"source": ["aws.health"]}, "Targets": [{"Arn": "THIS", "Id": "0"}]}
LIVE = {"Live": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Subject"}}}}
KEPT: dict[str, Any] = {"DeadLetterConfig": {"TargetArn": FAILED}}


def _config(destination: Any) -> dict[str, Any]:
    properties = {"FunctionName": {"Ref": "Subject"}, "DestinationConfig": {"OnFailure": {"Destination": destination}}}
    return {"Config": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (_invoked("AWS::S3::Bucket", NOTIFIED), "failed"),
        (_invoked("AWS::S3::Bucket", NOTIFIED, **KEPT), "passed"),
        (_invoked("AWS::S3::Bucket", NOTIFIED, DeadLetterConfig=GIVEN), "unknown"),
        (_invoked("AWS::S3::Bucket", NOTIFIED) | _config(FAILED), "passed"),
        # Somebody chose it.
        (_invoked("AWS::S3::Bucket", NOTIFIED) | _config(GIVEN), "passed"),
        (_invoked("AWS::Lambda::Permission", {"FunctionName": "THIS", "Principal": "s3.amazonaws.com"}), "failed"),
        (
            _invoked("AWS::Lambda::Permission", {"FunctionName": "THIS", "Principal": "lex.amazonaws.com"}),
            "not_applicable",
        ),
        (_invoked(SUBSCRIPTION, OF_TOPIC), "failed"),
        (_invoked(SUBSCRIPTION, OF_TOPIC) | ALARM, "not_applicable"),
        (_invoked("AWS::SNS::Topic", {"Subscription": [{"Protocol": "lambda", "Endpoint": "THIS"}]}), "failed"),
        (_invoked(RULE, OF_RULE), "failed"),
        (_invoked(RULE, {**OF_RULE, "Targets": [{"Arn": {"Ref": "Live"}, "Id": "0"}]}) | LIVE, "failed"),
        (_invoked(RULE, OF_OPERATION), "not_applicable"),
        (_invoked(IOT_RULE, OF_DEVICES), "failed"),
        (_invoked(IOT_RULE, OF_DEVICES, **KEPT), "passed"),
        (one(FUNCTION), "not_applicable"),
    ],
)
def test_a_function(resources: dict[str, Any], expected: str) -> None:
    assert judged("failed_messages_kept", resources) == expected


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("Kinesis", {"Stream": GIVEN}, "failed"),
        ("Kinesis", {"Stream": GIVEN, "MaximumRetryAttempts": 3, "BisectBatchOnFunctionError": True}, "failed"),
        ("DynamoDB", {"Stream": {"Fn::ImportValue": "Stream"}}, "failed"),
        ("MSK", {"Stream": GIVEN, "Topics": ["vitals"]}, "failed"),
        ("SelfManagedKafka", {"KafkaBootstrapServers": ["kafka:9092"], "Topics": ["vitals"]}, "failed"),
        ("Kinesis", {"Stream": GIVEN, "DestinationConfig": {"OnFailure": {"Destination": FAILED}}}, "passed"),
        ("Kinesis", {"Stream": GIVEN, "Enabled": False}, "not_applicable"),
        ("DocumentDB", {"Cluster": GIVEN, "DatabaseName": "clinic"}, "not_applicable"),
        ("MQ", {"Broker": GIVEN, "Queues": ["vitals"], "StartingPosition": None}, "not_applicable"),
        ("SQS", {"Queue": GIVEN, "StartingPosition": None}, "not_applicable"),
    ],
)
def test_a_stream_of_a_function_of_sam(kind: str, given: dict[str, Any], expected: str) -> None:
    properties = {key: value for key, value in ({"StartingPosition": "LATEST"} | given).items() if value is not None}
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"Runtime": "python3.13", "Events": {"Records": {"Type": kind, "Properties": properties}}},
    }
    transformed = {"Transform": "AWS::Serverless-2016-10-31", "Parameters": {"Given": {"Type": "String"}}}
    assert outcome("failed_messages_kept", {"Import": function}, "ImportRecords", **transformed) == expected


@pytest.mark.parametrize(
    ("pattern", "kept", "expected"),
    [
        (_of_connect("Amazon Connect Contact Event"), {}, "failed"),
        (_of_connect("Amazon Connect Contact Event"), {"DeadLetterConfig": {"TargetArn": FAILED}}, "passed"),
        (_of_connect("Metrics Rules Matched"), {}, "not_applicable"),
        ({"source": ["clinic.intake"]}, {}, "failed"),
        ({"source": ["aws.events"], "detail-type": ["Scheduled Event"]}, {}, "not_applicable"),
    ],
)
def test_a_function_that_a_rule_invokes_keeps_what_it_failed_at(pattern: Any, kept: Any, expected: str) -> None:
    targets = [{"Arn": THIS, "Id": "0"}]
    rule = {"Sender": {"Type": RULE, "Properties": {"EventPattern": pattern, "Targets": targets}}}
    assert judged("failed_messages_kept", one("AWS::Lambda::Function", **kept) | rule) == expected


@pytest.mark.parametrize(
    ("given", "told", "left"),
    [
        ({}, ["MaximumRetryAttempts: 10", "MaximumRecordAgeInSeconds: 21600", "until it expires"], []),
        (
            {"MaximumRetryAttempts": 3, "MaximumRecordAgeInSeconds": -1},
            ["MaximumRecordAgeInSeconds: 21600", "until it expires"],
            ["MaximumRetryAttempts"],
        ),
        ({"MaximumRetryAttempts": GIVEN, "MaximumRecordAgeInSeconds": 60}, [], ["MaximumR", "until it expires"]),
        ({"Topics": ["vitals"]}, [], ["MaximumR", "until it expires"]),
    ],
)
def test_a_stream_is_told_how_long_to_try(given: dict[str, Any], told: list[str], left: list[str]) -> None:
    text = to_do("failed_messages_kept", one(MAPPING, StartingPosition="LATEST", **given))
    assert "the ARN of a bucket, or of a dead-letter queue" in text
    assert all(one in text for one in told)
    assert not any(one in text for one in left)


def test_a_pipe_is_told_how_long_to_try() -> None:
    parameters = {"KinesisStreamParameters": {"StartingPosition": "LATEST", "MaximumRetryAttempts": 3}}
    text = to_do("failed_messages_kept", one(PIPE, SourceParameters=parameters))
    assert "MaximumRecordAgeInSeconds: 21600" in text
    assert "MaximumRetryAttempts" not in text
    assert "DynamoDBStreamParameters" not in text
