"""Which line of a CDK app makes a construct, from the stack traces that CDK keeps in a cloud assembly.

CDK has them of a Python app where ``JSII_HOST_STACK_TRACES`` is set, as ``enforce_hipaa`` does. They name files by
absolute paths; what is said here is relative to the app.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

from hipaa_constructs.cloudformation.model import App, Assembly

_CREATION: Final = "aws:cdk:creationStack"
# "make (/home/me/clinic/app.py:12)", with a column behind it where the language has one.
_FRAME = re.compile(r"\((?P<file>.+?):(?P<line>\d+)(:\d+)?\)$")
# What is installed, and Python itself.
_NOT_THE_APPS = re.compile(
    r"[\\/]((site|dist)-packages|lib[\\/]python[\d.]+|python\d+[\\/]lib|node_modules)[\\/]",
    re.IGNORECASE,
)
_PACKAGE: Final = Path(__file__).parent.parent


class Source(NamedTuple):
    """A line of an app: the file relative to the app, and as the app's own machine calls it."""

    file: str
    line: int
    absolute: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Sources:
    """The lines that make the constructs of an app's cloud assemblies."""

    def __init__(self, app: App) -> None:
        self._sources = app.cached("sources", _sources)

    def of(self, construct_path: str) -> Source | None:
        """Return the line that makes a construct, or, of one that is no resource itself, the resource in it."""
        found = self._sources.get(construct_path)
        return found or self._sources.get(f"{construct_path}/Resource") if construct_path else None


def _sources(app: App) -> Mapping[str, Source]:
    return {path: source for assembly in app.assemblies for path, source in _of(assembly)}


def _of(assembly: Assembly) -> Iterator[tuple[str, Source]]:
    made = {
        entry.path: frame
        for stack in assembly.stacks
        for entry in stack.metadata
        if entry.type == _CREATION and (frame := _first(entry.data)) is not None
    }
    root = _root(assembly.folder, [file for file, _ in made.values()])
    for path, (file, line) in made.items():
        yield path, Source(_relative(file, root), line, file)


def _first(trace: Any) -> tuple[str, int] | None:
    """Return file and line of a trace's innermost frame that is the app's own."""
    for frame in trace if isinstance(trace, list) else ():
        found = _FRAME.search(frame) if isinstance(frame, str) else None
        if found and _is_the_apps(found["file"]):
            return found["file"], int(found["line"])
    return None


# An app has few files, and thousands of constructs made there.
@lru_cache(maxsize=1024)
def _is_the_apps(file: str) -> bool:
    if not _flavour(file).isabs(file) or _NOT_THE_APPS.search(file):
        return False
    # This package may be installed in place, as in its own clone, whose app is no part of it.
    parts = file.replace("\\", "/").split("/")
    if _PACKAGE.name not in parts:
        return True
    last = len(parts) - parts[::-1].index(_PACKAGE.name)
    return not _PACKAGE.joinpath(*parts[last:]).is_file()


def _root(folder: Path, files: Sequence[str]) -> str:
    """Return the folder of the app: the innermost that holds some of its files of where cdk.out lies, and we are.

    For a cdk.out from elsewhere it is the innermost folder that holds all of the files.
    """
    here = [str(folder.absolute().parent), os.getcwd()]
    holding = [place for place in here if place != posixpath.sep and any(_is_below(file, place) for file in files)]
    if holding:
        return max(holding, key=len)
    folders = sorted({_flavour(file).dirname(file) for file in files})
    try:
        return str(_flavour(folders[0]).commonpath(folders)) if folders else ""
    except ValueError:  # on several drives
        return ""


def _is_below(file: str, folder: str) -> bool:
    return _flavour(file) is os.path and os.path.normpath(file).startswith(os.path.join(folder, ""))


def _relative(file: str, root: str) -> str:
    try:
        found: str = _flavour(file).relpath(file, root) if root else _flavour(file).basename(file)
    except ValueError:  # on another drive
        found = _flavour(file).basename(file)
    return found.replace("\\", "/")


def _flavour(file: str) -> ModuleType:
    """Return the module for the paths of the system that wrote this one."""
    return ntpath if re.match(r"[A-Za-z]:[\\/]|\\\\", file) else posixpath
