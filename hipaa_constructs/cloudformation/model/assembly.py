"""A cloud assembly, the cdk.out folder: what it says beside its templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple


class MetadataEntry(NamedTuple):
    """What CDK keeps of a construct beside its resources."""

    path: str
    type: str
    data: Any


@dataclass(frozen=True, slots=True)
class Stack:
    """What a cloud assembly says of a stack beside its template: its construct path, tags and constructs' metadata."""

    path: str
    tags: Mapping[str, Any]
    metadata: Sequence[MetadataEntry]


@dataclass(frozen=True, slots=True)
class Assembly:
    """A cdk.out folder, and what it says beside its templates."""

    folder: Path
    stacks: Sequence[Stack]
