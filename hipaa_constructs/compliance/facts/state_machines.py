"""What state machines do, as far as their definition stands in the template."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Fields, Resolved, Unknown, is_mapping
from hipaa_constructs.iam.document import parsed

STATE_MACHINE: Final = "AWS::StepFunctions::StateMachine"


def states(machine: Resource) -> Iterator[tuple[str, Fields | Unknown]]:
    """Yield each state of a state machine by its name, however deep; ``UNKNOWN`` for what cannot be read.

    What stands in a file of S3 is not at hand and yields nothing.
    """
    for path in ("Definition", "DefinitionString"):
        written = machine.get(path)
        if written is not None:
            yield from _states(parsed(written), path)


def _states(definition: Resolved, name: str) -> Iterator[tuple[str, Fields | Unknown]]:
    if isinstance(definition, Unknown):
        yield name, definition
    elif isinstance(definition, list):
        for item in definition:
            yield from _states(item, name)
    elif is_mapping(definition):
        found = definition.get("States")
        if isinstance(found, Unknown):
            yield name, found
        for key, state in found.items() if is_mapping(found) else ():
            if isinstance(state, Unknown) or is_mapping(state):
                yield key, state
            if is_mapping(state):
                for below in ("Branches", "ItemProcessor", "Iterator"):
                    yield from _states(state.get(below), key)
