"""What AWS SAM makes of an event that invokes a function or starts a state machine: the resource, and who may call.

AWS SAM developer guide, "Generated AWS CloudFormation resources for AWS SAM" and the pages of the events. What is
written into another resource, such as a bucket or the definition of an API, is written with that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# What a function is given records of, and where the event names it; a cluster of one's own has no ARN.
_POLLED: Mapping[str, str | None] = {
    "DocumentDB": "Cluster",
    "DynamoDB": "Stream",
    "Kinesis": "Stream",
    "MQ": "Broker",
    "MSK": "Stream",
    "SQS": "Queue",
    "SelfManagedKafka": None,
}
# What SAM hands on to the mapping as it is.
_OF_MAPPING = frozenset(
    {"BisectBatchOnFunctionError", "DestinationConfig", "Enabled", "FunctionResponseTypes", "MaximumRecordAgeInSeconds"}
    | {"MaximumRetryAttempts", "Queues", "SourceAccessConfigurations", "StartingPosition", "Topics"}
)
# Who calls the function by a permission of its own, for what is made of the event.
_CALLERS: Mapping[str, str] = {
    "CloudWatchEvent": "events.amazonaws.com",
    "CloudWatchLogs": "logs.amazonaws.com",
    "EventBridgeRule": "events.amazonaws.com",
    "IoTRule": "iot.amazonaws.com",
    "Schedule": "events.amazonaws.com",
}
_RULES = ("CloudWatchEvent", "EventBridgeRule", "Schedule")
_START = "states:StartExecution"
_IN_ACCOUNT = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"
# What SAM hands on to the target of a rule as it is, and to a schedule of EventBridge Scheduler and its target.
_OF_TARGET = ("DeadLetterConfig", "Input", "InputPath", "RetryPolicy")
_OF_SCHEDULE = ("EndDate", "GroupName", "KmsKeyArn", "Name", "ScheduleExpression", "StartDate", "State")


def invokers(function: str, name: str, kind: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield what SAM makes of an event that invokes a function: ids, types and properties; nothing where it is a part.

    :param name: the id of what is made, that of the function and the event's own.
    """
    arn = {"Fn::GetAtt": [function, "Arn"]}
    if kind in _POLLED:
        taken = {key: given[key] for key in _OF_MAPPING & set(given)}
        properties = {**taken, **_source(kind, given), "FunctionName": {"Ref": function}}
        yield name, "AWS::Lambda::EventSourceMapping", properties
    elif kind == "SNS" and given.get("SqsSubscription"):
        yield from _by_queue(function, name, given)
    elif kind == "ScheduleV2":
        yield from _scheduled(name, arn, "lambda:InvokeFunction", given)
    else:
        made = _pushing(name, kind, arn, given)
        if made is not None:
            yield name, *made
    if kind in _CALLERS:
        called = {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": function}, "Principal": _CALLERS[kind]}
        yield f"{name}Permission", "AWS::Lambda::Permission", {**called, "SourceArn": _source_arn(name, kind, given)}


def _pushing(name: str, kind: str, arn: Any, given: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    if kind == "SNS":
        named = {"TopicArn": given.get("Topic")} | {key: given[key] for key in ("RedrivePolicy",) if key in given}
        return "AWS::SNS::Subscription", {**named, "Protocol": "lambda", "Endpoint": arn}
    if kind in _RULES:
        return "AWS::Events::Rule", _rule(kind, {"Arn": arn, "Id": f"{name}LambdaTarget"}, given)
    if kind == "IoTRule":
        asked = {key: given[key] for key in ("AwsIotSqlVersion", "Sql") if key in given}
        action = {"Lambda": {"FunctionArn": arn}}
        return "AWS::IoT::TopicRule", {"TopicRulePayload": {**asked, "Actions": [action], "RuleDisabled": False}}
    if kind == "CloudWatchLogs":
        taken = {key: given[key] for key in ("FilterPattern", "LogGroupName") if key in given}
        return "AWS::Logs::SubscriptionFilter", {**taken, "DestinationArn": arn}
    return None


def _by_queue(function: str, name: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield what hands a topic's messages to a function by a queue, which SAM makes unless one is named."""
    own, topic = given["SqsSubscription"], given.get("Topic")
    named = own if isinstance(own, Mapping) else {}
    if not named:
        yield f"{name}Queue", "AWS::SQS::Queue", {}
    queue = named.get("QueueArn", {"Fn::GetAtt": [f"{name}Queue", "Arn"]})
    url = named.get("QueueUrl", {"Ref": f"{name}Queue"})
    kept = {key: given[key] for key in ("RedrivePolicy",) if key in given}
    yield name, "AWS::SNS::Subscription", {**kept, "TopicArn": topic, "Protocol": "sqs", "Endpoint": queue}
    let_in = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Principal": "*",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = {"PolicyDocument": _document(let_in), "Queues": [url]}
    yield str(named.get("QueuePolicyLogicalId", f"{name}QueuePolicy")), "AWS::SQS::QueuePolicy", policy
    mapping = {"EventSourceArn": queue, "FunctionName": {"Ref": function}}
    yield f"{name}EventSourceMapping", "AWS::Lambda::EventSourceMapping", mapping


def starters(machine: str, name: str, kind: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield what SAM makes of an event that starts a state machine, which needs a role; nothing where it is a part."""
    arn = {"Ref": machine}
    if kind == "ScheduleV2":
        yield from _scheduled(name, arn, _START, given)
    elif kind in _RULES:
        target = {"Arn": arn, "Id": f"{name}StepFunctionsTarget", "RoleArn": _role_of(name, given)}
        yield name, "AWS::Events::Rule", _rule(kind, target, given)
        yield from _role(name, "events.amazonaws.com", [(_START, arn)], given)


def _rule(kind: str, target: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    by = {"ScheduleExpression": "Schedule"} if kind == "Schedule" else {"EventPattern": "Pattern"}
    started = {key: given.get(own) for key, own in by.items()}
    state = {"State": "ENABLED" if given["Enabled"] else "DISABLED"} if "Enabled" in given else {}
    kept = {key: given[key] for key in ("EventBusName", "Name", "State") if key in given}
    handed = {key: given[key] for key in _OF_TARGET if key in given}
    return {**started, **state, **kept, "Targets": [{**target, **handed}]}


def _scheduled(name: str, arn: Any, action: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield the schedule of EventBridge Scheduler, and the role that SAM makes for it unless one is given."""
    taken = {key: given[key] for key in _OF_SCHEDULE if key in given}
    handed = {key: given[key] for key in _OF_TARGET if key in given}
    target = {"Arn": arn, "RoleArn": _role_of(name, given), **handed}
    window = given.get("FlexibleTimeWindow", {"Mode": "OFF"})
    yield name, "AWS::Scheduler::Schedule", {**taken, "FlexibleTimeWindow": window, "Target": target}
    queue = given.get("DeadLetterConfig")
    left = [("sqs:SendMessage", queue["Arn"])] if isinstance(queue, Mapping) and "Arn" in queue else []
    yield from _role(name, "scheduler.amazonaws.com", [(action, arn), *left], given)


def _role_of(name: str, given: Mapping[str, Any]) -> Any:
    return given.get("RoleArn", {"Fn::GetAtt": [f"{name}Role", "Arn"]})


def _role(
    name: str, service: str, allowed: Sequence[tuple[str, Any]], given: Mapping[str, Any]
) -> Iterator[tuple[str, str, Any]]:
    """Yield the role by which a service calls what an event names, unless one is given."""
    if "RoleArn" in given:
        return
    trusted = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    policies = [
        {
            "PolicyName": f"{name}Policy{number or ''}",
            "PolicyDocument": _document({"Effect": "Allow", "Action": action, "Resource": resource}),
        }
        for number, (action, resource) in enumerate(allowed)
    ]
    bounded = {key: given[key] for key in ("PermissionsBoundary",) if key in given}
    yield (
        f"{name}Role",
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": _document(trusted),
            "Policies": policies,
            **bounded,
        },
    )


def _document(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}


def _source_arn(name: str, kind: str, given: Mapping[str, Any]) -> Any:
    """Return whose calls a permission is for."""
    if kind == "IoTRule":
        return {"Fn::Sub": [_IN_ACCOUNT % ("iot", "rule/${RuleName}"), {"RuleName": {"Ref": name}}]}
    if kind == "CloudWatchLogs":
        group = {"__LogGroupName__": given.get("LogGroupName", "")}
        return {"Fn::Sub": [_IN_ACCOUNT % ("logs", "log-group:${__LogGroupName__}:*"), group]}
    return {"Fn::GetAtt": [name, "Arn"]}


def _source(kind: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return by what properties a mapping names what SAM's event names."""
    named = _POLLED[kind]
    if named is None:
        return {"SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": given.get("KafkaBootstrapServers")}}}
    database = {"DatabaseName": given.get("DatabaseName")} if kind == "DocumentDB" else None
    return {
        "EventSourceArn": given.get(named),
        **({"DocumentDBEventSourceConfig": database} if database is not None else {}),
    }
