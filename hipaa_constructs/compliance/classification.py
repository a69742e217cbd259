"""What data a resource holds, and which rules that makes apply."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import App, Assembly, Resource
from hipaa_constructs.cloudformation.values import Unknown, as_mapping

TAG_KEY = "hipaa:data-classification"
METADATA_KEY = "hipaa-constructs:data-classification"


class DataClassification(enum.StrEnum):
    """What a resource may hold. Everything is PHI until someone says otherwise."""

    PHI = "PHI"
    PII = "PII"
    NO_PHI = "NO_PHI"


def classification_of(resource: Resource) -> DataClassification:
    """Return how a resource is classified: by the construct it stands in, else by its tag, else PHI."""
    path = classifying_path(resource)
    if path:
        return classifications(resource.template.app)[path]
    return tagged(resource) or DataClassification.PHI


def classifying_path(resource: Resource) -> str:
    """Return the path of the construct by which a resource is classified; empty if none was."""
    by_path = classifications(resource.template.app)
    path = resource.construct_path
    while by_path and path and path not in by_path:
        path = path.rpartition("/")[0]
    return path if by_path else ""


def tagged(resource: Resource) -> DataClassification | None:
    """Return what a resource's own tag, or one of its stack, classifies it as."""
    tags = resource.tags()
    tag = None if isinstance(tags, Unknown) else tags.get(TAG_KEY)
    return DataClassification(tag) if isinstance(tag, str) and tag in _VALUES else None


def classifications(app: App) -> Mapping[str, DataClassification]:
    """Return the classifications by construct path, as ``classify`` left them in the app's cloud assemblies."""
    return app.cached("classifications", _classifications)


def _classifications(app: App) -> Mapping[str, DataClassification]:
    return {path: value for assembly in app.assemblies for path, value in _of_assembly(assembly).items()}


def _of_assembly(assembly: Assembly) -> Mapping[str, DataClassification]:
    found: dict[str, DataClassification] = {}
    for stack in assembly.stacks:
        # Of a classification on the app or a stage, CDK keeps no other trace than the tags of its stacks.
        tag = stack.tags.get(TAG_KEY)
        if isinstance(tag, str) and tag in _VALUES:
            found.setdefault(stack.path, DataClassification(tag))
        for path, kind, data in stack.metadata:
            value = as_mapping(data).get("classification") if kind == METADATA_KEY else None
            if isinstance(value, str) and value in _VALUES:
                found[path] = DataClassification(value)
    return found


_VALUES = frozenset(item.value for item in DataClassification)
