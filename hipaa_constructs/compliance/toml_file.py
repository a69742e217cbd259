"""TOML files that people write, read with errors that say where."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.load.unusable import UnusableInput


def read_toml(file: Path) -> Mapping[str, Any]:
    """Return what a file holds.

    :raises UnusableInput: it cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise UnusableInput(str(file), f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UnusableInput(str(file), f"is not UTF-8 text: {error.reason} at byte {error.start}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        place = {"line": int(at.group(1)), "column": int(at.group(2))} if at else {}
        raise UnusableInput(str(file), f"not valid TOML: {str(error).partition(' (at ')[0]}", **place) from None


def read_tables(file: Path, name: str) -> Sequence[Mapping[str, Any]]:
    """Return the tables of a file that holds a list of them and nothing else.

    :raises UnusableInput: it cannot be read, is not TOML, or holds something else.
    """
    data = read_toml(file)
    for key in data:
        if key != name:
            raise UnusableInput(str(file), f"the key {key!r} is unknown; it holds [[{name}]] tables only")
    entries = data.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UnusableInput(str(file), f"{name} must be a list of tables; write each as [[{name}]]")
    return entries


def as_date(value: Any) -> datetime.date | None:
    """Read a date, written as one or as text; None if it is neither."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime.date) else None
