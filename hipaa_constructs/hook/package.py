"""The function's package: this library's rooms without CDK, and PyYAML's own Python; imports no aws_cdk.

``python -m hipaa_constructs.hook.package FOLDER`` writes it, for a bucket that stack sets deploy from.
"""

from __future__ import annotations

import functools
import hashlib
import io
import sys
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

from hipaa_constructs._extras import MissingExtra, install_line

HANDLER = "hipaa_constructs.hook.handler.handle"

_HERE = Path(__file__).parent.parent
# What the handler imports of this library, with all that it keeps as data.
_ROOMS = ("cloudformation", "compliance", "hook", "iam")
_MODULES = ("__init__.py", "_constants.py", "_extras.py", "_secret_texts.py")
_SUFFIXES = (".py", ".json")
# The first moment that an archive can name; a file's own would make each build another one.
_WHEN = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16


def contents() -> Mapping[str, bytes]:
    """Return the package's files by name, in order.

    PyYAML's compiled part is left out: it is of one Python and processor, and PyYAML does without it.

    :raises MissingExtra: PyYAML is not installed.
    """
    files = dict([*_own(), *_pyyaml()])
    return {name: files[name] for name in sorted(files)}


@functools.cache
def archive() -> bytes:
    """Return the package as a ZIP archive, the same bytes on every machine.

    Nothing in it is compressed, since compression differs from one zlib to another.

    :raises MissingExtra: PyYAML is not installed.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as made:
        for name, content in contents().items():
            entry = zipfile.ZipInfo(name, _WHEN)
            # As of Unix, wherever it is made.
            entry.create_system, entry.external_attr = 3, _READABLE
            made.writestr(entry, content)
    return written.getvalue()


def file_name() -> str:
    """Return the name under which the package lies in a bucket: another for each content."""
    return f"hipaa-constructs-hook-{hashlib.sha256(archive()).hexdigest()[:16]}.zip"


def _own() -> Iterator[tuple[str, bytes]]:
    found = [_HERE / name for name in _MODULES]
    found += [file for room in _ROOMS for file in (_HERE / room).rglob("*") if file.suffix in _SUFFIXES]
    for file in found:
        yield file.relative_to(_HERE.parent).as_posix(), file.read_bytes()


def _pyyaml() -> Iterator[tuple[str, bytes]]:
    spec = find_spec("yaml")
    if spec is None or spec.origin is None:
        raise MissingExtra(f"PyYAML is missing, which the hook reads templates with: {install_line('cli')}")
    folder = Path(spec.origin).parent
    for file in folder.glob("*.py"):
        yield f"yaml/{file.name}", file.read_bytes()
    for path in distribution("PyYAML").files or ():
        if path.name.startswith("LICENSE"):
            yield "yaml/LICENSE", Path(str(path.locate())).read_bytes()


def main() -> None:
    """Write the package into a folder, and print its name there."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit("usage: python -m hipaa_constructs.hook.package FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file_name()).write_bytes(archive())
    print(folder / file_name())  # noqa: T201 (it is what the command is for)


if __name__ == "__main__":
    main()
