from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
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
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
        for target in re.findall(r"`(docs/[\w./-]+)`", document.read_text()):
            assert (ROOT / target).exists(), f"{document.name} names {target}"


def test_the_examples_of_the_testing_document_pass(tmp_path: Path) -> None:
    imported, fixtures = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "testing.md").read_text(), re.DOTALL)
    (tmp_path / "test_clinic.py").write_text(imported)
    (tmp_path / "my_app.py").write_text(imported)
    (tmp_path / "test_fixtures.py").write_text(fixtures)
    plugin = "hipaa_constructs.pytest_plugin"
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:hipaa_constructs", "-p", plugin, "--snapshot-update"]
    command = [sys.executable, "-m", "pytest", *options, str(tmp_path)]
    # Without CDK's own schema check, which takes longer than all the rest.
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    env["CDK_VALIDATION"] = "false"
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout
    assert "1 snapshot generated" in done.stdout
