"""Reads files, and says of those that it cannot read which and why."""

from __future__ import annotations

import json
from pathlib import Path
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


def read_json(file: Path) -> Any:
    """Read a JSON file of a cloud assembly."""
    try:
        return json.loads(read_bytes(file))
    except (ValueError, RecursionError):
        # Anew, for the position.
        return parse(read_bytes(file).decode("utf-8", "replace"), str(file))
