"""The form of a rule: checked when it is made, and when its module is loaded."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs.compliance import rules
from hipaa_constructs.compliance.assess import every_rule
from hipaa_constructs.compliance.engine import all_rules
from hipaa_constructs.compliance.rule import PASSED, MetaRule, Rule

FIELDS: dict[str, Any] = {
    "name": "KeyRotated",
    "severity": "error",
    "resource_types": ("AWS::KMS::Key",),
    "controls": ("164.312(a)(2)(iv)",),
    "fix": "Rotate it.",
    "check": lambda resource: PASSED,
}
MODULE = '''"""Keys rotate.

Compliant: a key that rotates.
"""

from hipaa_constructs.compliance.rule import PASSED, Rule

RULE = Rule(
    name="KeyRotated",
    severity="error",
    resource_types=("AWS::KMS::Key",),
    controls=("164.312(a)(2)(iv)",),
    fix="Rotate it.",
    check=lambda resource: PASSED,
)
'''

KEY = "encryption/key_rotated.py"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "key_rotated", "rule key_rotated, name: got 'key_rotated'. State the compliant condition"),
        ("severity", "fatal", "severity: got 'fatal'. Take one of error, warning."),
        ("resource_types", (), "resource_types: got (). Name each CloudFormation type once"),
        ("resource_types", ("KMS Key",), "resource_types: got ['KMS Key']."),
        ("resource_types", ("AWS::KMS::Key", "AWS::KMS::Key"), "Name each CloudFormation type once"),
        ("controls", (), "controls: got (). Name each entry once"),
        ("controls", ("164.312(z)",), "controls: got ['164.312(z)']."),
        ("controls", ("164.312(b)", "164.312(b)"), "Name each entry once"),
        ("fix", " ", "fix: got ' '. Say in a sentence what to do."),
        ("needs", "stack", "needs: got 'stack'. Take one of resource, template, app."),
        ("check", None, "check: got None. Give a function of one resource"),
    ],
)
def test_a_rule_that_breaks_the_form_is_refused(field: str, value: object, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        Rule(**{**FIELDS, field: value})
    if field in ("name", "severity", "controls", "fix"):
        named = {key: FIELDS[key] for key in ("name", "severity", "controls", "fix")}
        with pytest.raises(ValueError, match=re.escape(said)):
            MetaRule(title="Keys rotate", explanation="", **{**named, field: value})


def load(folder: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> list[Rule]:
    """Load rules from a folder that holds these files alone."""
    for name, text in files.items():
        file = folder / "house" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for subject in {(folder / "house" / name).parent for name in files}:
        (subject / "__init__.py").touch()
    shutil.copy(str(rules.__file__), folder / "house" / "__init__.py")
    monkeypatch.syspath_prepend(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "house"]:
        monkeypatch.delitem(sys.modules, name)
    import house  # type: ignore[import-not-found]

    return list(house.load())


def test_a_rule_is_loaded_with_its_title(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (rule,) = load(tmp_path, monkeypatch, {KEY: MODULE})
    assert (rule.id, rule.title) == ("HIPAA.Constructs-KeyRotated", "Keys rotate")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"encryption/key.py": MODULE}, "got 'house.encryption.key'. Name the file key_rotated.py."),
        ({KEY: MODULE.replace('"""Keys', 'X = """Keys')}, "docstring: got ''. Its first line is the rule's title"),
        ({KEY: MODULE.replace("Keys rotate.", "Keys rotate")}, "docstring: got 'Keys rotate'."),
        ({KEY: MODULE.replace("RULE =", "RULES =")}, "RULE: got None. Give the module one RULE"),
        ({KEY: MODULE, "access/key_rotated.py": MODULE}, "Another rule has this name"),
        ({"key_rotated.py": MODULE}, "got 'house.key_rotated'. Put it into the folder of its subject."),
    ],
)
def test_a_module_that_breaks_the_form_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], said: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        load(tmp_path, monkeypatch, files)


def test_every_rule_has_a_name_of_its_own_and_a_title() -> None:
    names = [rule.name for rule in every_rule()]
    assert len(set(names)) == len(names)
    assert all(rule.title for rule in every_rule())


def test_tests_stand_where_rules_stand() -> None:
    package, here = Path(str(rules.__file__)).parent, Path(__file__).parent
    tested = {(file.parent.name, file.stem) for file in package.glob("*/*.py") if file.stem != "__init__"}
    assert {(file.parent.name, file.stem.removeprefix("test_")) for file in here.glob("*/test_*.py")} == tested
    assert {name for _, name in tested} == {rules.file_name(rule.name) for rule in all_rules()}
