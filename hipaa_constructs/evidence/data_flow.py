"""The data-flow pictures: for each stack that keeps data, who may reach its stores, and whose key encrypts them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.evidence.labels import kind_of, shorten_path
from hipaa_constructs.evidence.model import Evidence, StoreEvidence
from hipaa_constructs.evidence.reach import Party, Reach, reach_of
from hipaa_constructs.evidence.reach_targets import Verb

# More than these in one picture are drawn by kind.
MOST_NODES = 40


@dataclass(frozen=True, slots=True)
class Node:
    """Something in the picture: a name, what it is, and how many it stands for."""

    name: str
    kind: str
    count: int = 1


@dataclass(slots=True)
class Flow:
    """One stack's picture as data: who reaches which store, and which key encrypts it."""

    stack: str
    grouped: bool
    stores: list[Node] = field(default_factory=list)
    parties: list[Node] = field(default_factory=list)
    keys: list[Node] = field(default_factory=list)
    # Positions in the lists above.
    access: dict[tuple[int, int], frozenset[Verb]] = field(default_factory=dict)
    encrypted: set[tuple[int, int]] = field(default_factory=set)


def flows_of(evidence: Evidence, most: int) -> tuple[Sequence[Flow], int]:
    """Return what flows where in the first ``most`` stacks that keep data, and how many more do."""
    templates = {template.name: template for template in evidence.app.templates}
    by_stack: dict[str, list[StoreEvidence]] = defaultdict(list)
    for store in evidence.inventory:
        by_stack[store.resource.template].append(store)
    reach = reach_of(evidence.app)
    flows = [
        _flow(templates[name].stack_path or name, by_stack[name], templates[name].resources, reach)
        for name in list(by_stack)[:most]
    ]
    return flows, len(by_stack) - len(flows)


def _flow(stack: str, stores: Sequence[StoreEvidence], resources: Mapping[str, Resource], reach: Reach) -> Flow:
    reached = {
        store.resource.logical_id: reach.of(resources[store.resource.logical_id])
        for store in stores
        if store.resource.logical_id in resources
    }
    parties = {party for found in reached.values() for party in found}
    keys = {store.key for store in stores if store.key}
    grouped = len(stores) + len(parties) + len(keys) > MOST_NODES
    sheet = _Collector(stack, grouped)
    for store in sorted(stores, key=lambda store: (store.key, store.resource.type) if grouped else (store.key, "")):
        sheet.add(store, reached.get(store.resource.logical_id, {}))
    return sheet.flow()


class _Collector:
    """Gathers nodes and lines; in a grouped picture, what has the same kind becomes one node."""

    def __init__(self, stack: str, grouped: bool) -> None:
        self._stack, self._grouped = stack, grouped
        self._stores: dict[tuple[str, str], set[str]] = {}
        self._parties: dict[tuple[str, str], set[str]] = {}
        self._keys: dict[tuple[str, str], set[str]] = {}
        self._access: dict[tuple[tuple[str, str], tuple[str, str]], set[Verb]] = defaultdict(set)
        self._encrypted: set[tuple[tuple[str, str], tuple[str, str]]] = set()

    def add(self, store: StoreEvidence, reached: Mapping[Party, set[Verb]]) -> None:
        name = shorten_path(str(store.resource), below=self._stack)
        place = self._place(self._stores, name, kind_of(store.resource.type))
        for party, verbs in sorted(reached.items(), key=lambda item: (item[0].kind, item[0].name)):
            who = self._place(self._parties, shorten_path(party.name, below=self._stack), party.kind)
            self._access[who, place] |= verbs
        if store.key:
            key = self._place(self._keys, shorten_path(store.key, below=self._stack), "customer-managed key")
            self._encrypted.add((place, key))

    def _place(self, nodes: dict[tuple[str, str], set[str]], name: str, kind: str) -> tuple[str, str]:
        place = ("", kind) if self._grouped else (name, kind)
        nodes.setdefault(place, set()).add(name)
        return place

    def flow(self) -> Flow:
        parties, stores, keys = (_positions(nodes) for nodes in (self._parties, self._stores, self._keys))
        return Flow(
            stack=self._stack,
            grouped=self._grouped,
            stores=_nodes(self._stores),
            parties=_nodes(self._parties),
            keys=_nodes(self._keys),
            access={(parties[who], stores[store]): frozenset(verbs) for (who, store), verbs in self._access.items()},
            encrypted={(stores[store], keys[key]) for store, key in self._encrypted},
        )


def _positions(nodes: Mapping[tuple[str, str], set[str]]) -> Mapping[tuple[str, str], int]:
    return {place: position for position, place in enumerate(nodes)}


def _nodes(nodes: Mapping[tuple[str, str], set[str]]) -> list[Node]:
    return [
        Node(name, kind)
        if name
        else Node(next(iter(names)), kind)
        if len(names) == 1
        else Node(kind[0].upper() + kind[1:], f"{len(names):,} of this kind", len(names))
        for (name, kind), names in nodes.items()
    ]
