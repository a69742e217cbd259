"""What ``Fn::ForEach`` writes is mended in its body, which says the same of all that it makes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from hipaa_constructs.cloudformation.for_each import LOOP
from hipaa_constructs.mending.draft import CannotMendError

MADE_BY_LOOP = "A loop writes the resource, and what is made for this one would stand there for all that it writes."


def refuse_one_for_all(before: Mapping[str, Any], after: Mapping[str, Any], logical_ids: Collection[str]) -> None:
    """Refuse what a loop would say of all that it writes, though it is about one of these resources alone.

    :raises CannotMendError: it would.
    """
    looped = [re.escape(one) for one in logical_ids if one not in after]
    if not looped:
        return
    about = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(looped)})(?![a-z0-9])")
    if any(about.search(text) for text in _texts(after) - _texts(before)):
        raise CannotMendError(MADE_BY_LOOP)


def _texts(resources: Mapping[str, Any]) -> set[str]:
    waiting = [raw for name, raw in resources.items() if str(name).startswith(LOOP)]
    found: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str):
            found.add(value)
    return found
