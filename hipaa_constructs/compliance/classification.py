"""What data a resource holds, and which rules that makes apply."""

from __future__ import annotations

import enum

from hipaa_constructs.compliance.template import Resource, Unknown

TAG_KEY = "hipaa:data-classification"
METADATA_KEY = "hipaa-constructs:data-classification"


class DataClassification(enum.StrEnum):
    """What a resource may hold. Everything is PHI until someone says otherwise."""

    PHI = "PHI"
    PII = "PII"
    NO_PHI = "NO_PHI"


def classification_of(resource: Resource) -> DataClassification:
    """Return how a resource is classified: by the construct it stands in, else by its tag, else PHI."""
    by_path = resource.template.app.classifications
    path = resource.construct_path
    while by_path and path:
        if path in by_path:
            return by_path[path]
        path = path.rpartition("/")[0]
    tags = resource.tags()
    tag = None if isinstance(tags, Unknown) else tags.get(TAG_KEY)
    return DataClassification(tag) if tag in _VALUES else DataClassification.PHI


_VALUES = frozenset(item.value for item in DataClassification)
