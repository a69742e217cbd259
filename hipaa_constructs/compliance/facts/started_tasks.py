"""Tasks of ECS that a state machine starts, and what addresses it gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Fields, Ternary, Unknown, dig, is_one_of
from hipaa_constructs.compliance.facts.state_machines import states
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Verdict, failed, unknown, worst

# The optimized integration and the one by the SDK:
# docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html, …/supported-services-awssdk.html.
_RUNS: Final = re.compile(r":states:::(aws-sdk:)?ecs:runTask(\.\w+)?$", re.IGNORECASE)
# What a state gives the call, by JSONPath and by JSONata.
_GIVEN: Final = ("Parameters", "Arguments")
_ADDRESS: Final = "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp"


def judge_started_tasks(machine: Resource) -> Verdict:
    """Judge whether a state machine starts tasks without public addresses, which is the default of ECS.

    What a state takes from its input is not judged.
    """
    return worst((NOT_APPLICABLE, *_judge(machine)))


def _judge(machine: Resource) -> Iterator[Verdict]:
    for name, state in states(machine):
        if isinstance(state, Unknown):
            yield unknown(f"Whether {name} starts tasks with public addresses is known only at deployment.")
        elif _RUNS.search(str(state.get("Resource"))):
            yield from (_judge_state(name, state, given) for given in _GIVEN if given in state)


def _judge_state(name: str, state: Fields, given: str) -> Verdict:
    value = dig(state, f"{given}.{_ADDRESS}", "DISABLED")
    is_public = is_one_of(value, "ENABLED")
    if is_public is Ternary.UNKNOWN:
        return unknown(f"AssignPublicIp of {name} is known only at deployment.")
    return failed(f"{given}.{_ADDRESS} of {name} is ENABLED.") if is_public is Ternary.YES else PASSED
