"""TOML files that people write, read with errors that say where."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
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
