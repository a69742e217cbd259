"""Templates that nested stacks deploy: which of those that were given, and once for each stack that does.

Before ``aws cloudformation package``, a ``TemplateURL`` is a path; behind it, a URL of a bucket whose name and prefix
only deployment may know. What stays the same is the end of the path, so the files are compared with that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

from hipaa_constructs.cloudformation.model import App, Oddity, Resource, Template
from hipaa_constructs.cloudformation.sam import APPLICATION

STACK: Final = "AWS::CloudFormation::Stack"
# Far more than a stack's quota of resources lets through; templates that deploy each other would have no end.
MOST_USES: Final = 400
_REMOTE = re.compile(r"(?!file:)[a-z0-9]+://")


@dataclass(frozen=True, slots=True)
class Given:
    """A template that was given: its name in messages, what it says, the file, if it is one, and what is odd there."""

    name: str
    body: Mapping[str, Any]
    file: Path | None
    odd: Sequence[Oddity] = ()


def add_templates(app: App, given: Sequence[Given]) -> None:
    """Add templates to an app: those that nested stacks deploy once for each, with its parameters, and all others."""
    parents = [resource for template in app.templates for resource in _stacks(template)]
    if not parents and not any(_has_stacks(one.body) for one in given):
        for one in given:
            _add(app, one)
    else:
        _Nesting(app, given).add()


def _add(app: App, given: Given, parent: Resource | None = None) -> Template:
    if given.file is not None:
        app.files[given.name] = given.file
    template = app.add(given.name, given.body, parent=parent)
    template.odd = given.odd
    return template


class _Nesting:
    def __init__(self, app: App, given: Sequence[Given]) -> None:
        self._app = app
        self._given = given
        self._files = _Files([(Path(os.path.realpath(one.file)), one) for one in given if one.file is not None])
        self._added: set[str] = set()
        self._uses = 0

    def add(self) -> None:
        for template in list(self._app.templates):
            self._deploy_nested_in(template, ())
        nested = self._named_by_others() | self._added
        # What is left after that only names each other, so that one of them must be deployed by itself.
        for candidates in ([one for one in self._given if one.name not in nested], self._given):
            for one in candidates:
                if one.name not in self._added:
                    self._add(one, (), None)

    def _named_by_others(self) -> Set[str]:
        """Return the templates that others name, parameters as their defaults are."""
        alone = App(self._app.given)
        files = {**self._app.files, **{one.name: one.file for one in self._given if one.file is not None}}
        named: set[str] = set()
        for one in self._given:
            if _has_stacks(one.body):
                for stack in _stacks(alone.add(one.name, one.body)):
                    found, _ = self._template_of(stack, files)
                    if found is not None and found.name != one.name:
                        named.add(found.name)
        return named

    def _add(self, given: Given, outer: Sequence[str], parent: Resource | None) -> None:
        self._added.add(given.name)
        self._deploy_nested_in(_add(self._app, given, parent), (*outer, given.name))

    def _deploy_nested_in(self, template: Template, outer: Sequence[str]) -> None:
        for stack in _stacks(template):
            if self._app.nested(stack) is not None:
                continue
            found, reason = self._template_of(stack, self._app.files)
            if found is not None and found.name in outer:
                found, reason = None, "it deploys itself without end"
            elif found is not None and self._uses >= MOST_USES:
                found, reason = None, f"more than {MOST_USES} nested stacks were followed already"
            if found is None:
                self._app.apart[stack] = reason
            else:
                self._uses += 1
                self._add(found, outer, stack)

    def _template_of(self, stack: Resource, files: Mapping[str, Path]) -> tuple[Given | None, str]:
        """Return the template that a nested stack deploys; else why it cannot be told."""
        file = files.get(stack.template.name)
        folder = Path(os.path.realpath(file)).parent if file is not None else None
        urls = self._all_values(stack)
        found = {
            one.name: one
            for url in urls
            for one in self._files.at(url, folder)
            # Another template of its own name, elsewhere: no stack that deploys itself comes to an end.
            if one.name != stack.template.name or not _REMOTE.match(url)
        }
        if not found:
            return None, ""
        if len(found) > 1:
            return None, f"it may be each of {', '.join(sorted(found))}"
        return next(iter(found.values())), ""

    @staticmethod
    def _all_values(stack: Resource) -> Iterable[str]:
        values = stack.template.app.worlds.every(lambda: stack.get("TemplateURL"))
        return [value for value in values if isinstance(value, str)]


class _Files:
    """The files that were given, found by the end of a path."""

    def __init__(self, files: Sequence[tuple[Path, Given]]) -> None:
        self._by_path = dict(files)
        self._by_name: dict[str, list[Path]] = {}
        for path, _ in files:
            self._by_name.setdefault(path.name, []).append(path)

    def at(self, url: str, folder: Path | None) -> Sequence[Given]:
        """Return the file that a URL names; several where the nearest ones are equally near.

        :param folder: where the template lies that names it.
        """
        local = url.removeprefix("file://")
        if folder is not None and not _REMOTE.match(local) and not set("\0$") & set(local):
            path = Path(os.path.realpath(folder / local))
            if path in self._by_path:
                return [self._by_path[path]]
        end = _end(url)
        candidates = self._by_name.get(end[-1], []) if end else []
        ranked = sorted(((_likeness(path, end, folder), path) for path in candidates), reverse=True)
        return [self._by_path[path] for likeness, path in ranked if likeness == ranked[0][0]]


def _end(url: str) -> Sequence[str]:
    """Return the last parts of a URL's path, as far as they are known: ``templates``, ``vpc.yaml``."""
    path = re.sub(r"[?#].*", "", re.sub(r"^[a-z0-9]+://[^/]*", "", str(url)))
    parts: list[str] = []
    for part in reversed(PurePosixPath(unquote(path)).parts):
        # A prefix that only deployment knows may end within this part, or with a slash before it.
        known = part.rpartition("}")[2]
        if known and known != "/":
            parts.insert(0, known)
        if known != part:
            break
    return parts if parts and "}" not in parts[-1] else ()


def _likeness(path: Path, end: Sequence[str], folder: Path | None) -> tuple[int, int]:
    """Return how many parts of a path, from its end, are those of a URL, and how near it is to a folder."""
    same = 0
    for mine, theirs in zip(reversed(path.parts), reversed(end), strict=False):
        if mine != theirs:
            break
        same += 1
    shared = len(Path(os.path.commonpath([path, folder])).parts) if folder is not None else 0
    return same, shared


def _has_stacks(body: Mapping[str, Any]) -> bool:
    resources = body.get("Resources")
    return isinstance(resources, Mapping) and any(
        isinstance(raw, Mapping) and raw.get("Type") in (STACK, APPLICATION) for raw in resources.values()
    )


def _stacks(template: Template) -> Iterator[Resource]:
    yield from [resource for resource in template.resources.values() if resource.type == STACK]
