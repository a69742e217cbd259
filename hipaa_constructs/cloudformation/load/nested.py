"""Templates that nested stacks deploy: which of those that were given, and once for each stack that does.

Before ``aws cloudformation package``, a ``TemplateURL`` is a path; behind it, a URL of a bucket whose name and prefix
only deployment may know. What stays the same is the end of the path, so the files are compared with that.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, Final

from hipaa_constructs.cloudformation.load.beside import Beside
from hipaa_constructs.cloudformation.load.given import Given, end_of, is_remote, path_of
from hipaa_constructs.cloudformation.model import App, Resource, Template
from hipaa_constructs.cloudformation.sam import APPLICATION

STACK: Final = "AWS::CloudFormation::Stack"
# Far more than a stack's quota of resources lets through; templates that deploy each other would have no end.
MOST_USES: Final = 400


def add_templates(app: App, given: Sequence[Given], beside: Beside | None = None) -> None:
    """Add templates to an app: those that nested stacks deploy once for each, with its parameters, and all others.

    :param beside: finds what templates that somebody named deploy and nobody gave. Default: that is not at hand.
    """
    parents = [resource for template in app.templates for resource in _stacks(template)]
    if not parents and not any(_has_stacks(one.body) for one in given):
        for one in given:
            _add(app, one)
    else:
        _Nesting(app, given, beside).add()


def _add(app: App, given: Given, parent: Resource | None = None) -> Template:
    if given.file is not None:
        app.files[given.name] = given.file
    template = app.add(given.name, given.body, parent=parent)
    template.odd = given.odd
    return template


class _Nesting:
    def __init__(self, app: App, given: Sequence[Given], beside: Beside | None) -> None:
        self._app = app
        self._given = given
        self._beside = beside
        # The templates whose nested stacks are looked for beside them, each with its file.
        self._named = {one.name: one.file for one in given if one.named and one.file is not None}
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
        pending = list(self._given)
        for one in pending:
            if _has_stacks(one.body):
                for stack in _stacks(alone.add(one.name, one.body)):
                    found, _ = self._template_of(stack, files)
                    if found is not None and found.name != one.name:
                        named.add(found.name)
                        if found.file is not None and found.name not in files:
                            # Found beside it, this one may name others that were given.
                            files[found.name] = found.file
                            pending.append(found)
        return named

    def _add(self, given: Given, outer: Sequence[str], parent: Resource | None) -> None:
        if given.name not in self._added and all(given is not one for one in self._given):
            self._app.beside.append(given.name)
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
            if one.name != stack.template.name or not is_remote(url)
        }
        if not found:
            return self._template_beside(stack, urls)
        if len(found) > 1:
            return None, f"it may be each of {', '.join(sorted(found))}"
        return next(iter(found.values())), ""

    def _template_beside(self, stack: Resource, urls: Iterable[str]) -> tuple[Given | None, str]:
        file = self._named.get(stack.template.name)
        if self._beside is None or file is None:
            return None, ""
        found, reason = self._beside.template_of(stack, urls, file)
        if found is not None and found.file is not None:
            self._named[found.name] = found.file
        return found, reason

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
        local = path_of(url)
        if folder is not None and local is not None:
            path = Path(os.path.realpath(folder / local))
            if path in self._by_path:
                return [self._by_path[path]]
        end = end_of(url)
        candidates = self._by_name.get(end[-1], []) if end else []
        ranked = sorted(((_likeness(path, end, folder), path) for path in candidates), reverse=True)
        return [self._by_path[path] for likeness, path in ranked if likeness == ranked[0][0]]


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
