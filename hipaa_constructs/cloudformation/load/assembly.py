"""Loads what is to be checked: cdk.out folders, templates, folders and patterns of templates, standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from hipaa_constructs.cloudformation.load.beside import Beside
from hipaa_constructs.cloudformation.load.cloud_assembly import CloudAssembly
from hipaa_constructs.cloudformation.load.files import read_bytes
from hipaa_constructs.cloudformation.load.given import Given
from hipaa_constructs.cloudformation.load.includes import Includes
from hipaa_constructs.cloudformation.load.nested import add_templates
from hipaa_constructs.cloudformation.load.parameters import require_known
from hipaa_constructs.cloudformation.load.template_file import encoding_of, parse_template
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App, Oddity

__all__ = ["STDIN", "UnusableInput", "load"]

STDIN = "-"

_SUFFIXES = (".json", ".yaml", ".yml", ".template")
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})


def load(
    paths: Sequence[Path | str],
    *,
    parameters: Mapping[str, str] | None = None,
    step: Callable[[str], None] = lambda name: None,
    unusable: list[UnusableInput] | None = None,
    admit: Callable[[Path], None] = lambda path: None,
) -> App:
    """Load everything at ``paths`` as one app, so that references across its templates are followed.

    A folder with a ``manifest.json`` is a cloud assembly; any other folder is searched for templates. Messages call a
    template by its path within its cloud assembly, or by the path that was given. What the nested stacks of a file that
    is given by name deploy is read too, where it lies beside it, and so are files that templates include by a path;
    ``App.beside`` names what was.

    :param parameters: what parameters are deployed with, by name, in every template that has one of that name.
        Default: only deployment tells, so that each value that a template distinguishes is looked at.
    :param step: called with each template's name before it is read.
    :param unusable: what is added to for each template that cannot be read, so that the others are loaded.
        Default: the first such template is an error.
    :param admit: called with each file and each cloud assembly before it is read; raises ``UnusableInput`` to refuse.
    :raises UnusableInput: something there cannot be read, or there is nothing to read.
    """
    app = App(parameters or {})
    given: list[Given] = []
    problems: list[UnusableInput] = []
    contents: dict[str, bytes] = {}
    skipped: list[Path] = []
    found = [entry for path in paths for entry in _expand(str(path))]
    folders = [file for file, _ in found if file != STDIN and is_assembly(Path(file))]
    seen: set[str] = set()
    includes = Includes(admit)
    for file, searched in found:
        identity = file if file == STDIN else os.path.realpath(file)
        if identity in seen:
            continue
        seen.add(identity)
        try:
            if file != STDIN:
                admit(Path(file))
            if file in folders:
                prefix = f"{Path(file).as_posix()}/" if len(found) > 1 else ""
                CloudAssembly(app, Path(file), prefix, step, problems).load()
                continue
            name = "<stdin>" if file == STDIN else Path(file).as_posix()
            step(name)
            if searched and not os.path.isfile(file):
                # Nobody asked for this one by name, and whoever reads a pipe waits for who writes.
                raise UnusableInput(name, "it is no regular file, so it is not read")
            content = sys.stdin.buffer.read() if file == STDIN else read_bytes(Path(file))
            if searched and not _looks_like_template(content):
                skipped.append(Path(file))
                continue
            odd: list[Oddity] = []
            body = parse_template(content, name, odd)
            if file != STDIN:
                body = includes.put_into(body, Path(file))
            given.append(Given(name, body, None if file == STDIN else Path(file), odd, named=not searched))
        except UnusableInput as problem:
            problems.append(problem)
            continue
        if file == STDIN:
            contents[name] = content
    add_templates(app, given, Beside(admit, includes))
    app.beside += includes.read
    if problems and (unusable is None or not app.templates):
        raise problems[0]
    if not app.templates and not any(assembly.stacks for assembly in app.assemblies):
        raise UnusableInput(", ".join(str(path) for path in paths), "no CloudFormation template was found there")
    if unusable is not None:
        unusable += problems
    require_known(app, parameters or {})
    app.contents, app.skipped = contents, skipped
    return app


def _expand(given: str) -> Iterator[tuple[str, bool]]:
    """Yield files and assemblies, each with whether it was only found by a search."""
    if given == STDIN:
        yield STDIN, False
        return
    if "\0" in given:
        raise UnusableInput(repr(given), "a path holds no zero byte")
    path = Path(given)
    try:
        if path.is_dir():
            yield from ((given, False),) if is_assembly(path) else ((file, True) for file in _search(path))
        elif path.name == "manifest.json" and is_assembly(path.parent):
            yield str(path.parent), False
        elif path.exists() or not glob.has_magic(given):
            yield given, False
        else:
            matches = sorted(match for match in glob.glob(given, recursive=True) if not os.path.isdir(match))
            if not matches:
                raise UnusableInput(given, "no file matches the pattern")
            yield from ((match, True) for match in matches)
    except OSError as error:  # such as a name too long
        raise UnusableInput(given[:80], f"cannot be read: {error.strerror or error}") from None


def _search(folder: Path) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        if root != str(folder) and is_assembly(Path(root)):
            folders.clear()
            yield root
            continue
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED_FOLDERS)
        yield from (os.path.join(root, name) for name in sorted(names) if name.lower().endswith(_SUFFIXES))


def is_assembly(folder: Path) -> bool:
    """Whether a folder is a cdk.out, or that of a stage."""
    # A manifest alone may be a web app's; CDK writes a file `cdk.out` beside its own.
    return (folder / "manifest.json").is_file() and (
        (folder / "cdk.out").is_file() or b'"artifacts"' in read_bytes(folder / "manifest.json")
    )


def _looks_like_template(content: bytes) -> bool:
    """Whether a file that nobody named is meant as a template; one that is, and is broken, has to be reported."""
    if encoding_of(content) != "UTF-8":
        content = content.replace(b"\0", b"")
    return b"AWSTemplateFormatVersion" in content or (b"Resources" in content and b"::" in content)
