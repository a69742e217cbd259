"""What a topic or rule cannot hand to a function is said with what the function fails at."""

from __future__ import annotations

from typing import Any

from tests.compliance.beside.support import assessed, failed, fix_of, told

KEPT = "FailedMessagesKept"
ARN = {"Fn::GetAtt": ["Function", "Arn"]}
QUEUE = {"Fn::GetAtt": ["Failed", "Arn"]}


def function(**properties: Any) -> dict[str, Any]:
    return {
        "Function": {"Type": "AWS::Lambda::Function", "Properties": properties},
        "Failed": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dlq"}},
    }


def subscribed(endpoint: Any = ARN) -> dict[str, Any]:
    properties = {"TopicArn": {"Ref": "Topic"}, "Protocol": "lambda", "Endpoint": endpoint}
    return {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}},
        "Subscription": {"Type": "AWS::SNS::Subscription", "Properties": properties},
    }


def ruled(*targets: Any) -> dict[str, Any]:
    pattern = {"source": ["clinic.records"]}
    listed = [{"Id": str(number), "Arn": arn} for number, arn in enumerate(targets)]
    return {"Rule": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": pattern, "Targets": listed}}}


def test_a_subscription_is_told_with_its_function() -> None:
    found = assessed(function() | subscribed())
    (message,) = told(found, KEPT).values()
    assert list(told(found, KEPT)) == [f"{KEPT} Function"]
    assert "So is it with Subscription, which calls it: RedrivePolicy is not set" in message
    assert failed(found, KEPT) == {f"{KEPT} Function", f"{KEPT} Subscription"}
    assert "deadLetterTargetArn" in fix_of(found, f"{KEPT} Function")


def test_one_that_calls_the_function_by_its_alias_is_too() -> None:
    alias = {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Function"}, "Name": "live"}}
    found = told(assessed(function() | {"Alias": alias} | subscribed({"Ref": "Alias"})), KEPT)
    assert list(found) == [f"{KEPT} Function"]


def test_one_whose_function_keeps_what_it_fails_at_is_told_by_itself() -> None:
    found = told(assessed(function(DeadLetterConfig={"TargetArn": QUEUE}) | subscribed()), KEPT)
    assert list(found) == [f"{KEPT} Subscription"]


def test_a_rule_is_told_with_its_function_unless_it_has_other_targets() -> None:
    assert list(told(assessed(function() | ruled(ARN)), KEPT)) == [f"{KEPT} Function"]
    other = ruled(ARN, "arn:aws:sqs:us-east-1:111122223333:other")
    assert set(told(assessed(function() | other), KEPT)) == {f"{KEPT} Function", f"{KEPT} Rule"}
