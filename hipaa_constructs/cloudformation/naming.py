"""Whether what a template writes names one of its resources, by whatever function."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

IN_SUB = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")


def is_about(value: Any, logical_id: str) -> bool:
    """Whether a value is a reference to a resource, or to an attribute of it."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    ((name, inner),) = value.items()
    if name == "Ref":
        return bool(inner == logical_id)
    if name == "Fn::GetAtt":
        return bool((inner[0] if isinstance(inner, list) and inner else str(inner).split(".")[0]) == logical_id)
    return name == "Fn::Sub" and isinstance(inner, str) and IN_SUB.fullmatch(inner) is not None and logical_id in inner


def names(value: Any, logical_id: str) -> bool:
    """Whether a value, or something in it, names a resource."""
    if isinstance(value, list):
        return any(names(item, logical_id) for item in value)
    if not isinstance(value, Mapping):
        return False
    if is_about(value, logical_id):
        return True
    text = value.get("Fn::Sub")
    text = text[0] if isinstance(text, list) and text else text
    if isinstance(text, str) and logical_id in IN_SUB.findall(text):
        return True
    return any(names(item, logical_id) for item in value.values())
