"""Parameters that set a number: those that deploy the template keep the choice, among what is enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hipaa_constructs.mending.draft import Draft


def narrow(draft: Draft, value: Any, name: str, wanted: Any) -> bool:
    """Let the parameter that a property is set by be no less than ``wanted``, and say whether that could be done.

    That is so for a parameter which sets nothing but this property, of whichever resources.

    :param value: what the property says now.
    :param name: the property's name.
    """
    parameters = draft.body.get("Parameters")
    named = value.get("Ref") if isinstance(value, dict) and len(value) == 1 else None
    parameter = parameters.get(named) if isinstance(parameters, dict) else None
    if not isinstance(parameter, dict) or type(wanted) is not int or parameter.get("Type") not in ("Number", "String"):
        return False
    rest = {key: part for key, part in draft.body.items() if key not in ("Metadata", "Parameters")}
    if {where for where, _ in _uses(rest, str(named), "")} != {name}:
        return False
    text = parameter["Type"] == "String"
    allowed = parameter.get("AllowedValues")
    least: Any = str(wanted) if text else wanted
    if isinstance(allowed, list):
        parameter["AllowedValues"] = [one for one in allowed if _number(one) >= wanted] or [least]
        # As the list writes it, since linters tell "2192" from 2192.
        least = min(parameter["AllowedValues"], key=_number)
    elif text:
        parameter["AllowedValues"] = [least]
    else:
        parameter["MinValue"] = max(wanted, _number(parameter.get("MinValue")))
    if "Default" in parameter:
        parameter["Default"] = least
    return True


def _number(value: Any) -> int:
    try:
        return int(str(value))
    except ValueError:
        return -1


def _uses(value: Any, parameter: str, under: str) -> Iterator[tuple[str, Any]]:
    """Yield by the name of what is set each use of a parameter."""
    if isinstance(value, list):
        for item in value:
            yield from _uses(item, parameter, f"{under}[]")
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and item == parameter:
                yield under, value
            yield from _uses(item, parameter, str(key))
    elif isinstance(value, str) and (value == parameter or f"${{{parameter}}}" in value) and under != "Ref":
        yield f"text of {under}", value
