"""Which line of a CDK app makes a construct, from the stack traces that CDK keeps in a cloud assembly.

CDK has them of a Python app where ``JSII_HOST_STACK_TRACES`` is set, as ``enforce_hipaa`` does. They name files by
absolute paths; what is said here is relative to the app.

While Node waits for Python, each request of Python's takes the place of the one that waits, and none comes back when it
is done (jsii 1.139, ``KernelHost.processRequest``). So a construct that CDK asks an injector about has no line, nor has
what is made in it afterwards: an injector keeps the line itself, under ``INJECTED``.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, Final, NamedTuple

from hipaa_constructs.cloudformation.model import App, Assembly

_CREATION: Final = "aws:cdk:creationStack"
# The type of a metadata entry that holds frames by the paths of constructs.
INJECTED: Final = "hipaa-constructs:creation-frames"
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
        # A report asks again and again, and an app has thousands of constructs.
        self._sources, self._injected, self._within = app.cached("lines", _lines)

    def of(self, construct_path: str) -> Source | None:
        """Return the line that makes a construct, or, of one that is no resource itself, the resource in it."""
        if not construct_path:
            return None
        found = self._sources.get(construct_path) or self._sources.get(f"{construct_path}/Resource")
        return found or self.injected(construct_path)

    def injected(self, construct_path: str) -> Source | None:
        """Return the line that makes a construct, if no trace of CDK's has it, and an injector kept it."""
        if not construct_path or construct_path in self._sources:
            return None
        for path in _upwards(construct_path):
            if path in self._injected:
                return self._injected[path]
            within = self._within.get(path, set())
            if len(within) == 1:
                return next(iter(within))
        return None


_Lines = tuple[Mapping[str, Source], Mapping[str, Source], Mapping[str, set[Source]]]


def _lines(app: App) -> _Lines:
    """Return lines by constructs: those of CDK's traces, those that injectors kept, and the latter by what holds them.

    A construct that is no stack holds the lines of all that is within it: what one line makes has only that one.
    """
    sources: dict[str, Source] = {}
    injected: dict[str, Source] = {}
    within: dict[str, set[Source]] = {}
    for assembly in app.assemblies:
        made, kept = _made(assembly), _injected(assembly)
        root = _root(assembly.folder, [file for file, _ in (*made.values(), *kept.values())])
        sources.update(_relative_to(root, made))
        lines = dict(_relative_to(root, kept))
        injected.update(lines)
        stacks = {stack.path for stack in assembly.stacks}
        for path, source in lines.items():
            for above in _upwards(path):
                if above in stacks:
                    break
                within.setdefault(above, set()).add(source)
    return sources, injected, within


def _upwards(path: str) -> Iterator[str]:
    """Yield a construct's path, and those above it, the innermost first."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def frame_of_the_app() -> str | None:
    """Return the innermost frame of the running Python that is the app's own, as CDK's traces have it."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if _is_the_apps(code.co_filename):
            return f"{code.co_name} ({code.co_filename}:{frame.f_lineno})"
        frame = frame.f_back
    return None


_Frame = tuple[str, int]


def _made(assembly: Assembly) -> Mapping[str, _Frame]:
    return {
        entry.path: frame
        for stack in assembly.stacks
        for entry in stack.metadata
        if entry.type == _CREATION and (frame := _first(entry.data)) is not None
    }


def _injected(assembly: Assembly) -> Mapping[str, _Frame]:
    return {
        str(path): frame
        for stack in assembly.stacks
        for entry in stack.metadata
        if entry.type == INJECTED and isinstance(entry.data, Mapping)
        for path, written in entry.data.items()
        if (frame := _first([written])) is not None
    }


def _relative_to(root: str, made: Mapping[str, _Frame]) -> Iterator[tuple[str, Source]]:
    for path, (file, line) in made.items():
        yield path, Source(_relative(file, root), line, file)


def _first(trace: Any) -> tuple[str, int] | None:
    """Return file and line of a trace's innermost frame that is the app's own."""
    for frame in trace if isinstance(trace, list) else ():
        found = _FRAME.search(frame) if isinstance(frame, str) else None
        if found and _is_the_apps(found["file"]):
            return found["file"], int(found["line"])
    return None


@cache
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
