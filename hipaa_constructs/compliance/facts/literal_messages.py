"""What is handed on that its author wrote: text of the template, and what a service says of its own run.

Nothing of an input, an event or a result is in it, and so no data.
"""

from __future__ import annotations

import re
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Fields,
    Ternary,
    Unknown,
    as_text,
    dig,
    is_mapping,
    is_present,
)
from hipaa_constructs.compliance.facts.state_machines import states

_TOPIC: Final = "AWS::SNS::Topic"
PUBLISHING: Final = re.compile(r"arn:[^:]*:states:::(aws-sdk:)?sns:publish(\.\w+)?", re.IGNORECASE)
# docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html; what an execution was given, and an item
# of a map, are data.
_OF_RUN: Final = (
    r"(Execution\.(Id|Name|RedriveCount|RedriveTime|RoleArn|StartTime)|State\.(EnteredTime|Name|RetryCount)|"
    r"StateMachine\.(Id|Name)|Map\.Item\.Index|Task\.Token)"
)
_LITERAL: Final = re.compile(r"'(\\.|[^'\\])*'|\"(\\.|[^\"\\])*\"")
_PATH: Final = re.compile(r"\$[\w.$\[\]@*?-]*")
_PLAIN_PATH: Final = re.compile(rf"\$\$\.{_OF_RUN}")
# A call of a function of JSONata, such as $string(…), is none of a variable.
_VARIABLE: Final = re.compile(r"\$(?![\w.]*\()[\w.$]*")
_PLAIN_VARIABLE: Final = re.compile(rf"\$states\.context\.{_OF_RUN}")
_WHOLE_EVENT: Final = "<aws.events.event"
# What every event has beside its detail and the resources that it is about:
# docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html.
_ENVELOPE: Final = re.compile(r"\$\.(account|detail-type|id|region|source|time|version)")


def is_plain(value: object, name: str = "") -> bool:
    """Whether what a state of a state machine gives as an argument is text of its author, or of the run alone."""
    if isinstance(value, Unknown):
        return False
    if is_mapping(value):
        return all(is_plain(inner, str(key)) for key, inner in value.items())
    if isinstance(value, list):
        return all(is_plain(inner) for inner in value)
    if not isinstance(value, str):
        return True
    if name.endswith(".$"):
        return all(_PLAIN_PATH.fullmatch(path) for path in _PATH.findall(_LITERAL.sub("", value)))
    if value.strip().startswith("{%"):
        return all(_PLAIN_VARIABLE.fullmatch(path) for path in _VARIABLE.findall(_LITERAL.sub("", value)))
    return True


def arguments_of(state: Fields | Unknown) -> Fields | None:
    """Return what a state of a state machine gives to what it calls; None if that cannot be told."""
    if not is_mapping(state):
        return None
    given = state.get("Arguments", state.get("Parameters"))
    return given if is_mapping(given) else None


def publishes_text_alone(machine: Resource, topic: Resource) -> bool:
    """Whether a state machine publishes to a topic, and nothing there or where its definition cannot be read but text.

    A task that takes the topic from its input may publish anywhere.
    """
    found = False
    for _, state in states(machine):
        called = as_text(dig(state, "Resource"))
        if not is_mapping(state) or isinstance(called, Unknown):
            return False
        if not isinstance(called, str) or not PUBLISHING.fullmatch(called):
            continue
        given = arguments_of(state)
        if given is None or not is_plain(given):
            return False
        found = found or machine.template.target(given.get("TopicArn"), _TOPIC) is topic
    return found


def hands_on_text_alone(target: Fields) -> bool:
    """Whether what a rule or a schedule gives to a target is text of the template, or tells of the event alone."""
    if target.get("InputPath") is not None:
        return False
    transformer = target.get("InputTransformer")
    if transformer is None:
        return is_present(target.get("Input")) is Ternary.YES
    template, paths = dig(transformer, "InputTemplate"), dig(transformer, "InputPathsMap", {})
    if not isinstance(template, str) or _WHOLE_EVENT in template or not is_mapping(paths):
        return False
    return all(isinstance(path, str) and _ENVELOPE.fullmatch(path) for path in paths.values())
