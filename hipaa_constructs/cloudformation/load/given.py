"""A template that was given, and what a ``TemplateURL`` tells of the file that it was made from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from hipaa_constructs.cloudformation.model import Oddity

_REMOTE = re.compile(r"(?!file:)[a-z0-9]+://")


@dataclass(frozen=True, slots=True)
class Given:
    """A template that was given: its name in messages, what it says, the file, if it is one, and what is odd there.

    :param named: whether somebody named the file, so that what it deploys is looked for beside it. Whoever gives a
        folder says by that what is looked at. Default: nobody did.
    """

    name: str
    body: Mapping[str, Any]
    file: Path | None
    odd: Sequence[Oddity] = ()
    named: bool = False


def is_remote(url: str) -> bool:
    """Whether a URL names a place elsewhere, and no file."""
    return bool(_REMOTE.match(url))


def path_of(url: str) -> str | None:
    """Return the path that a ``TemplateURL`` is before it is packaged; None where it is none, or not known whole."""
    local = url.removeprefix("file://")
    return None if is_remote(local) or set("\0$") & set(local) else local


def end_of(url: str) -> Sequence[str]:
    """Return the last parts of a URL's path, as far as they are known: ``templates``, ``vpc.yaml``."""
    # A question mark that opens no query stands in what only deployment fills in: ${?Bucket}.
    path = re.sub(r"(?<!\$\{)[?#].*", "", re.sub(r"^[a-z0-9]+://[^/]*", "", str(url)))
    parts: list[str] = []
    for part in reversed(PurePosixPath(unquote(path)).parts):
        # A prefix that only deployment knows may end within this part, or with a slash before it.
        known = part.rpartition("}")[2]
        if known and known != "/":
            parts.insert(0, known)
        if known != part:
            break
    return parts if parts and "}" not in parts[-1] else ()
