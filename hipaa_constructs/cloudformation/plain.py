"""Expressions of a template in words that people read, where nothing tells what they come to."""

from __future__ import annotations

import json
from typing import Any

from hipaa_constructs.cloudformation.values import function_of

_MAX_DEPTH = 8


def in_words(written: Any, depth: int = 0) -> str:
    """Return an expression as people would write it: ``"a"``, ``Stage``, ``Table.Arn``, ``"${Stage}-a"``."""
    function, argument = function_of(written)
    items = argument if isinstance(argument, list) else []
    if not function or depth > _MAX_DEPTH:
        return json.dumps(written, sort_keys=True, default=str)
    if function == "Ref" and isinstance(argument, str):
        return argument
    if function == "Fn::GetAtt":
        return ".".join(map(str, items)) if items else str(argument)
    if function == "Fn::Sub":
        text = items[0] if items else argument
        return json.dumps(str(text))
    if function == "Fn::Join" and len(items) == 2:
        if not isinstance(items[1], list):
            return in_words(items[1], depth + 1)
        return f'"{str(items[0]).join(_within(item, depth) for item in items[1])}"'
    if function == "Fn::Select" and len(items) == 2:
        return f"{in_words(items[1], depth + 1)}[{str(items[0]) if not function_of(items[0])[0] else '?'}]"
    if function == "Fn::FindInMap" and len(items) >= 3:
        return ".".join(str(item) if isinstance(item, str) else _within(item, depth) for item in items[:3])
    parts = items if isinstance(argument, list) else [argument]
    return f"{function.removeprefix('Fn::')}({', '.join(in_words(part, depth + 1) for part in parts)})"


def _within(item: Any, depth: int) -> str:
    """Return an expression as a part of a text."""
    return item if isinstance(item, str) else "${" + in_words(item, depth + 1).strip('"') + "}"
