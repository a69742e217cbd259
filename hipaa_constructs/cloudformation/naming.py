"""Whether what a template writes names one of its resources, by whatever function."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

IN_SUB = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")


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
    pending = [value]
    while pending:
        here = pending.pop()
        if isinstance(here, list):
            pending += here
        elif isinstance(here, Mapping):
            if len(here) == 1:
                ((name, inner),) = here.items()
                referred = _referred(name, inner)
                if isinstance(referred, str):
                    yield referred
            text = here.get("Fn::Sub")
            text = text[0] if isinstance(text, list) and text else text
            if isinstance(text, str):
                yield from IN_SUB.findall(text)
            pending += here.values()


def _referred(name: Any, inner: Any) -> Any:
    """Return what ``Ref`` or ``Fn::GetAtt`` refers to; None for any other function."""
    if name == "Ref":
        return inner
    if name == "Fn::GetAtt":
        return inner[0] if isinstance(inner, list) and inner else str(inner).split(".")[0]
    return None
