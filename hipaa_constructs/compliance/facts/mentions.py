"""Which resources of an app name another one anywhere, where all of them are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

from hipaa_constructs.cloudformation.model import Resource, Template
from hipaa_constructs.cloudformation.naming import named, names
from hipaa_constructs.cloudformation.values import as_mapping, function_of

# By which a stack has what another one puts out.
_IMPORTS: Final = ("Fn::GetStackOutput", "Fn::ImportValue")


def users_of(resource: Resource, *, shown: bool = False) -> Sequence[Resource] | None:
    """Return what of its template names a resource; None where others may, by an export or out of a nested stack.

    :param shown: whether what shows the resource to others is no use of it, as where it is known who writes it.
    """
    template = resource.template
    for output in map(as_mapping, () if shown else as_mapping(template.body.get("Outputs")).values()):
        if (template.parent is not None or "Export" in output) and names(output.get("Value"), resource.logical_id):
            return None
    return users_in_template(resource)


def is_for_others(resource: Resource, *governing: str) -> bool:
    """Whether an output shows a resource to stacks outside the app, and nothing in it uses the resource.

    :param governing: types that name the resource and are no use of it, such as the rules of a security group.
    """
    template = resource.template
    outputs = map(as_mapping, as_mapping(template.body.get("Outputs")).values())
    shown = any(names(output.get("Value"), resource.logical_id) for output in outputs)
    # Who uses what a nested stack puts out is seen, since the stack around it is of the app.
    if not shown or template.parent is not None or _is_used(resource, governing):
        return False
    others = (one for one in template.app.templates if one is not template)
    return not any(_imports(other, used.raw, resource) for other in others for used in other.resources.values())


def _is_used(resource: Resource, governing: Sequence[str]) -> bool:
    return any(user.type not in governing for user in users_in_template(resource))


def _imports(template: Template, value: Any, resource: Resource) -> bool:
    if isinstance(value, list):
        return any(_imports(template, item, resource) for item in value)
    if not isinstance(value, Mapping):
        return False
    if function_of(value)[0] in _IMPORTS:
        return template.target(template.resolve(value), resource.type) is resource
    return any(_imports(template, item, resource) for item in value.values())


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
