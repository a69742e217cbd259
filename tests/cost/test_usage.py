"""The usage: presets, growth, the file and what is said of a wrong one."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal
from pathlib import Path

import pytest

from hipaa_constructs import cost
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cost.amounts import AMOUNTS, SCALES, SECTIONS, preset
from hipaa_constructs.cost.usage import Usage, usage_text
from hipaa_constructs.cost.usage_file import read_usage
from tests.cost.stand_in import usage_of


def file_of(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "hipaa-usage.yaml"
    file.write_text(text, "utf-8")
    return file


def test_a_larger_scale_uses_no_less() -> None:
    scales = [preset(scale) for scale in SCALES]
    for smaller, larger in itertools.pairwise(scales):
        assert all(smaller[key] <= larger[key] for key in AMOUNTS)


def test_every_amount_is_asked_for_somewhere() -> None:
    package = Path(cost.__file__).parent
    read = "\n".join(file.read_text() for file in package.rglob("*.py") if file.name != "amounts.py")
    asked = set(re.findall(r'"([a-z]+\.[a-z_]+)"', read))
    assert {key for key in AMOUNTS if not key.startswith("growth.")} <= asked
    assert {key.partition(".")[0] for key in AMOUNTS} == set(SECTIONS)


def test_amounts_grow_by_their_kind() -> None:
    usage = usage_of(
        growth__data_percent=20, growth__activity_percent=10, storage__gb=100, edge__requests=100, storage__object_mb=3
    )
    assert [usage.of_year("storage.gb", year) for year in (1, 2, 3)] == [100, 120, 144]
    assert [usage.of_year("edge.requests", year) for year in (1, 2, 3)] == [100, 110, 121]
    assert usage.of_year("storage.object_mb", 7) == 3


@pytest.mark.parametrize("scale", SCALES)
def test_the_file_that_is_written_is_the_scale(tmp_path: Path, scale: str) -> None:
    text = usage_text(scale)
    assert read_usage(file_of(tmp_path, text)) == Usage(
        scale, preset(scale), frozenset(), str(tmp_path / "hipaa-usage.yaml")
    )
    # Every key with its # removed says the same, and is a key.
    whole = re.sub(r"^# ((?: {2})?[a-z_]+:)", r"\1", text, flags=re.MULTILINE)
    read = read_usage(file_of(tmp_path, whole))
    assert read.amounts == preset(scale)
    assert read.given == set(AMOUNTS)


def test_what_a_file_gives_stays_at_another_scale(tmp_path: Path) -> None:
    file = file_of(tmp_path, "scale: 10k\nstorage:\n  gb: 123.5\n")
    assert read_usage(file).amounts == {**preset("10k"), "storage.gb": Decimal("123.5")}
    assert read_usage(file, "1m").amounts == {**preset("1m"), "storage.gb": Decimal("123.5")}
    assert read_usage(file_of(tmp_path, "")).amounts == preset("startup")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("storage: {gib: 5}", "storage.gib: there is no such key.*did you mean storage.gb"),
        ("storag: {gb: 5}", "storag: there is no such key.*did you mean storage"),
        ("scale: large", "scale: got 'large'; allowed are startup, 10k, 100k, 1m"),
        (
            "storage: {gb: -1}",
            "storage.gb: got -1; it takes a number from 0 to 1,000,000,000,000,000, GB: current objects",
        ),
        ("storage: {gb: many}", "storage.gb: got 'many'"),
        ("storage: {gb: .nan}", "storage.gb: got nan"),
        ("storage: {gb: .inf}", "storage.gb: got inf"),
        ("storage: {gb: true}", "storage.gb: got True"),
        ("storage: {gb: 1.0e+30}", "storage.gb: got"),
        ("storage: {gb: 5}\nstorage: {object_mb: 5}", "the key storage stands twice"),
        ("storage: {gb: 5, gb: 6}", "the key gb stands twice"),
        ("storage: {[1]: 5}", "is not YAML"),
        ("storage: 5", "storage: got int; it takes keys with values"),
        ("- 5", "the file: got list"),
        ("storage: {gb: 5", "is not YAML"),
        ("5: {gb: 5}", "5: there is no such key"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_right(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UnusableInput, match=says):
        read_usage(file_of(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="cannot be read"):
        read_usage(tmp_path / "none.yaml")
