"""Writes where a new rule or construct begins: ``make new-rule`` and ``make new-construct``.

What it writes is complete in form. What is left to write fails, in a sentence each, so that nothing of it can be
forgotten; CONTRIBUTING.md walks through it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
_NAME = re.compile(r"([A-Z][a-z0-9]+)+")
_TYPE = re.compile(r"\w+(::\w+)+")
# Rooms of the package that hold no constructs.
_NOT_OF_CONSTRUCTS = frozenset(
    {"_commands", "cloudformation", "compliance", "cost", "evidence", "iam", "landing_zone", "preflight"}
)

_RULE = '''\
"""Say in a sentence what is so where the rule is met.

Compliant: what is. Non-compliant: what is not, and what AWS does by default. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_true
from hipaa_constructs.compliance.rule import Rule, Verdict, judge


def check(resource: Resource) -> Verdict:
    return judge(is_true(resource.get("Property")), "Property is not true.")


RULE = Rule(
    name="{name}",
    severity="error",
    resource_types=("{kind}",),
    controls=("…",),
    fix="Set Property to true.",
    check=check,
)
'''
_RULE_TEST = """\
from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.rules.support import GIVEN, judged, one


def test_is_written() -> None:
    pytest.fail("Write what {name} asks and its docstring, then a case for each outcome, and delete this test.")


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({{"Property": True}}, "passed"),
        ({{"Property": "true"}}, "passed"),
        ({{"Property": False}}, "failed"),
        ({{}}, "failed"),
        ({{"Property": GIVEN}}, "unknown"),
    ],
)
def test_outcome(properties: dict[str, Any], expected: str) -> None:
    assert judged("{file}", one("{kind}", **properties)) == expected
"""
_EXAMPLE = """\
    "{name}": [
        Example("{kind}", {{"Property": True}}, {{"Property": False}}),
    ],
"""
_CONSTRUCT = '''\
from __future__ import annotations

from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey


class {name}(Construct):
    """Say in a sentence what it is.

    Say what it does that nobody can turn off, and which controls that meets: ids and names, as other constructs do.

    :param encryption_key: the key of what it keeps. Default: a ``KmsRotatedKey`` of its own.
    """

    @checked_arguments
    def __init__(self, scope: Construct, construct_id: str, *, encryption_key: kms.IKey | None = None) -> None:
        super().__init__(scope, construct_id)
        self._encryption_key = encryption_key or KmsRotatedKey(self, "Key").key

    @property
    def encryption_key(self) -> kms.IKey:
        """The key of what it keeps."""
        return self._encryption_key
'''
_CONSTRUCT_TEST = """\
from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from syrupy.assertion import SnapshotAssertion

from hipaa_constructs.{room}.{file} import {name}
from hipaa_constructs.testing import assert_no_findings, template_of


def test_is_written() -> None:
    pytest.fail("Write what {name} makes, a test for each control, option and error, and delete this test.")


def test_snapshot(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    {name}(stack, "Subject")
    assert template_of(stack) == snapshot


def test_no_findings(app: cdk.App, stack: cdk.Stack) -> None:
    {name}(stack, "Subject")
    assert_no_findings(app, all_packs=True)


def test_a_key_of_ones_own_is_taken(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    assert {name}(stack, "Subject", encryption_key=key).encryption_key is key
"""


class RefusedError(Exception):
    """What was asked for cannot be written: what it got, and what it takes."""


def file_name(name: str) -> str:
    """Return the name of the module of a rule or construct."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def new_rule(root: Path, name: str, subject: str, kind: str) -> list[Path]:
    """Write a rule, its test, its example and its id; returns the files.

    :raises RefusedError: see there.
    """
    _require_name(name)
    subjects = _folders(root / "hipaa_constructs" / "compliance" / "rules")
    if subject not in subjects:
        raise RefusedError(
            f"SUBJECT: got {subject!r}. Take one of {', '.join(subjects)}; docs/architecture.md says which."
        )
    if not _TYPE.fullmatch(kind):
        raise RefusedError(f"TYPE: got {kind!r}. Name a CloudFormation type, such as AWS::KMS::Key.")
    tests = root / "tests" / "compliance"
    ids, examples = tests / "rule_ids.txt", tests / "rules" / "examples" / f"{subject}.py"
    known = ids.read_text("utf-8").split()
    rule_id = f"HIPAA.Constructs-{name}"
    if rule_id in known:
        raise RefusedError(f"NAME: got {name!r}. A rule has that name: choose one that says more.")
    values = {"name": name, "file": file_name(name), "kind": kind}
    files = _write(
        {
            root / "hipaa_constructs" / "compliance" / "rules" / subject / f"{file_name(name)}.py": _RULE,
            tests / "rules" / subject / f"test_{file_name(name)}.py": _RULE_TEST,
        },
        values,
    )
    ids.write_text("\n".join(sorted([*known, rule_id])) + "\n", "utf-8")
    examples.write_text(examples.read_text("utf-8").removesuffix("}\n") + _EXAMPLE.format(**values) + "}\n", "utf-8")
    return [*files, ids, examples]


def new_construct(root: Path, name: str, room: str) -> list[Path]:
    """Write a construct and its test; returns the files.

    :raises RefusedError: see there.
    """
    _require_name(name)
    rooms = [one for one in _folders(root / "hipaa_constructs") if one not in _NOT_OF_CONSTRUCTS]
    if room not in rooms:
        raise RefusedError(f"ROOM: got {room!r}. Take one of {', '.join(rooms)}; docs/architecture.md says which.")
    return _write(
        {
            root / "hipaa_constructs" / room / f"{file_name(name)}.py": _CONSTRUCT,
            root / "tests" / room / f"test_{file_name(name)}.py": _CONSTRUCT_TEST,
        },
        {"name": name, "file": file_name(name), "room": room},
    )


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise RefusedError(f"NAME: got {name!r}. Write it in CamelCase, such as KeyRotated.")


def _folders(folder: Path) -> list[str]:
    return sorted(one.parent.name for one in folder.glob("*/__init__.py"))


def _write(texts: Mapping[Path, str], values: Mapping[str, str]) -> list[Path]:
    for file in texts:
        if file.exists():
            raise RefusedError(f"NAME: got {values['name']!r}. {file.name} is there already.")
    for file, text in texts.items():
        file.write_text(text.format(**values), "utf-8")
    return list(texts)


def main(arguments: list[str] | None = None, root: Path = ROOT) -> None:
    """Write what was asked for, and say what comes next."""
    parser = argparse.ArgumentParser(prog="tools/skeleton.py", description=__doc__)
    kinds = parser.add_subparsers(required=True, metavar="rule | construct")
    rule = kinds.add_parser("rule")
    for argument in ("NAME", "SUBJECT", "TYPE"):
        rule.add_argument(argument)
    rule.set_defaults(write=lambda given: new_rule(root, given.NAME, given.SUBJECT, given.TYPE))
    construct = kinds.add_parser("construct")
    for argument in ("NAME", "ROOM"):
        construct.add_argument(argument)
    construct.set_defaults(write=lambda given: new_construct(root, given.NAME, given.ROOM))
    given = parser.parse_args(arguments)
    try:
        files = given.write(given)
    except RefusedError as refused:
        sys.exit(str(refused))
    for file in files:
        print(f"wrote {file.relative_to(root)}")
    print('Next: CONTRIBUTING.md, "A new rule" and "A new construct".')


if __name__ == "__main__":
    main()
