"""The metadata that CDK keeps of a stack's constructs, and which template each construct is in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import MetadataEntry


class Metadata:
    """The metadata of one stack and those nested in it."""

    def __init__(self, data: Mapping[str, Any], main: str, path: str) -> None:
        self.entries = list(_entries(data))
        self._main = main
        # Paths of the stack and of those nested in it, by template file.
        self.path_of = {main: path}
        for construct, kind, value in self.entries:
            if kind == "aws:cdk:templateFile" and isinstance(value, str):
                self.path_of[value] = construct
        self._file_of = {construct: file for file, construct in self.path_of.items()}
        self._ids: dict[str, dict[str, str]] | None = None

    def logical_ids(self, file: str) -> Mapping[str, str]:
        """Return construct paths by logical id, of the resources in one template."""
        if self._ids is None:
            self._ids = {}
            for path, kind, data in self.entries:
                if kind == "aws:cdk:logicalId" and isinstance(data, str):
                    self._ids.setdefault(self._owner(path), {})[data] = path
        return self._ids.get(file, {})

    def nested_file(self, resource_path: str) -> str | None:
        """Return the template of the nested stack that a resource deploys, named after it by CDK."""
        folder = resource_path.rpartition("/")[0]
        return self._file_of.get(folder.removesuffix(".NestedStack")) if folder.endswith(".NestedStack") else None

    def _owner(self, path: str) -> str:
        while path:
            if path in self._file_of:
                return self._file_of[path]
            path = path.rpartition("/")[0]
        return self._main


def _entries(metadata: Mapping[str, Any]) -> Iterator[MetadataEntry]:
    for path, entries in metadata.items():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, Mapping) and isinstance(entry.get("type"), str):
                yield MetadataEntry(str(path).lstrip("/"), entry["type"], entry.get("data"))
