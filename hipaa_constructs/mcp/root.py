"""The one folder whose files the tools read, and what of it they refuse."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from hipaa_constructs.cloudformation.load.assembly import is_assembly
from hipaa_constructs.cloudformation.load.unusable import UnusableInput

# CloudFormation takes a template of 1 MB (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/
# cloudformation-limits.html); what is five times that is none, be it indented.
MOST_BYTES: Final = 5 * 1024 * 1024
# What all files of one call may have together. A cdk.out of a hundred full stacks stays below it.
MOST_BYTES_IN_ALL: Final = 200 * 1024 * 1024
TEMPLATES: Final = (".json", ".yaml", ".yml", ".template")


class Root:
    """What one call may read: files within a folder, as long as they are modest.

    Paths are relative to the folder, which has to be the working directory when they are read. Each refusal says what
    to give instead.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._left = MOST_BYTES_IN_ALL
        self._admitted: set[str] = set()

    def path(self, given: str) -> Path:
        """Return a path of the folder, after a look at it.

        :raises UnusableInput: it is absolute, leads out, or names nothing that can be read.
        """
        shown = given if len(given) <= 80 else f"{given[:77]}…"
        if "\0" in given:
            raise UnusableInput(repr(shown), "a path holds no zero byte")
        pure = PurePosixPath(given.replace("\\", "/"))
        if pure.is_absolute() or PureWindowsPath(given).drive or given.startswith("~"):
            raise UnusableInput(shown, "it is no relative path; give it relative to the root, such as cdk.out")
        if ".." in pure.parts:
            raise UnusableInput(shown, "it holds '..'; give a path below the root, without '..'")
        path = Path(given)
        try:
            # First, so that no answer tells what exists elsewhere.
            self._require_within(path)
            found = (self._folder / path).exists()
        except (OSError, ValueError) as error:  # such as a name too long, or of no encoding
            raise UnusableInput(shown, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
        if not found:
            hint = "; `cdk synth` writes it" if pure.name == "cdk.out" else ""
            raise UnusableInput(shown, f"there is nothing of this name below the root{hint}")
        self.admit(path)
        return path

    def named(self, given: str, suffixes: Sequence[str]) -> Path:
        """Return the path of a folder, or of a file whose name ends as it has to.

        :raises UnusableInput: as of ``path``, or the name ends otherwise.
        """
        path = self.path(given)
        if not (self._folder / path).is_dir() and path.suffix.lower() not in suffixes:
            raise UnusableInput(given, f"only files are read whose names end in {' or '.join(suffixes)}")
        return path

    def require_writable(self, path: Path) -> None:
        """Refuse to change a file that is known by another name too, which may lie elsewhere.

        :raises UnusableInput: which file, and why.
        """
        self.admit(path)
        if (self._folder / path).stat().st_nlink > 1:
            raise UnusableInput(path.as_posix(), "it is a hard link, so it is not changed; give a copy of it")

    def admit(self, path: Path) -> None:
        """Refuse a file that lies outside, is no regular one or is too large; of a cdk.out, each that is read of it.

        :raises UnusableInput: which file, and why.
        """
        target = self._folder / path
        self._require_within(path)
        try:
            if not target.is_dir():
                self._require_modest(path, MOST_BYTES)
            elif (target / _MANIFEST).is_file():
                self._require_within(path / _MANIFEST)
                self._require_modest(path / _MANIFEST, MOST_BYTES_IN_ALL)
                if is_assembly(target):
                    self._admit_assembly(path)
        except OSError as error:
            raise UnusableInput(path.as_posix(), f"cannot be read: {error.strerror or error}") from None

    def _admit_assembly(self, folder: Path) -> None:
        for file in _files(self._folder / folder):
            path = file.relative_to(self._folder)
            self._require_within(path)
            if path.suffix == ".json" and file.is_file():
                self._require_modest(path, MOST_BYTES_IN_ALL)

    def _require_within(self, path: Path) -> None:
        if not Path(os.path.realpath(self._folder / path)).is_relative_to(self._folder):
            why = "it is a link that leads out of the root, so it is not read; give a copy below the root"
            raise UnusableInput(path.as_posix()[:80], why)

    def _require_modest(self, path: Path, most: int) -> None:
        found = (self._folder / path).stat()
        name = path.as_posix()
        if not stat.S_ISREG(found.st_mode):
            raise UnusableInput(name, "it is no regular file, so it is not read; give a file or a folder")
        if found.st_size > most:
            why = f"it has {found.st_size:,} bytes, and at most {most:,} are read; CloudFormation takes 1 MB a template"
            raise UnusableInput(name, why)
        real = os.path.realpath(self._folder / path)
        if real in self._admitted:
            return
        self._admitted.add(real)
        self._left -= found.st_size
        if self._left < 0:
            raise UnusableInput(name, f"with it the call comes to more than {MOST_BYTES_IN_ALL:,} bytes; give fewer")


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files and links of a cdk.out, without what is in the folders of assets: that is code, and not read."""
    for outer, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("asset."))
        yield from (Path(outer, name) for name in (*sorted(names), *folders))


_MANIFEST: Final = "manifest.json"
