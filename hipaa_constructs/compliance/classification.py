"""What data a resource holds, and which rules that makes apply."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from hipaa_constructs.cloudformation.model import App, Assembly, Resource
from hipaa_constructs.cloudformation.values import Text, Unknown, as_mapping
from hipaa_constructs.compliance.said import iso_date

TAG_KEY = "hipaa:data-classification"
# In a cloud assembly, and in the ``Metadata`` of a template or of its resource, over what ``classify`` writes.
METADATA_KEY = "hipaa-constructs:data-classification"


class DataClassification(enum.StrEnum):
    """What a resource may hold. Everything is PHI until someone says otherwise."""

    PHI = "PHI"
    PII = "PII"
    NO_PHI = "NO_PHI"


@dataclass(frozen=True, slots=True)
class Classified:
    """That something was classified: as what, why, on whose word, and until when, as it is written.

    ``path`` is empty where a resource says it, and the template's name where that does.
    """

    value: DataClassification
    reason: str = ""
    approved_by: str = ""
    path: str = ""
    expires: str = ""

    def counts_as(self, today: datetime.date) -> DataClassification:
        """Return what it counts as: PHI again once its last day is over."""
        last = iso_date(self.expires)
        return DataClassification.PHI if last is not None and last < today else self.value

    @property
    def lacks(self) -> str:
        """What a classification that relaxes leaves unsaid, in words; empty where it says all."""
        if self.value is DataClassification.PHI:
            return ""
        unsaid = {"why": self.reason, "who decided": self.approved_by}
        return " and ".join(name for name, text in unsaid.items() if not text.strip())


def classification_of(resource: Resource) -> DataClassification:
    """Return how a resource is classified: by itself, the construct it stands in, its tag or its template, else PHI."""
    said = classified(resource)
    return said.counts_as(resource.template.app.today) if said else DataClassification.PHI


def classified(resource: Resource) -> Classified | None:
    """Return what classifies a resource; None if nothing does.

    It is its ``Metadata``, the nearest construct, its tag, or the ``Metadata`` of its template for all that is there.
    """
    return resource.cached("classified", partial(_classified, resource))


def _classified(resource: Resource) -> Classified | None:
    own = _read(resource.metadata.get(METADATA_KEY), "")
    if own is not None:
        return own
    path = classifying_path(resource)
    if path:
        return classifications(resource.template.app)[path]
    tag = tagged(resource)
    return Classified(tag) if tag else _read(_of_template(resource), resource.template.name)


def _of_template(resource: Resource) -> Any:
    return as_mapping(resource.template.body.get("Metadata")).get(METADATA_KEY)


def is_misread(resource: Resource) -> bool:
    """Whether a resource's ``Metadata`` classifies it in a form that is none, so that it counts for nothing."""
    said = resource.metadata.get(METADATA_KEY)
    return said is not None and _read(said, "") is None


def is_misread_template(resource: Resource) -> bool:
    """Whether the ``Metadata`` of a resource's template classifies all of it in a form that is none."""
    said = _of_template(resource)
    return said is not None and _read(said, "") is None


def odd_tag(resource: Resource) -> str:
    """Return what a resource's own tag says that is no classification, so that it counts for nothing; empty if none."""
    tags, inherited = resource.tags(), resource.template.tags()
    tag = None if isinstance(tags, Unknown) else tags.get(TAG_KEY)
    given = None if isinstance(inherited, Unknown) else inherited.get(TAG_KEY)
    plain = isinstance(tag, str) and not isinstance(tag, Text) and tag not in _VALUES and tag != given
    return str(tag) if plain else ""


def is_classified_itself(resource: Resource) -> bool:
    """Whether a resource is classified by itself: in its ``Metadata``, or as the construct that it is the resource of.

    A stack's classification, and tags, which stacks hand on, say nothing of what one resource is for.
    """
    construct = resource.construct_path.removesuffix("/Resource")
    own = _read(resource.metadata.get(METADATA_KEY), "") is not None
    return own or (construct != "" and construct in classifications(resource.template.app))


def classifying_path(resource: Resource) -> str:
    """Return the path of the nearest construct that is classified; empty if none is."""
    return _nearest(resource.template.app, resource.construct_path)


def tagged(resource: Resource) -> DataClassification | None:
    """Return what a resource's own tag, or one of its stack, classifies it as."""
    tags = resource.tags()
    tag = None if isinstance(tags, Unknown) else tags.get(TAG_KEY)
    return DataClassification(tag) if isinstance(tag, str) and tag in _VALUES else None


def holds_no_phi(app: App, construct_path: str) -> bool:
    """Whether what is at a construct path, be it a resource or not, is classified as holding no PHI."""
    resource = app.at(construct_path)
    said = classified(resource) if resource is not None else classifications(app).get(_nearest(app, construct_path))
    return said is not None and said.counts_as(app.today) is DataClassification.NO_PHI


def _nearest(app: App, path: str) -> str:
    by_path = classifications(app)
    if not by_path:
        return ""
    while path and path not in by_path:
        path = path.rpartition("/")[0]
    return path


def classifications(app: App) -> Mapping[str, Classified]:
    """Return the classifications by construct path, as ``classify`` left them in the app's cloud assemblies."""
    return app.cached("classifications", _classifications)


def _classifications(app: App) -> Mapping[str, Classified]:
    return {path: value for assembly in app.assemblies for path, value in _of_assembly(assembly).items()}


def _of_assembly(assembly: Assembly) -> Mapping[str, Classified]:
    found: dict[str, Classified] = {}
    for stack in assembly.stacks:
        # What was classified before reasons were asked for has left no other trace of an app's or a stage's.
        tag = stack.tags.get(TAG_KEY)
        if isinstance(tag, str) and tag in _VALUES:
            found.setdefault(stack.path, Classified(DataClassification(tag), path=stack.path))
        for path, kind, data in stack.metadata:
            said = _read(data, path) if kind == METADATA_KEY else None
            if said is not None:
                found[path] = said
    return found


def _read(data: Any, path: str) -> Classified | None:
    entry = as_mapping(data)
    value = entry.get("classification")
    if not isinstance(value, str) or value not in _VALUES:
        return None
    reason, approved_by = (text if isinstance(text := entry.get(key), str) else "" for key in ("reason", "approved_by"))
    expires = entry.get("expires")
    return Classified(DataClassification(value), reason, approved_by, path, "" if expires is None else str(expires))


_VALUES = frozenset(item.value for item in DataClassification)
