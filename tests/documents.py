"""What a document in Markdown links to, the anchors of its headings, and the programs that write documents."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

_CODE = re.compile(r"^ *```.*?^ *```|^    .*?$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(((?:[^()\s]|\([^()\s]*\))+)\)")


def links(text: str) -> list[str]:
    """Return the targets of links that stay within the documents."""
    without = _CODE.sub("", text)
    return [target for target in _LINK.findall(without) if not re.match(r"\w+:", target)]


def anchors(text: str) -> set[str]:
    """Return the anchor of each heading: lower case, without punctuation, a hyphen for each space."""
    without = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", without, re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in plain}


def load(path: Path) -> ModuleType:
    """Return a program of ``docs`` as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
