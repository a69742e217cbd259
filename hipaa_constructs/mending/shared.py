"""Resources that drafts share: to copy a template for each of a thousand fixes takes minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hipaa_constructs.mending.nodes import plain


class Shared(dict[str, Any]):
    """Resources that are shared with other drafts until they are taken out: what is taken is a copy, and stays one.

    ``own`` are the logical ids of those that were taken or put in, so that others are as they were.
    """

    def __init__(self, shared: Mapping[str, Any]) -> None:
        super().__init__()
        # As they are: of a mapping of this class that would take each.
        super().update(dict.items(shared) if isinstance(shared, dict) else shared.items())
        self.own: set[str] = set()

    def look(self) -> Iterable[tuple[str, Any]]:
        """Return what there is by logical id, to be read and not to be changed."""
        return dict.items(self)

    def __getitem__(self, name: str) -> Any:
        if name not in self.own:
            self[name] = plain(super().__getitem__(name))
        return super().__getitem__(name)

    def __setitem__(self, name: str, raw: Any) -> None:
        super().__setitem__(name, raw)
        self.own.add(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Take one, or give the default."""
        return self[name] if name in self else default  # noqa: SIM401 - that is this method.

    def items(self) -> Any:
        """Take all, with their logical ids."""
        return [(name, self[name]) for name in self]

    def values(self) -> Any:
        """Take all."""
        return [self[name] for name in self]

    def pop(self, name: str, *default: Any) -> Any:
        """Take one out."""
        self.own.add(name)
        return super().pop(name, *default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Take one, or put the default in its place."""
        if name not in self:
            self[name] = default
        return self[name]
