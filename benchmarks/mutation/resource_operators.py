"""The operator that deletes a whole protective resource, and what cannot stand without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.mutation import vocabulary
from benchmarks.mutation.mutant import Mutant, mutant
from benchmarks.mutation.template_sites import REMOVED, Edit, Path, Site, schema_of, sites


def resource_mutants(template: Mapping[str, Any]) -> Iterator[Mutant]:
    """Yield, for each protective resource, the template without it, as a developer would write it."""
    for logical_id, resource in template["Resources"].items():
        if not vocabulary.PROTECTIVE_RESOURCE.search(resource["Type"]):
            continue
        gone, cuts = {logical_id}, dict[Path, Any]()
        while True:
            cuts, more = _cuts(template, gone)
            if not more:
                break
            gone |= more
        edits = [Edit(path, value) for path, value in sorted(cuts.items(), key=lambda cut: _order(cut[0]))]
        edits += [Edit(("Resources", name), REMOVED) for name in sorted(gone)]
        also = sorted(template["Resources"][name]["Type"] for name in gone - {logical_id})
        site = Site(("Resources", logical_id), resource, {}, False)
        change = f"with {', '.join(dict.fromkeys(also))}" if also else "alone"
        yield mutant("delete resource", site, resource["Type"], change, *edits)


def _order(path: Path) -> tuple[tuple[bool, str, int], ...]:
    return tuple(
        (isinstance(key, int), "" if isinstance(key, int) else key, key if isinstance(key, int) else 0) for key in path
    )


def _cuts(template: Mapping[str, Any], gone: set[str]) -> tuple[dict[Path, Any], set[str]]:
    """Return what has to be cut from other resources, and which resources fall with those that are gone.

    What refers to a missing resource goes: an item of a list, a property, or the whole resource where CloudFormation
    requires the property.
    """
    cuts: dict[Path, Any] = {}
    fallen: set[str] = set()
    for name, resource in template["Resources"].items():
        if name in gone:
            continue
        depends = resource.get("DependsOn", [])
        kept = [other for other in ([depends] if isinstance(depends, str) else depends) if other not in gone]
        if depends and kept != depends and [depends] != kept:
            cuts["Resources", name, "DependsOn"] = kept
        known = {site.path: site for site in sites(name, resource)}
        for path in _references(("Resources", name, "Properties"), resource.get("Properties", {}), gone):
            cut = _enclosing(path, known)
            if cut is None or _emptied(cut, known) or not schema_of(resource["Type"]):
                fallen.add(name)
            elif not any(cut[: len(other)] == other for other in cuts):
                cuts[cut] = REMOVED
    for name, output in template.get("Outputs", {}).items():
        if any(True for _ in _references(("Outputs", name), output, gone)):
            cuts["Outputs", name] = REMOVED
    return cuts, fallen


def _references(path: Path, value: Any, gone: set[str]) -> Iterator[Path]:
    if isinstance(value, Mapping):
        if len(value) == 1:
            ((function, argument),) = value.items()
            target = argument[0] if function == "Fn::GetAtt" and isinstance(argument, list) else argument
            if function in ("Ref", "Fn::GetAtt") and target in gone:
                yield path
                return
        for key, item in value.items():
            yield from _references((*path, key), item, gone)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _references((*path, index), item, gone)


def _enclosing(path: Path, known: Mapping[Path, Site]) -> Path | None:
    """Return the innermost optional value around a reference; within a policy, that is the statement."""
    for end in range(len(path), 3, -1):
        if "Statement" in path[:end] and path[:end][-2:-1] == ("Statement",):
            return path[:end]
        site = known.get(path[:end])
        if site is not None and not site.required:
            return path[:end]
    return None


def _emptied(path: Path, known: Mapping[Path, Site]) -> bool:
    """Whether a cut would leave a required list without items."""
    parent = known.get(path[:-1])
    return (
        isinstance(path[-1], int)
        and parent is not None
        and isinstance(parent.value, list)
        and len(parent.value) == 1
        and parent.required
    )
