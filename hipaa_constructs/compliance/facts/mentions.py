"""Which resources of an app name another one anywhere, where all of them are known."""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.naming import names
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
    template = resource.template
    return [
        other
        for other in template.resources.values()
        if other is not resource and template.app.is_there(other) and names(other.raw, resource.logical_id)
    ]
