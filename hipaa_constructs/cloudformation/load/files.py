"""Reads and replaces files, and says of those that it cannot which and why."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any

from hipaa_constructs.cloudformation.load.template_file import parse
from hipaa_constructs.cloudformation.load.unusable import UnusableInput


def read_bytes(file: Path) -> bytes:
    """Read a file.

    :raises UnusableInput: the system refuses.
    """
    try:
        return file.read_bytes()
    except (OSError, ValueError) as error:
        raise UnusableInput(str(file), f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


def replace_bytes(file: Path, content: bytes) -> None:
    """Write a file as a whole or not at all: it is written beside, and takes the place of the one that is there.

    Whoever might read and run that one may this one. Of a link, what it points at is written.

    :raises UnusableInput: the system refuses; the file is as it was then.
    """
    target = Path(os.path.realpath(file))
    beside: Path | None = None
    try:
        if target.exists() and not os.access(target, os.W_OK):
            # A folder that may be written to lets files be replaced that may not.
            raise PermissionError(errno.EACCES, "it is read-only")
        number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.", suffix=".part")
        beside = Path(name)
        with os.fdopen(number, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        else:
            beside.chmod(0o666 & ~_mask())
        beside.replace(target)
    except OSError as error:
        if beside is not None:
            with suppress(OSError):
                beside.unlink()
        raise UnusableInput(str(file), f"cannot be written: {error.strerror or error}") from None


def _mask() -> int:
    # The system tells it only to who sets it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def read_json(file: Path) -> Any:
    """Read a JSON file of a cloud assembly."""
    try:
        return json.loads(read_bytes(file))
    except (ValueError, RecursionError):
        # Anew, for the position.
        return parse(read_bytes(file).decode("utf-8", "replace"), str(file))


def member(root: Path, folder: Path, name: str) -> Path:
    """Return the file or folder that a file of a cloud assembly names, if it is one of the assembly's own.

    :param root: the assembly's outermost folder, which holds all that it names.
    :param folder: where the naming file lies, to which ``name`` is relative.
    :raises UnusableInput: it lies elsewhere, or is a link or a pipe, which would show what is not the app's.
    """
    target = folder / name
    try:
        within = Path(os.path.realpath(target)).is_relative_to(os.path.realpath(root))
        plain = not target.is_symlink() and (target.is_file() or target.is_dir() or not target.exists())
    except (OSError, ValueError):
        within = plain = False
    if PurePath(name).is_absolute() or not within:
        raise UnusableInput(str(folder), f"it names {name[:80]!r}, which lies outside of {root.name}")
    if not plain:
        raise UnusableInput(str(target), "it is a link or no regular file, so it is not read")
    return target
