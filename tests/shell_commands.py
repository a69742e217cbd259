"""What a page has readers type: its commands, and whether AWS's command line takes them, by botocore's own models."""

from __future__ import annotations

import functools
import json
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import botocore.session
import jmespath  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator

PROGRAMS = ("aws", "cdk", "hipaa-constructs")
# docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html
_GLOBAL = {"output", "profile", "query", "region"}
# docs.aws.amazon.com/cli/latest/userguide/cli-usage-pagination.html
_PAGING = {"max-items", "no-paginate", "page-size", "starting-token"}
# What the command line calls otherwise than botocore: github.com/aws/aws-cli, awscli/handlers.py and customizations.
_SERVICES = {"s3api": "s3", "configservice": "config"}
# Commands of the command line itself: docs.aws.amazon.com/cli/latest/reference/cloudtrail/validate-logs.html
_OWN = {("cloudtrail", "validate-logs"): ({"trail-arn", "start-time"}, {"end-time", "s3-bucket", "verbose"})}
_PLACEHOLDER = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)\}?")
_STATEMENT = re.compile(r"(?:([A-Z][A-Z0-9_]*)=\$\((.*)\)|(.*))", re.DOTALL)


def blocks(text: str) -> list[str]:
    """Return the texts of a page's blocks of commands."""
    return re.findall(r"^ *```console\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)


def statements(text: str) -> Iterator[tuple[str | None, str]]:
    """Yield what blocks run, line by line, each with the name of what it sets, if it does."""
    for block in blocks(text):
        joined = re.sub(r"\s*\\\n\s*", " ", block)
        # A line ends where quotes are closed.
        open_line = ""
        for line in joined.splitlines():
            open_line = f"{open_line}\n{line}" if open_line else line.strip()
            try:
                shlex.split(open_line)
            except ValueError:
                continue
            if open_line.strip():
                found = _STATEMENT.fullmatch(open_line.strip())
                assert found is not None
                # Where the answer goes is the shell's.
                yield found[1], re.sub(r" > \S+$", "", found[2] or found[3])
            open_line = ""
        assert not open_line, f"a quote stays open: {open_line}"


def inline(text: str) -> list[str]:
    """Return the commands in running text."""
    without = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(rf"`((?:{'|'.join(PROGRAMS)}) [^`]+)`", without)


def placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


def options(words: Sequence[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in words:
        if re.match(r"--[a-z]", word):
            name = word.removeprefix("--")
            assert name not in found, f"--{name} twice"
            found[name] = []
        elif found:
            found[next(reversed(found))].append(word)
    return found


def check_aws(command: str) -> None:
    """Fail unless service, operation and parameters exist, and what an operation needs is there, in its form."""
    words = shlex.split(command)
    assert words[0] == "aws", command
    service, name = words[1:3]
    given = options(words[3:])
    if (service, name) in _OWN:
        needed, more = _OWN[service, name]
        assert needed <= given.keys() <= needed | more | _GLOBAL, command
        return
    operation = _waited(service, words[3]) if name == "wait" else _operation(service, name)
    known = _GLOBAL | (_PAGING if _paginates(service, operation.name) else set())
    shape = operation.input_shape
    members = {xform_name(member, "-"): member for member in shape.members} if shape else {}
    parameters: dict[str, Any] = {}
    in_files = set()
    for option, values in given.items():
        if option in known:
            assert len(values) == (0 if option.startswith("no-") else 1), f"--{option} takes one value: {command}"
            continue
        plain = option if option in members else option.removeprefix("no-")
        assert plain in members, f"aws {service} {name} knows no --{option}"
        assert shape is not None
        if values and values[0].startswith("file://"):
            in_files.add(members[plain])
            continue
        parameters[members[plain]] = _value(values, shape.members[members[plain]], option, plain)
    if shape is not None:
        report = ParamValidator().validate(parameters, shape).generate_report().splitlines()
        wrong = [one for one in report if not _is_filled_in(one, command, in_files)]
        assert not wrong, "\n".join([command, *wrong])
        _check_values(parameters, shape, command)
    if "query" in given:
        assert operation.output_shape is not None, f"nothing to query: {command}"
        asked = _fields(jmespath.compile(given["query"][0]).parsed)
        assert asked <= _names(operation.output_shape), f"{asked - _names(operation.output_shape)} in {command}"


def _is_filled_in(problem: str, command: str, in_files: Collection[str]) -> bool:
    """Whether a problem is only that the value stands elsewhere: a name's own length, a parameter in a file."""
    if problem.startswith("Invalid length"):
        return bool(placeholders(command))
    return problem in {f'Missing required parameter in input: "{name}"' for name in in_files}


@functools.cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@functools.cache
def _operations(service: str) -> Mapping[str, OperationModel]:
    model = _session().get_service_model(_SERVICES.get(service, service))
    return {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}


def _operation(service: str, name: str) -> OperationModel:
    assert service not in _SERVICES.values(), f"the command line calls {service} otherwise"
    assert name in _operations(service), f"aws {service} knows no {name}"
    return _operations(service)[name]


def _waited(service: str, waiter: str) -> OperationModel:
    waiters = _session().get_waiter_model(_SERVICES.get(service, service))
    known = {xform_name(name, "-"): name for name in waiters.waiter_names}
    assert waiter in known, f"aws {service} waits for no {waiter}"
    return _operation(service, xform_name(waiters.get_waiter(known[waiter]).operation, "-"))


def _paginates(service: str, operation: str) -> bool:
    try:
        _session().get_paginator_model(_SERVICES.get(service, service)).get_paginator(operation)
    except (botocore.exceptions.UnknownServiceError, botocore.exceptions.DataNotFoundError, ValueError):
        return False
    return True


def _value(values: list[str], shape: Shape, option: str, plain: str) -> Any:
    """Return what options give, as botocore takes it."""
    if shape.type_name == "boolean":
        # A switch, not a value.
        assert not values, f"--{option} takes no value"
        return option == plain
    assert option == plain, f"--{option} is no switch"
    assert values, f"--{option} has no value"
    if shape.type_name == "list":
        if values[0].startswith("["):
            return json.loads(" ".join(values))
        return [_one(value, shape.member, option) for value in values]
    assert len(values) == 1, f"--{option} takes one value, got {values}"
    return _one(values[0], shape, option)


def _one(value: str, shape: Shape, option: str) -> Any:
    if shape.type_name in ("structure", "map"):
        return json.loads(value) if value.startswith("{") else _shorthand(value, shape, option)
    if shape.type_name in ("integer", "long", "float", "double"):
        kind = int if shape.type_name in ("integer", "long") else float
        return kind("1") if _PLACEHOLDER.fullmatch(value) else kind(value)
    if shape.type_name == "boolean":
        assert value in ("true", "false"), f"{value} in --{option}"
        return value == "true"
    if shape.type_name == "timestamp":
        return "2026-01-01T00:00:00Z" if _PLACEHOLDER.search(value) else value
    return value


def _shorthand(value: str, shape: Shape, option: str) -> Any:
    """Read ``Key=a,Values=b,c``: docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html."""
    found: dict[str, list[str]] = {}
    for part in value.split(","):
        name, equals, rest = part.partition("=")
        if equals:
            found[name] = [rest]
        else:
            assert found, f"--{option} {value}"
            found[next(reversed(found))].append(part)
    if shape.type_name == "map":
        return {name: ",".join(parts) for name, parts in found.items()}
    made: dict[str, Any] = {}
    for name, parts in found.items():
        assert name in shape.members, f"--{option}: {name}; there are {', '.join(shape.members)}"
        member = shape.members[name]
        assert member.type_name == "list" or len(parts) == 1, f"--{option} {value}"
        many = member.type_name == "list"
        made[name] = [_one(one, member.member, option) for one in parts] if many else _one(parts[0], member, option)
    return made


def _check_values(value: Any, shape: Shape, command: str) -> None:
    """Fail on names that a structure has no member of, and on values that an enumeration has not."""
    if shape.type_name == "structure" and isinstance(value, Mapping):
        assert value.keys() <= shape.members.keys(), f"{value.keys() - shape.members.keys()} in {command}"
        for name, one in value.items():
            _check_values(one, shape.members[name], command)
    elif shape.type_name == "list" and isinstance(value, list):
        for one in value:
            _check_values(one, shape.member, command)
    elif shape.type_name == "map" and isinstance(value, Mapping):
        for one in value.values():
            _check_values(one, shape.value, command)
    elif isinstance(value, str) and getattr(shape, "enum", None) and not _PLACEHOLDER.search(value):
        assert value in shape.enum, f"{value} is none of {shape.enum}: {command}"


def _fields(node: Mapping[str, Any]) -> set[str]:
    found = {node["value"]} if node["type"] == "field" else set()
    return found.union(*(_fields(child) for child in node["children"] if isinstance(child, Mapping)))


def _names(shape: Shape, seen: frozenset[str] = frozenset()) -> set[str]:
    """Return the names of all that stands in an answer, at any depth."""
    if shape.name in seen:
        return set()
    seen |= {shape.name}
    if shape.type_name == "structure":
        return set(shape.members).union(*(_names(one, seen) for one in shape.members.values()))
    if shape.type_name == "list":
        return _names(shape.member, seen)
    if shape.type_name == "map":
        return set(getattr(shape.key, "enum", ())) | _names(shape.value, seen)
    return set()
