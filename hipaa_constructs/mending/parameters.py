"""Parameters: those that set a number keep the choice, among what is enough; those that bring secrets hide them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hipaa_constructs._secret_texts import is_secret_name
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.rules.access.no_literal_secrets import PATHS
from hipaa_constructs.mending.draft import CannotMendError, Draft, is_function, listed
from hipaa_constructs.mending.questions import QUESTIONS


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
        parameter["AllowedValues"] = [one for one in allowed if number(one) >= wanted] or [least]
        # As the list writes it, since linters tell "2192" from 2192.
        least = min(parameter["AllowedValues"], key=number)
    elif text:
        parameter["AllowedValues"] = [least]
    else:
        parameter["MinValue"] = max(wanted, number(parameter.get("MinValue")))
    if "Default" in parameter:
        parameter["Default"] = least
    return True


def is_parameter(draft: Draft, value: Any) -> bool:
    """Whether a value is that of a parameter of the template which is one text."""
    named = value.get("Ref") if isinstance(value, dict) and len(value) == 1 else None
    parameters = draft.body.get("Parameters")
    parameter = parameters.get(named) if isinstance(parameters, dict) else None
    return isinstance(parameter, dict) and parameter.get("Type", "String") == "String"


def tightened(draft: Draft, value: Any, name: str, what: str) -> bool:
    """Let the parameter that a property is set by take only what answers a question, and say whether that was done.

    That is so for a parameter which sets nothing but properties of this name, where parameters may ask.

    :param value: what the property says now.
    :param what: what is asked for, by the names of ``GIVEN``.
    """
    if not draft.may_ask(what) or not is_parameter(draft, value):
        return False
    rest = {key: part for key, part in draft.body.items() if key not in ("Metadata", "Parameters")}
    if {where for where, _ in _uses(rest, value["Ref"], "")} != {name}:
        return False
    parameter = draft.body["Parameters"][value["Ref"]]
    for key in ("AllowedValues", "ConstraintDescription", "Default", "MaxLength", "MinLength"):
        parameter.pop(key, None)
    parameter["AllowedPattern"] = QUESTIONS[what].pattern
    draft.asked[value["Ref"]] = what
    return True


def secrets_hidden(draft: Draft, finding: Finding) -> None:
    """Let CloudFormation show nobody the parameters that bring a resource's secrets."""
    properties = draft.properties(finding.resource_logical_id)
    parameters = draft.body.get("Parameters")
    found = 0
    for name, declared in parameters.items() if isinstance(parameters, dict) else ():
        if not isinstance(declared, dict) or str(declared.get("Type")).startswith("AWS::SSM::"):
            continue
        for path in PATHS.get(finding.resource_type, ()):
            for value in _values(properties, path.split(".")):
                alone = isinstance(value, dict) and value.get("Ref") == name
                # Of what a text is joined of, the user's name is no secret.
                if alone or (is_secret_name(name) and any(True for _ in _uses(value, name, path))):
                    declared["NoEcho"] = True
                    found += 1
    if not found:
        raise CannotMendError("What stands there in place of a secret, and who uses it, only its owner knows.")


def _values(holder: Any, path: Sequence[str]) -> Iterator[Any]:
    """Yield what stands at a path, of each item of its lists."""
    if not path:
        yield holder
    elif isinstance(holder, dict) and not is_function(holder):
        name = path[0].removesuffix("[]")
        for item in listed(holder[name]) if name in holder else ():
            yield from _values(item, path[1:])


def number(value: Any) -> int:
    """Return a whole number as a template writes it; -1 for what is none."""
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
