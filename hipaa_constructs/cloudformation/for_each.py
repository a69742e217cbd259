"""``Fn::ForEach`` written out, as the transform AWS::LanguageExtensions does at deployment.

A loop whose collection only deployment knows stays as it is: what it makes is then reported as unseen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hipaa_constructs.cloudformation.computed_names import named
from hipaa_constructs.cloudformation.values import literal_text

TRANSFORM: Final = "AWS::LanguageExtensions"
LOOP: Final = "Fn::ForEach::"

# Far more than a template can hold; loops within loops would otherwise fill the memory.
_MAX_ROUNDS = 5_000


def unrolled(body: Mapping[str, Any], resolve: Callable[[Any], Any]) -> tuple[Mapping[str, Any], bool]:
    """Return a template's body with its loops and the names that functions make written out, and whether any is left.

    :param resolve: tells what a collection or a name comes to.
    """
    declared = body.get("Transform")
    if TRANSFORM not in (declared if isinstance(declared, list) else [declared]):
        return body, False
    loops = _Loops(resolve)
    # Loops stand in these sections alone; metadata may hold anything.
    sections = {
        name: named(loops.expand(body[name]), resolve)
        for name in ("Conditions", "Resources", "Outputs")
        if name in body
    }
    return {**body, **sections}, loops.left


class _Loops:
    """Writes loops out, within a limit that holds for the whole template."""

    def __init__(self, resolve: Callable[[Any], Any]) -> None:
        self._resolve = resolve
        self._budget = _MAX_ROUNDS
        self.left = False

    def expand(self, value: Any) -> Any:
        """Return ``value`` with every loop in it written out."""
        if isinstance(value, list):
            return [self.expand(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        made: dict[str, Any] = {}
        for key, item in value.items():
            if not str(key).startswith(LOOP):
                made[key] = self.expand(item)
                continue
            rounds = self._rounds(item)
            if rounds is None:
                made[key] = item
                self.left = True
            for fragment in rounds or ():
                made.update(self.expand(fragment))
        return made

    def _rounds(self, loop: Any) -> Sequence[Mapping[str, Any]] | None:
        if not isinstance(loop, list) or len(loop) != 3:
            return None
        identifier, collection, fragment = loop
        items = self._resolve(collection)
        known = isinstance(items, list) and all(type(item) in (str, int, float, bool) for item in items)
        if not isinstance(identifier, str) or not isinstance(fragment, Mapping) or not fragment or not known:
            return None
        self._budget -= len(items)
        if self._budget < 0:
            return None
        return [_filled_in(fragment, identifier, literal_text(item)) for item in items]


def _filled_in(value: Any, identifier: str, item: str) -> Any:
    """Return ``value`` with ``item`` in each place of the identifier: ``${X}``, ``&{X}`` and a ``Ref``."""
    if isinstance(value, str):
        # &{X} leaves out what no logical id can hold.
        plain = value.replace("&{" + identifier + "}", re.sub(r"[^A-Za-z0-9]", "", item))
        return plain.replace("${" + identifier + "}", item)
    if isinstance(value, list):
        return [_filled_in(part, identifier, item) for part in value]
    if not isinstance(value, Mapping):
        return value
    if value == {"Ref": identifier}:
        return item
    return {_filled_in(key, identifier, item): _filled_in(part, identifier, item) for key, part in value.items()}
