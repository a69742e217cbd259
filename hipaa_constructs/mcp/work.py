"""How a question about files is answered: in a process of its own, from the root, with a refusal in a sentence."""

from __future__ import annotations

import datetime
import os
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.acknowledgements.acknowledgement import Acknowledgement
from hipaa_constructs.compliance.acknowledgements.baseline import Entry
from hipaa_constructs.compliance.acknowledgements.baseline_file import DEFAULT_FILE as BASELINE
from hipaa_constructs.compliance.acknowledgements.baseline_file import read_baseline
from hipaa_constructs.compliance.acknowledgements.reviewed_file import DEFAULT_FILE, read_file
from hipaa_constructs.mcp.quoted import clipped
from hipaa_constructs.mcp.root import Root

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no answer, in a sentence; it may quote a file."""

    sentence: str


def told(folder: Path, work: Callable[[Root], T]) -> T | Refused:
    """Answer a question about a folder, or say why not."""
    try:
        # Messages call files by the paths that were given, which are relative.
        os.chdir(folder)
    except OSError as error:
        return Refused(f"the root cannot be read: {error.strerror or error}")
    try:
        return work(Root(folder))
    except UnusableInput as error:
        return Refused(clipped(str(error)))
    except Exception:
        # Between processes an exception loses where it came from, which the log has to tell.
        raise RuntimeError(traceback.format_exc()) from None


def reviewed(root: Root) -> Sequence[Acknowledgement]:
    """Return the acknowledgements of the reviewed file, where there is one."""
    file = present(root, DEFAULT_FILE)
    return read_file(file) if file else []


def known(root: Root, today: datetime.date) -> Sequence[Entry]:
    """Return the findings that the baseline holds, where there is one."""
    file = present(root, BASELINE)
    return read_baseline(file, today=today) if file else []


def present(root: Root, name: str) -> Path | None:
    """Return a file that is looked for by its usual name, as the command line does."""
    return root.path(name) if os.path.lexists(name) else None
