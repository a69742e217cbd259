"""What ``make new-rule`` and ``make new-construct`` write: complete in form, with a sentence for what is left."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hipaa_constructs.compliance.rules import complete
from tools.skeleton import RefusedError, main, new_construct, new_rule

ROOT = Path(__file__).parent.parent
RULE = "hipaa_constructs/compliance/rules/encryption/files_kept.py"
RULE_TEST = "tests/compliance/rules/encryption/test_files_kept.py"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of what a rule and a construct are written into, and tested with."""
    for folder in ("hipaa_constructs", "benchmarks", "tests/compliance", "tests/storage"):
        # With their times, so that what Python compiled is taken as it is.
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__snapshots__"))
    for file in ("pyproject.toml", "tests/__init__.py", "tests/conftest.py", "tests/scheduling.py"):
        shutil.copy2(ROOT / file, tmp_path / file)
    return tmp_path


def run(root: Path, *tests: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=line", *tests],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stdout + done.stderr


def failed(output: str) -> set[str]:
    return {name.rpartition("::")[2] for name in re.findall(r"^FAILED (\S+)", output, re.MULTILINE)}


def test_what_is_left_to_write_fails_in_a_sentence_each(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["rule", "FilesKept", "encryption", "AWS::EFS::FileSystem"], root)
    main(["construct", "SharedFolder", "storage"], root)
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("wrote")] == [
        f"wrote {RULE}",
        f"wrote {RULE_TEST}",
        "wrote tests/compliance/rule_ids.txt",
        "wrote tests/compliance/rules/examples/encryption.py",
        "wrote hipaa_constructs/storage/shared_folder.py",
        "wrote tests/storage/test_shared_folder.py",
    ]
    rule = root / RULE
    with pytest.raises(ValueError, match=re.escape("rule FilesKept, controls: got ['…']. Name each entry once, by an")):
        exec(compile(rule.read_text("utf-8"), rule, "exec"), {})
    rule.write_text(rule.read_text("utf-8").replace("…", "164.312(a)(2)(iv)"), "utf-8")
    rules = "tests/compliance/rules"
    output = run(
        root, RULE_TEST, f"{rules}/test_form.py", f"{rules}/test_examples.py", "tests/storage/test_shared_folder.py"
    )
    assert failed(output) == {
        "test_is_written",
        "test_snapshot",
        "test_rules_ask_for_properties_that_there_are",
        "test_examples_are_what_cloudformation_takes",
    }
    for said in (
        "Write what FilesKept asks and its docstring, then a case for each outcome, and delete this test.",
        "Write what SharedFolder makes, a test for each control, option and error, and delete this test.",
        "FilesKept: Property of AWS::EFS::FileSystem",
        "FilesKept, AWS::EFS::FileSystem, Subject: Properties: Additional properties are not allowed ('Property' was",
        "Snapshot 'test_snapshot' does not exist!",
    ):
        assert said in output


def test_a_rule_stands_in_the_list_of_ids_and_has_a_title(root: Path) -> None:
    written = new_rule(root, "FilesKept", "encryption", "AWS::EFS::FileSystem")
    ids = (root / "tests/compliance/rule_ids.txt").read_text("utf-8").splitlines()
    assert ids == sorted(ids)
    assert "HIPAA.Constructs-FilesKept" in ids
    text = written[0].read_text("utf-8")
    made: dict[str, object] = {}
    exec(compile(text.replace("…", "164.312(b)"), "files_kept.py", "exec"), made)
    assert complete("encryption.files_kept", str(made["__doc__"]), made["RULE"]).title.startswith("Say in a sentence")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("files_kept", "encryption", "AWS::EFS::FileSystem"), "NAME: got 'files_kept'. Write it in CamelCase"),
        (("", "encryption", "AWS::EFS::FileSystem"), "NAME: got ''."),
        (("KeyRotated", "encryption", "AWS::EFS::FileSystem"), "NAME: got 'KeyRotated'. A rule has that name"),
        (
            ("FilesKept", "keys", "AWS::EFS::FileSystem"),
            "SUBJECT: got 'keys'. Take one of access, detection, encryption",
        ),
        (("FilesKept", "", "AWS::EFS::FileSystem"), "SUBJECT: got ''."),
        (("FilesKept", "encryption", "Key"), "TYPE: got 'Key'. Name a CloudFormation type, such as AWS::KMS::Key."),
    ],
)
def test_a_rule_that_cannot_be_written_is_refused(arguments: tuple[str, str, str], said: str) -> None:
    # Nothing is written, so that the project itself can be asked.
    with pytest.raises(RefusedError, match=re.escape(said)):
        new_rule(ROOT, *arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sharedFolder", "storage"), "NAME: got 'sharedFolder'."),
        (("EncryptedBucket", "storage"), "NAME: got 'EncryptedBucket'. encrypted_bucket.py is there already."),
        (("SharedFolder", "compliance"), "ROOM: got 'compliance'. Take one of audit, clinical, compute, database"),
    ],
)
def test_a_construct_that_cannot_be_written_is_refused(arguments: tuple[str, str], said: str) -> None:
    with pytest.raises(RefusedError, match=re.escape(said)):
        new_construct(ROOT, *arguments)


def test_a_refusal_is_one_sentence_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="NAME: got 'x'"):
        main(["construct", "x", "storage"])
    assert capsys.readouterr().out == ""
