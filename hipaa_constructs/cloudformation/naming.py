"""Whether what a template writes names one of its resources, by whatever function."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

IN_SUB = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")
_WITH_ATTRIBUTE = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.([^}]*))?\}")


def is_about(value: Any, logical_id: str) -> bool:
    """Whether a value is a reference to a resource, or to an attribute of it."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    ((name, inner),) = value.items()
    if name == "Fn::Sub":
        written = IN_SUB.fullmatch(inner) if isinstance(inner, str) else None
        return written is not None and written[1] == logical_id
    return bool(_referred(name, inner) == logical_id)


def names(value: Any, logical_id: str) -> bool:
    """Whether a value, or something in it, names a resource."""
    return any(one == logical_id for one in named(value))


def named(value: Any) -> Iterator[str]:
    """Yield the logical ids of what a value, or something in it, names; one may come more than once."""
    for here in _mappings(value):
        if len(here) == 1:
            ((name, inner),) = here.items()
            referred = _referred(name, inner)
            if isinstance(referred, str):
                yield referred
        text = here.get("Fn::Sub")
        text = text[0] if isinstance(text, list) and text else text
        if isinstance(text, str):
            yield from IN_SUB.findall(text)


def names_by(value: Any, logical_id: str, attributes: Collection[str]) -> bool:
    """Whether a value, or something in it, names a resource by ``Ref``, or by one of some attributes."""
    return any(
        one == logical_id and (not by or by in attributes) for here in _mappings(value) for one, by in _named_here(here)
    )


def _mappings(value: Any) -> Iterator[Mapping[Any, Any]]:
    """Yield the mappings of a value, itself and those in it."""
    pending = [value]
    while pending:
        here = pending.pop()
        if isinstance(here, list):
            pending += here
        elif isinstance(here, Mapping):
            yield here
            pending += here.values()


def _named_here(function: Mapping[Any, Any]) -> Iterator[tuple[Any, str]]:
    """Yield what a function itself names, each with the attribute, which is empty for ``Ref``."""
    if len(function) != 1:
        return
    ((name, inner),) = function.items()
    text = inner[0] if isinstance(inner, list) and inner else inner
    if name == "Ref":
        yield inner, ""
    elif name == "Fn::GetAtt":
        parts = inner if isinstance(inner, list) else str(inner).split(".", 1)
        yield parts[0] if parts else None, ".".join(map(str, parts[1:]))
    elif name == "Fn::Sub" and isinstance(text, str):
        yield from ((found[1], found[2] or "") for found in _WITH_ATTRIBUTE.finditer(text))


def _referred(name: Any, inner: Any) -> Any:
    """Return what ``Ref`` or ``Fn::GetAtt`` refers to; None for any other function."""
    if name == "Ref":
        return inner
    if name == "Fn::GetAtt":
        return inner[0] if isinstance(inner, list) and inner else str(inner).split(".")[0]
    return None
