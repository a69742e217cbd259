"""``python -m tools.documentation stage FOLDER``: write what the builder builds; ``check FOLDER``: what it built."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from tools.documentation.book import Book, Entry
from tools.documentation.built import faults
from tools.documentation.written import book

HERE = Path(__file__).parent
_ASSETS = {name: HERE / name for name in ("iframe-worker.js", "site.css")}


def stage(folder: Path, made: Book) -> None:
    """Write pages, files and the builder's configuration into a folder, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = folder / "pages"
    for path, text in made.pages.items():
        file = pages / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    for path, source in {**made.files, **_ASSETS}.items():
        (pages / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, pages / path)
    added = {
        "docs_dir": pages.name,
        "site_dir": "built",
        "nav": [_entry(part) for part in made.navigation],
    }
    settings = (HERE / "mkdocs.yml").read_text("utf-8")
    (folder / "mkdocs.yml").write_text(f"{settings}{yaml.safe_dump(added, sort_keys=False)}", "utf-8")


def _entry(entry: Entry) -> Any:
    if isinstance(entry, str):
        return entry
    return {entry.title: entry.entries[0] if entry.title == "Home" else [_entry(one) for one in entry.entries]}


def main(arguments: list[str]) -> int:
    """Do what the command line asks for."""
    if len(arguments) != 2 or arguments[0] not in ("stage", "check"):
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[1])
    if arguments[0] == "stage":
        made = book()
        stage(folder, made)
        print(f"{len(made.pages)} pages in {folder}")
        return 0
    found = faults(folder)
    for fault in found:
        print(fault, file=sys.stderr)
    print(f"{len(list(folder.rglob('*.html')))} pages in {folder}, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
