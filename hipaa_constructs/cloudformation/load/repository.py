"""Which files beside a template may be read though nobody named them: those of its repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

# CloudFormation takes 1 MB; what is five times that is no template, be it indented.
_MOST_BYTES: Final = 5 * 1024 * 1024


def is_own(target: Path, root: Path) -> bool:
    """Whether a file is one of a repository, and no larger than a template; what is a link may be anybody's."""
    return (
        target.is_relative_to(root)
        and os.path.isfile(target)
        and os.path.realpath(target) == str(target)
        and os.path.getsize(target) <= _MOST_BYTES
    )


def repository_of(folder: Path) -> Path:
    """Return the folder of the repository that a folder is in, itself where it is in none."""
    return next((one for one in (folder, *folder.parents) if os.path.exists(one / ".git")), folder)


def shown_as(target: Path, parent: Path) -> Path:
    """Return a file's path as its parent's was given: relative, or from the top."""
    below = os.path.relpath(target, os.path.realpath(parent.parent))
    shown = Path(os.path.normpath(parent.parent / below))
    return shown if os.path.realpath(shown) == str(target) else target
