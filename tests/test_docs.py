from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_documents_are_up_to_date() -> None:
    for name, text in load(ROOT / "docs" / "generate.py").documents().items():
        assert (ROOT / "docs" / name).read_text() == text, f"docs/{name} is out of date: run `make docs`"


def test_links_in_documents_lead_somewhere() -> None:
    import re

    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
        for target in re.findall(r"`(docs/[\w./-]+)`", document.read_text()):
            assert (ROOT / target).exists(), f"{document.name} names {target}"
