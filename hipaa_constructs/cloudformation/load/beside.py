"""Finds on disk the templates that nested stacks deploy and nobody gave, by the template that names them.

A path that was not packaged yet is the file that ``aws cloudformation package`` takes. Of a URL the end is known; the
file is looked for by that end, in the folder of the template that names it and those around it, up to the repository's.
So a few files are asked for by name, and no folder is listed. What is not sure is not taken: a link, a file outside of
the repository, one of two that differ, and one that does not take the parameters that the stack gives.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.load.files import read_bytes
from hipaa_constructs.cloudformation.load.given import Given, end_of, path_of
from hipaa_constructs.cloudformation.load.includes import Includes
from hipaa_constructs.cloudformation.load.repository import is_own, repository_of, shown_as
from hipaa_constructs.cloudformation.load.template_file import parse_template
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import Oddity, Resource
from hipaa_constructs.cloudformation.values import as_mapping


@dataclass(slots=True)
class Beside:
    """Reads templates beside those that name them, each once.

    :param admit: called with each file before it is read; raises ``UnusableInput`` to refuse.
    :param includes: what templates include.
    """

    admit: Callable[[Path], None]
    includes: Includes
    _known: dict[Path, Given | None] = field(default_factory=dict)

    def template_of(self, stack: Resource, urls: Iterable[str], parent: Path) -> tuple[Given | None, str]:
        """Return the template that a nested stack deploys, if it lies beside the one that names it; else why not.

        :param urls: what ``TemplateURL`` comes to.
        :param parent: the file of the template that names it.
        """
        found: list[Given] = []
        for url in urls:
            for one in self._at(url, stack, parent):
                # Copies of one file are one template.
                if all(one.body != known.body for known in found):
                    found.append(one)
        if len(found) > 1:
            return None, f"it may be each of {', '.join(sorted(one.name for one in found))}"
        return (found[0] if found else None), ""

    def _at(self, url: str, stack: Resource, parent: Path) -> Sequence[Given]:
        """Return the file that a path names, else those whose paths have most of a URL's end in common with it."""
        folder = Path(os.path.realpath(parent)).parent
        root = repository_of(folder)
        path = path_of(url)
        local = None if path is None else self._read(folder, path, root, parent)
        if local is not None:
            return [local]
        end = end_of(url)
        for start in range(len(end)):
            read = (self._read(around, os.path.join(*end[start:]), root, parent) for around in _around(folder, root))
            found = [one for one in read if one is not None and _takes(one.body, stack)]
            if found:
                return found
        return ()

    def _read(self, folder: Path, path: str, root: Path, parent: Path) -> Given | None:
        """Return a file, if it is a template of the repository, called as its parent is."""
        target = Path(os.path.normpath(folder / path))
        if str(target) == os.path.realpath(parent):
            return None
        if target not in self._known:
            self._known[target] = self._template(target, root, parent)
        return self._known[target]

    def _template(self, target: Path, root: Path, parent: Path) -> Given | None:
        if not is_own(target, root):
            return None
        shown = shown_as(target, parent)
        odd: list[Oddity] = []
        try:
            self.admit(shown)
            body = self.includes.put_into(parse_template(read_bytes(shown), shown.as_posix(), odd), shown)
        except UnusableInput:
            return None
        return Given(shown.as_posix(), body, shown, odd, named=True)


def _around(folder: Path, root: Path) -> Iterator[Path]:
    return (one for one in (folder, *folder.parents) if one.is_relative_to(root))


def _takes(body: Mapping[str, Any], stack: Resource) -> bool:
    """Whether a template takes the parameters that a stack gives it; CloudFormation deploys no other."""
    declared = as_mapping(body.get("Parameters"))
    given = as_mapping(as_mapping(stack.raw.get("Properties")).get("Parameters"))
    if any(name.startswith("Fn::") for name in given):
        return True
    required = {name for name, one in declared.items() if "Default" not in as_mapping(one)}
    return required <= given.keys() <= declared.keys()
