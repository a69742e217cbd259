"""What of the templates an answer was read from, so that it can be told again of others that say the same there.

An app that is traced notes each part of it that is asked for: a property or an attribute of a resource, which
resources there are of a type or by a name, what a section writes. Whoever keeps an answer keeps what was noted, and
what was read for a value that was worked out before counts as read again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Resource

# What is noted: of what (a resource, a template or the app), which part, and which one of these.
Part = tuple[Hashable, ...]
Note = Callable[[Part], None]

ATTRIBUTE: Final = "attribute"
PROPERTY: Final = "property"
# Which properties there are, by their names.
PROPERTIES: Final = "properties"
# A resource as it is written.
WHOLE: Final = "whole"
# Whether there is a resource of a logical id.
NAMED: Final = "named"
# Which resources there are, in a template or in the app.
ALL: Final = "all"
# Which resources there are of a type.
TYPE: Final = "type"
# Which resources have a physical name in any world.
CALLED: Final = "called"
# A section of a template as it is written.
WRITTEN: Final = "written"
# Whether there is a parameter of a name, which ones there are, and what the declaration of one says.
PARAMETER: Final = "parameter"
PARAMETERS: Final = "parameters"
DECLARED: Final = "declared"
# Which values of a parameter are told apart.
VALUES: Final = "values"

# The sections of which parts are noted. Who compares templates compares all others as a whole.
NOTED: Final = ("Parameters", "Resources")

# A trace of no more than these is copied into what asks for it.
_FEW: Final = 8


class Trace:
    """What was read, by itself and within what was worked out before."""

    __slots__ = ("_inner", "_parts")

    def __init__(self) -> None:
        self._parts: set[Part] = set()
        self._inner: dict[int, Trace] = {}

    def note(self, part: Part) -> None:
        """Note that a part was read."""
        self._parts.add(part)

    def take(self, other: Trace) -> None:
        """Count as read what was read for something else."""
        if other._inner or len(other._parts) > _FEW:
            self._inner[id(other)] = other
        else:
            self._parts |= other._parts

    def parts(self) -> set[Part]:
        """Return all that was read."""
        found: set[Part] = set()
        seen: set[int] = set()
        pending = [self]
        while pending:
            here = pending.pop()
            if id(here) not in seen:
                seen.add(id(here))
                found |= here._parts
                pending += here._inner.values()
        return found


class _Noting(dict[Any, Any]):
    """A mapping that notes what is asked of it: one of its entries, or which there are.

    To go through it by ``__iter__`` of its own keeps ``dict`` from copying it without asking.
    """

    def __init__(self, own: Mapping[Any, Any], note: Note) -> None:
        super().__init__(own)
        self._note = note

    def one(self, key: Hashable) -> None:
        """Note that an entry is asked for."""

    def all(self) -> None:
        """Note that all of them are."""

    def get(self, key: Any, default: Any = None) -> Any:
        self.one(key)
        return super().get(key, default)

    def __getitem__(self, key: Any) -> Any:
        self.one(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.one(key)
        return super().__contains__(key)

    def __iter__(self) -> Iterator[Any]:
        self.all()
        return super().__iter__()

    def __len__(self) -> int:
        self.all()
        return super().__len__()

    def keys(self) -> KeysView[Any]:  # type: ignore[override]
        self.all()
        return super().keys()

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        self.all()
        return super().values()

    def items(self) -> ItemsView[Any, Any]:  # type: ignore[override]
        self.all()
        return super().items()


class TracedResources(_Noting):
    """The resources of a template by logical id."""

    def __init__(self, own: Mapping[str, Resource], of: Hashable, note: Note) -> None:
        super().__init__(own, note)
        self._of = of

    def one(self, key: Hashable) -> None:
        """Note that a logical id is asked for."""
        self._note((self._of, NAMED, key))

    def all(self) -> None:
        """Note that all resources are."""
        self._note((self._of, ALL))


class TracedTypes(_Noting):
    """The resources of an app by type."""

    def one(self, key: Hashable) -> None:
        """Note that a type is asked for."""
        self._note((None, TYPE, key))

    def all(self) -> None:
        """Note that all types are."""
        self._note((None, ALL))

    def __missing__(self, key: str) -> Sequence[Resource]:
        return ()


class TracedParameters(_Noting):
    """The parameters of a template as they are declared, by name."""

    def __init__(self, own: Mapping[str, Any], of: Hashable, note: Note) -> None:
        super().__init__(
            {
                name: _TracedDeclaration(declared, of, name, note) if isinstance(declared, Mapping) else declared
                for name, declared in own.items()
            },
            note,
        )
        self._of = of

    def one(self, key: Hashable) -> None:
        """Note that a name is asked for."""
        self._note((self._of, PARAMETER, key))

    def all(self) -> None:
        """Note that all names are."""
        self._note((self._of, PARAMETERS))


class _TracedDeclaration(_Noting):
    def __init__(self, own: Mapping[str, Any], of: Hashable, name: str, note: Note) -> None:
        super().__init__(own, note)
        self._of = of
        self._name = name

    def one(self, key: Hashable) -> None:
        self._note((self._of, DECLARED, self._name, key))

    def all(self) -> None:
        self._note((self._of, DECLARED, self._name, None))


class TracedBody(_Noting):
    """The body of a template, whose resources and parameters nobody sees as they are written unless that is noted."""

    def __init__(self, own: Mapping[str, Any], of: Hashable, note: Note) -> None:
        super().__init__(own, note)
        self._of = of

    def one(self, key: Hashable) -> None:
        """Note that a section is asked for."""
        if key in NOTED:
            self._note((self._of, WRITTEN, key))

    def all(self) -> None:
        """Note that all sections may be."""
        for section in NOTED:
            self._note((self._of, WRITTEN, section))
