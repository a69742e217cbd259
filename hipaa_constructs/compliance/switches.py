"""Rules that ask of a table's properties for values which keep a control on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hipaa_constructs.compliance.rule import Verdict, judge, worst
from hipaa_constructs.compliance.template import UNKNOWN, Resource, as_text, spread


@dataclass(frozen=True, slots=True)
class Switch:
    """A property, the values that keep the control on, and what AWS takes an absent one for.

    ``path`` may lead through lists, as in ``Volumes[].Encrypted``. Values are compared as text, whatever their case.
    """

    path: str
    on: tuple[str, ...]
    default: str


def judge_switches(resource: Resource, switches: Iterable[Switch], consequence: str) -> Verdict:
    """Judge that all ``switches`` of a resource are on; ``consequence`` says what it means if not."""
    return worst(
        _judge(switch, value, consequence) for switch in switches for value in spread(resource.properties, switch.path)
    )


def _judge(switch: Switch, value: Any, consequence: str) -> Verdict:
    text = as_text(value)
    on = UNKNOWN if text is UNKNOWN else (switch.default if text is None else text).lower() in switch.on
    shown = f"absent, which means {switch.default}" if text is None else text
    return judge(
        on, f"{switch.path} is {shown}: {consequence}.", unknown_message=f"{switch.path} is not known at synth."
    )
