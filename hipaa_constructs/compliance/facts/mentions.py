"""Which resources of an app name another one anywhere, where all of them are known."""

from __future__ import annotations

from collections.abc import Sequence, Set

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.naming import named, names
from hipaa_constructs.cloudformation.values import as_mapping


def users_of(resource: Resource, *, shown: bool = False) -> Sequence[Resource] | None:
    """Return what of its template names a resource; None where others may, by an export or out of a nested stack.

    :param shown: whether what shows the resource to others is no use of it, as where it is known who writes it.
    """
    template = resource.template
    for output in map(as_mapping, () if shown else as_mapping(template.body.get("Outputs")).values()):
        if (template.parent is not None or "Export" in output) and names(output.get("Value"), resource.logical_id):
            return None
    return users_in_template(resource)


def users_in_template(resource: Resource) -> Sequence[Resource]:
    """Return what of its template names a resource, whoever else may."""
    return [other for other in users_in_any_world(resource) if resource.template.app.is_there(other)]


def users_in_any_world(resource: Resource) -> Sequence[Resource]:
    """Return what of its template names a resource, also what a condition takes away."""
    others = resource.template.resources.values()
    return [other for other in others if other is not resource and resource.logical_id in _named_by(other)]


def _named_by(resource: Resource) -> Set[str]:
    """Return the logical ids of all that a resource names: each is asked of once for all who may be named."""
    return resource.cached("named", lambda: frozenset(named(resource.raw)))
