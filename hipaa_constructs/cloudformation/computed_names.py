"""Names that functions make, in ``Ref`` and ``Fn::GetAtt``, as the transform AWS::LanguageExtensions reads them.

Those that depend on no deployment are written out with the loops, whose resources refer to each other so
(docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-languageextension-transform.html).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from hipaa_constructs.cloudformation.values import Text, function_of

# What comes to the same in each deployment, if what they are given does.
_CONSTANT: Final = frozenset({"Fn::FindInMap", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::Sub"})


def named(value: Any, resolve: Callable[[Any], Any]) -> Any:
    """Return ``value`` with each such name in it written as text."""
    if isinstance(value, list):
        return [named(item, resolve) for item in value]
    if not isinstance(value, Mapping):
        return value
    function, argument = function_of(value)
    if function == "Ref":
        return {"Ref": _text(argument, resolve)}
    if function == "Fn::GetAtt" and isinstance(argument, list):
        return {"Fn::GetAtt": [_text(part, resolve) for part in argument]}
    return {key: named(item, resolve) for key, item in value.items()}


def plain_text(value: Any) -> str | None:
    """Return a value if it is a text without any part that only deployment fills in."""
    return value if isinstance(value, str) and not isinstance(value, Text) else None


def _text(value: Any, resolve: Callable[[Any], Any]) -> Any:
    if isinstance(value, str) or not _is_constant(value):
        return value
    made = plain_text(resolve(value))
    return value if made is None else made


def _is_constant(value: Any) -> bool:
    if isinstance(value, Mapping):
        function, argument = function_of(value)
        return function in _CONSTANT and _is_constant(argument)
    if isinstance(value, list):
        return all(map(_is_constant, value))
    return not isinstance(value, str) or "${" not in value
