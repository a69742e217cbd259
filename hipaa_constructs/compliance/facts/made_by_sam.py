"""Which resources AWS SAM makes, so that what is to be done about them is said of what its templates write."""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.sam import TYPES, uses_sam
from hipaa_constructs.cloudformation.values import as_mapping

_DEFINED = ("DefinitionBody", "DefinitionUri")


def is_made_by_sam(resource: Resource) -> bool:
    """Whether SAM makes a resource of another one or of its events, so that no template writes it."""
    return uses_sam(resource.template.body) and resource.logical_id not in _written(resource)


def is_made_of_events(api: Resource) -> bool:
    """Whether SAM makes the definition of an API from the events of functions."""
    if is_made_by_sam(api):
        return True
    raw = as_mapping(_written(api).get(api.logical_id))
    of_sam = str(raw.get("Type")).startswith(TYPES) and uses_sam(api.template.body)
    return of_sam and not any(name in as_mapping(raw.get("Properties")) for name in _DEFINED)


def _written(resource: Resource) -> dict[str, object]:
    return dict(as_mapping(resource.template.body.get("Resources")))
