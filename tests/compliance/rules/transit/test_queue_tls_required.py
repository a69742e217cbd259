from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one

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


def test_policy_of_another_stack() -> None:
    queue = one(QUEUE, QueueName="orders")
    arn = "arn:aws:sqs:us-east-1:111122223333:orders"
    policy = {"PolicyDocument": {"Statement": [deny(Resource=arn)]}, "Queues": [arn]}
    assert (
        judged("queue_tls_required", queue, {"Policy": {"Type": "AWS::SQS::QueuePolicy", "Properties": policy}})
        == "passed"
    )
