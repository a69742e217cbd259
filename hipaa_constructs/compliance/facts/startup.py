"""What instances run and read at their start: user data, and what cfn-init reads of whatever starts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, ParamSpec, TypeVar, cast

from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.values import function_of
from hipaa_constructs.cloudformation.written import Written, alternatives, written_at

_Asked = ParamSpec("_Asked")
_Seen = TypeVar("_Seen")
USER_DATA: Final[Mapping[str, str]] = {
    "AWS::AutoScaling::LaunchConfiguration": "UserData",
    "AWS::EC2::Instance": "UserData",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateData.UserData",
}
TYPES: Final = ("AWS::AutoScaling::AutoScalingGroup", *USER_DATA)
AUTHENTICATION: Final = "AWS::CloudFormation::Authentication"
INIT: Final = "AWS::CloudFormation::Init"
# How many texts of an app, and lines of them, are remembered with what was seen in them.
_TEXTS: Final = 512
_LINES: Final = 8192


def of_text(ask: Callable[_Asked, _Seen]) -> Callable[_Asked, _Seen]:
    """Remember what is seen in a text: it is asked anew in each world, where it is mostly the same."""
    return cast("Callable[_Asked, _Seen]", lru_cache(maxsize=_TEXTS)(ask))


def of_line(ask: Callable[_Asked, _Seen]) -> Callable[_Asked, _Seen]:
    """Remember what is seen in a line of a text: most stay the same in all that a text is written as."""
    return cast("Callable[_Asked, _Seen]", lru_cache(maxsize=_LINES)(ask))


def user_data(resource: Resource) -> Iterator[Written]:
    """Yield all that a resource's user data is written as."""
    if resource.type in USER_DATA:
        yield from written_at(resource, USER_DATA[resource.type])


def read_by_init(resource: Resource, *sections: str) -> Iterator[tuple[str, Written]]:
    """Yield each text in sections of a resource's metadata, with the key that it stands under."""
    for section in sections:
        yield from read_in(resource.template, section, resource.metadata.get(section))


def placed_in_init(resource: Resource, section: str) -> Iterator[tuple[str, Written]]:
    """Yield each text in a section of a resource's metadata, with its place, such as its command's."""
    for place, written in _read((section,), resource.template, resource.metadata.get(section)):
        yield ".".join(place), written


def read_in(template: Template, name: str, value: Any) -> Iterator[tuple[str, Written]]:
    """Yield each text in what metadata has under a name, with the key that it stands under."""
    for place, written in _read((name,), template, value):
        yield place[-1], written


def _read(place: tuple[str, ...], template: Template, value: Any) -> Iterator[tuple[tuple[str, ...], Written]]:
    pending = [(place, value)]
    while pending:
        place, value = pending.pop()
        if isinstance(value, list) and place[-1] == "command":
            # The words of one command.
            value = {"Fn::Join": [" ", value]}
        function, argument = function_of(value)
        if isinstance(value, list):
            pending.extend((place, item) for item in value)
        elif function == "Fn::If" and isinstance(argument, list):
            pending.extend((place, branch) for branch in argument[1:])
        elif isinstance(value, Mapping) and not function:
            pending.extend(((*place, str(key)), item) for key, item in value.items())
        elif value is not None:
            yield from ((place, written) for written in alternatives(template, value))
