"""Which properties rules ask their resources for."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from hipaa_constructs.cloudformation import values
from hipaa_constructs.cloudformation.model import Properties, Resource

Place = tuple[str, str]


class Reads:
    """By dotted path, the types of the resources that were asked for it, present there or not."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.by_path: dict[str, set[str]] = defaultdict(set)
        self._types: dict[int, tuple[Properties, str]] = {}
        self._watch_resources(patch)
        self._watch_spreading(patch)

    def note(self, place: Place, key: Any) -> Place:
        """Note that a property was asked for; returns where it stands."""
        kind, parent = place
        path = f"{parent}.{key}" if parent else str(key)
        self.by_path[path.replace("[]", "")].add(kind)
        return kind, path

    def _watch_resources(self, patch: pytest.MonkeyPatch) -> None:
        properties, get, resolved = Resource.properties.fget, Resource.get, Properties._resolved

        def of(resource: Resource) -> Any:
            found = properties(resource)
            if isinstance(found, Properties):
                self._types[id(found)] = found, resource.type
            return found

        def asked(resource: Resource, path: str, default: Any = None) -> Any:
            self.note((resource.type, ""), path)
            return get(resource, path, default)

        def looked_up(found: Properties, key: str) -> Any:
            value = resolved(found, key)
            known = self._types.get(id(found))
            return value if known is None else _watched(value, self.note((known[1], ""), key), self)

        patch.setattr(Resource, "properties", property(of))
        patch.setattr(Resource, "get", asked)
        patch.setattr(Properties, "_resolved", looked_up)

    def _watch_spreading(self, patch: pytest.MonkeyPatch) -> None:
        """The end of a path counts also where its beginning is absent."""
        spread = values.spread

        def spreading(value: Any, path: str) -> Iterator[Any]:
            if isinstance(value, Properties) and id(value) in self._types:
                self.note((self._types[id(value)][1], ""), path)
            elif isinstance(value, _Mapping):
                self.note(value.place, path)
            return spread(value, path)

        for module in list(sys.modules.values()):
            if getattr(module, "spread", None) is spread:
                patch.setattr(module, "spread", spreading)


class _Mapping(dict[str, Any]):
    def __init__(self, found: Mapping[str, Any], place: Place, reads: Reads) -> None:
        super().__init__(found)
        self.place, self._reads = place, reads

    def get(self, key: str, default: Any = None) -> Any:
        place = self._reads.note(self.place, key)
        return _watched(super().get(key, default), place, self._reads)

    def __getitem__(self, key: str) -> Any:
        return _watched(super().__getitem__(key), self._reads.note(self.place, key), self._reads)


def _watched(value: Any, place: Place, reads: Reads) -> Any:
    if isinstance(value, dict):
        return _Mapping(value, place, reads)
    if isinstance(value, list):
        return [_watched(item, (place[0], f"{place[1]}[]"), reads) for item in value]
    return value
