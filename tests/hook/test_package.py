"""The function's package: the same bytes each time, small, and all that the handler needs."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs._extras import MissingExtra
from hipaa_constructs.hook import package
from tests.hook.requests import of_stack

MOST_BYTES = 10 * 1024 * 1024
# What would make a cold start slow, or is not there.
FOREIGN = ["aws_cdk", "boto3", "click", "constructs", "jsii", "pydantic", "rich", "yaml._yaml"]
ALONE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from hipaa_constructs.hook import handler
handler.template_at = lambda url: sys.stdin.read()
class Time:
    def get_remaining_time_in_millis(self): return 28_000
answer = handler.handle(json.loads(sys.argv[2]), Time())
foreign = [name for name in json.loads(sys.argv[3]) if name in sys.modules]
paths = [module.__file__ for module in sys.modules.values() if "site-packages" in str(getattr(module, "__file__", ""))]
print(json.dumps([answer, foreign, paths]))
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    with zipfile.ZipFile(io.BytesIO(package.archive())) as made:
        made.extractall(folder)
    return folder


def answered(folder: Path, template: str) -> Any:
    command = [sys.executable, "-I", "-S", "-B", "-c", ALONE, str(folder), json.dumps(of_stack()), json.dumps(FOREIGN)]
    done = subprocess.run(command, input=template, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_it_runs_where_nothing_else_is_installed(unpacked: Path) -> None:
    answer, foreign, paths = answered(unpacked, "Resources:\n  Key: {Type: AWS::KMS::Key}\n")
    assert answer["errorCode"] == "NonCompliant"
    assert "HIPAA.Constructs-KeyRotated" in answer["message"]
    assert (foreign, paths) == ([], [])


@pytest.mark.parametrize(
    "deep", ["Resources: " + "[" * 100_000, "Resources:\n" + "".join(f"{' ' * n}a:\n" for n in range(400))]
)
def test_without_compiled_yaml_what_has_no_end_is_refused_soon(unpacked: Path, deep: str) -> None:
    answer, _, _ = answered(unpacked, deep)
    assert answer["errorCode"] == "NonCompliant"
    assert "nested deeper than 250 levels" in answer["message"]


def test_it_is_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first = package.archive()
    assert len(first) < MOST_BYTES
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert package.archive.__wrapped__() == first
    with zipfile.ZipFile(io.BytesIO(first)) as made:
        names = made.namelist()
        assert names == sorted(names)
        assert {entry.date_time for entry in made.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in made.infolist()} == {0o100644}
    # No compiled code, which is of one Python and processor; and PyYAML's licence goes with it.
    assert not [name for name in names if not name.endswith((".py", ".json", "LICENSE"))]
    assert "yaml/LICENSE" in names


def test_another_content_has_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    name = package.file_name()
    monkeypatch.setattr(package, "archive", lambda: b"another")
    assert package.file_name() != name


def test_without_pyyaml_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'hipaa-constructs\[cli\]'"):
        package.contents()


def test_it_is_written_for_a_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["package", str(tmp_path / "made")])
    package.main()
    file = Path(capsys.readouterr().out.strip())
    assert file == tmp_path / "made" / package.file_name()
    assert file.read_bytes() == package.archive()
    monkeypatch.setattr(sys, "argv", ["package"])
    with pytest.raises(SystemExit, match="usage"):
        package.main()
