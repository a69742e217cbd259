"""What of the app sends its data to a topic, and not only notices of how it does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Ternary,
    Unknown,
    as_items,
    as_text,
    dig,
    is_mapping,
    is_one_of,
    is_true,
    spread,
)
from hipaa_constructs.compliance.facts.cdk_functions import is_cdk_helper
from hipaa_constructs.compliance.facts.events import record_kinds
from hipaa_constructs.compliance.facts.functions import FUNCTION, serves_deployment_only
from hipaa_constructs.compliance.facts.literal_messages import PUBLISHING, arguments_of, is_plain
from hipaa_constructs.compliance.facts.operations import may_tell_of_operation
from hipaa_constructs.compliance.facts.state_machines import STATE_MACHINE, states
from hipaa_constructs.iam.roles import documents_of

TOPIC = "AWS::SNS::Topic"
_EVENTS, _IOT, _ROLE, _TASK = "AWS::Events::Rule", "AWS::IoT::TopicRule", "AWS::IAM::Role", "AWS::ECS::TaskDefinition"
_MACHINE = STATE_MACHINE
# What hands on what it gets, and where it names a topic to hand it to.
_PATHS: Mapping[str, str] = {
    _IOT: "TopicRulePayload.Actions[].Sns.TargetArn",
    "AWS::Pipes::Pipe": "Target",
    "AWS::S3::Bucket": "NotificationConfiguration.TopicConfigurations[].Topic",
    "AWS::SES::ReceiptRule": "Rule.Actions[].SNSAction.TopicArn",
}
_PROGRAMS: Mapping[str, str] = {FUNCTION: "Role", _TASK: "TaskRoleArn"}
# How a target of EventBridge is given something else than the event.
_REWRITTEN = ("Input", "InputPath", "InputTransformer")
_PUBLISH = "sns:Publish"
# What of a message its readers get.
_SAID = frozenset(f"{name}{path}" for name in ("Message", "MessageAttributes", "Subject") for path in ("", ".$"))
# How people call a topic of notices to those who operate the app, also if a program writes them.
_OF_OPERATION = re.compile(
    r"alarm|alert|admin|budget|build|cost|deploy|dlq|dead[-_]?letter|error|fail|health|incident|monitor|on[-_]?call|"
    r"ops|oper(at|ation)|pipeline|status",
    re.IGNORECASE,
)


def senders(topic: Resource) -> Sequence[Resource]:
    """Return what of the app sends its data to a topic.

    Rules of IoT and of EventBridge for records, pipes, buckets, mail that comes in, and tasks of state machines; of
    functions and tasks of ECS those whose role may publish to this topic by name, if the topic's own name or other
    senders do not tell that they write to whoever operates the app.
    """
    app = topic.template.app
    found = [one for _, one in app.told(topic, "what hands on to topics", (*_PATHS, _EVENTS, _MACHINE), _hands_on)]
    if may_tell_of_operation(topic) or _OF_OPERATION.search(_names(topic)):
        return found
    return [*found, *(one for _, one in app.told(topic, "programs that publish", tuple(_PROGRAMS), _publishes))]


def _names(topic: Resource) -> str:
    return " ".join(str(value) for value in (topic.logical_id, topic.get("TopicName"), topic.get("DisplayName")))


def _hands_on(sender: Resource) -> Iterator[tuple[Resource, Resource]]:
    if sender.type == _EVENTS:
        values = list(_of_rule(sender))
    elif sender.type == _MACHINE:
        values = list(_of_machine(sender))
    elif sender.type == _IOT and is_true(sender.get("TopicRulePayload.RuleDisabled", False)) is Ternary.YES:
        values = []
    else:
        values = list(spread(sender.properties, _PATHS[sender.type]))
    yield from _topics(sender, values)


def _of_rule(rule: Resource) -> Iterator[object]:
    """Yield where a rule for events of the app, or for objects in its buckets, hands them on as they are."""
    if is_one_of(rule.get("State"), "DISABLED") is Ternary.YES:
        return
    if any(about_records for _, about_records in record_kinds(rule)):
        for target in as_items(rule.get("Targets")):
            if is_mapping(target) and not any(name in target for name in _REWRITTEN):
                yield target.get("Arn")


def _of_machine(machine: Resource) -> Iterator[object]:
    """Yield where tasks of a state machine publish what is not written in its definition."""
    for _, state in states(machine):
        called = as_text(dig(state, "Resource"))
        given = arguments_of(state) if isinstance(called, str) and PUBLISHING.fullmatch(called) else None
        if given is not None and not is_plain({name: value for name, value in given.items() if name in _SAID}):
            yield given.get("TopicArn")


def _publishes(program: Resource) -> Iterator[tuple[Resource, Resource]]:
    if program.type == FUNCTION and (serves_deployment_only(program) or is_cdk_helper(program)):
        return
    role = program.template.target(program.get(_PROGRAMS[program.type]), _ROLE)
    for policy in documents_of(role, with_boundary=False) if role is not None else ():
        for statement in () if isinstance(policy, Unknown) else policy:
            allows = statement.allows is Ternary.YES and not statement.not_actions
            if allows and statement.covers_action(_PUBLISH) is Ternary.YES:
                yield from _topics(program, statement.resources)


def _topics(sender: Resource, values: Sequence[object]) -> Iterator[tuple[Resource, Resource]]:
    for value in values:
        topic = sender.template.target(value, TOPIC)
        if topic is not None:
            yield topic, sender
