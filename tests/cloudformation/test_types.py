"""mypy sees what would make an unknown value pass: each line below that misuses one, and no other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api")

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "hipaa_constructs"
MISUSE = """
from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN, Ternary, Unknown, all_of, any_of, as_items, as_text, dig, is_mapping, is_one_of, is_true, negate, spread,
)
from hipaa_constructs.compliance.rule import Verdict, judge


def misused(resource: Resource) -> None:
    value = resource.get("KeySpec", "SYMMETRIC_DEFAULT")
    if value: ...  # truthy-bool
    if not resource.get("Encrypted"): ...  # truthy-bool
    if value != "SYMMETRIC_DEFAULT": ...  # comparison-overlap
    if value == "SYMMETRIC_DEFAULT": ...  # comparison-overlap
    if value in ("RSA_2048", "RSA_4096"): ...  # comparison-overlap
    if value not in {"RSA_2048"}: ...  # comparison-overlap
    if value is True: ...  # comparison-overlap
    if resource.deletion_policy == "Retain": ...  # comparison-overlap
    if dig(value, "Status") == "Enabled": ...  # comparison-overlap
    if [item for item in spread(value, "Rules[]") if item == "x"]: ...  # comparison-overlap
    if "x" in as_items(value): ...  # comparison-overlap
    if is_mapping(value) and value.get("Enabled"): ...  # truthy-bool
    if value > 3: ...  # operator
    value.lower()  # attr-defined
    answer = is_true(value)
    if answer: ...  # truthy-bool
    if not is_one_of(value, "x"): ...  # truthy-bool
    if answer is True: ...  # comparison-overlap
    if answer is UNKNOWN: ...  # comparison-overlap
    if answer == "yes": ...  # comparison-overlap
    any_of([value])  # list-item
    negate(value)  # arg-type
    text = as_text(value)
    if text is not None and text.lower() == "x": ...  # union-attr


def checked(resource: Resource) -> Verdict:
    return judge(resource.get("Encrypted"), "It is not encrypted.")  # arg-type


def rightly_used(resource: Resource) -> Verdict:
    value = resource.get("KeySpec")
    if value is None or value is UNKNOWN:
        return judge(False, "No.")
    if isinstance(value, str) and value == "x" and value in ("x", "y"):
        return judge(True, "No.")
    if is_mapping(value) and value:
        return judge(is_true(value.get("Enabled")), "No.")
    text = as_text(value)
    if isinstance(text, Unknown) or text == "x":
        return judge(Ternary.UNKNOWN, "No.")
    if is_true(value) is Ternary.YES:
        return judge(all_of((is_true(value), negate(is_one_of(value, "x")))), "No.")
    return judge(any_of(is_true(item) for item in as_items(value)), "No.")
"""


def test_mypy_reports_each_misuse(tmp_path: Path) -> None:
    file = tmp_path / "misuse.py"
    file.write_text(MISUSE)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]
    # Without the package's constructs, for which mypy would have to read all of aws_cdk.
    known = [
        *PACKAGE.glob("cloudformation/*.py"),
        *PACKAGE.glob("cloudformation/model/*.py"),
        *PACKAGE.glob("cloudformation/intrinsics/*.py"),
        *(PACKAGE / "compliance" / name for name in ("rule.py", "controls.py")),
    ]
    said, errors, _ = api.run(
        [
            *("--config-file", "", "--cache-dir", str(tmp_path / "cache"), "--no-pretty", "--follow-imports", "skip"),
            *(f"--{name}" for name in ("strict",) if settings[name]),
            *(f"--enable-error-code={code}" for code in settings["enable_error_code"]),
            *map(str, (*known, file)),
        ]
    )
    assert not errors
    reported = {int(line): code for line, code in re.findall(r"misuse\.py:(\d+): error: .*\[([\w-]+)\]", said)}
    expected = {
        number: found.group(1)
        for number, line in enumerate(MISUSE.splitlines(), 1)
        if (found := re.search(r"# ([\w-]+)$", line))
    }
    assert reported == expected
