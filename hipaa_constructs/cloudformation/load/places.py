"""Where what an app's templates say stands in their files, which are read for it once more when somebody asks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path as File
from typing import Any

from hipaa_constructs.cloudformation.for_each import LOOP
from hipaa_constructs.cloudformation.load.marks import JsonMarks, Mark
from hipaa_constructs.cloudformation.load.template_file import decode
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App, Template
from hipaa_constructs.cloudformation.reads import Path
from hipaa_constructs.cloudformation.sam import uses_sam
from hipaa_constructs.cloudformation.values import as_mapping


class Places:
    """The places of an app's templates."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._templates = {template.name: template for template in app.templates}
        self._marks: dict[str, Any] = {}

    def of(self, template: str, logical_id: str, within: Path = ()) -> Mark | None:
        """Return where a part of a resource is written, or the nearest above it; without an id, of the template.

        What a loop or AWS SAM makes of a resource stands where that one does. None where nothing of it is written.
        """
        found = self._templates.get(template)
        if found is None:
            return None
        path = _written(found, logical_id, within) if logical_id else within
        marks = self._of_file(template) if path else None
        mark: Mark | None = marks.find(path) if marks is not None else None
        return mark

    def _of_file(self, name: str) -> Any:
        if name not in self._marks:
            self._marks[name] = _read(self._app.contents.get(name), self._app.files.get(name), name)
        return self._marks[name]


def _read(content: bytes | None, file: File | None, name: str) -> Any:
    try:
        text = decode(content if content is not None else file.read_bytes() if file is not None else b"", name)
    except (OSError, UnusableInput):
        return None
    if text.lstrip()[:1] in ("{", "["):
        try:
            json.loads(text)
            return JsonMarks(text)
        except (ValueError, RecursionError):
            pass  # YAML's flow style opens with the same brackets.
    try:
        from hipaa_constructs.cloudformation.load.template_yaml import YamlMarks
    except ModuleNotFoundError:
        return None
    return YamlMarks(text)


def _written(template: Template, logical_id: str, within: Path) -> Path:
    """Return the path at which a template's own file writes a part of a resource; empty if it writes nothing of it."""
    resources = as_mapping(template.written.get("Resources"))
    if logical_id in resources:
        resource = template.resources.get(logical_id)
        # What a transform rewrote has other properties than those that are written.
        kept = resource is None or resource.raw == resources[logical_id]
        return ("Resources", logical_id, *(within if kept else ()))
    for loop, fragment in _loops(resources):
        if any(re.fullmatch(_pattern(key), logical_id) for key in fragment):
            return ("Resources", loop)
    if uses_sam(template.written):
        sources = [str(name) for name in resources if logical_id.startswith(str(name))]
        return ("Resources", max(sources, key=len)) if sources else ()
    return ()


def _loops(resources: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for name, loop in resources.items():
        if str(name).startswith(LOOP):
            yield name, list(_made(loop))


def _made(loop: Any) -> Iterator[str]:
    """Yield the names that a loop, and those within it, write."""
    for name, item in as_mapping(loop[2] if isinstance(loop, list) and len(loop) == 3 else None).items():
        if str(name).startswith(LOOP):
            yield from _made(item)
        else:
            yield str(name)


def _pattern(name: str) -> str:
    return "".join(".*" if part[:1] in "$&" and part[1:2] == "{" else re.escape(part) for part in _GAP.split(name))


_GAP = re.compile(r"([$&]\{[^}]*\})")
