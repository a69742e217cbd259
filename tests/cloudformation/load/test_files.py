"""A file is written as a whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hipaa_constructs.cloudformation.load.files import replace_bytes
from hipaa_constructs.cloudformation.load.unusable import UnusableInput


def test_a_new_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    plain, file = tmp_path / "plain", tmp_path / "new"
    plain.write_bytes(b"x")
    replace_bytes(file, b"x")
    assert file.read_bytes() == b"x"
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_what_a_full_disk_cuts_off_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "template.yaml"
    file.write_bytes(b"before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnusableInput, match="No space left on device"):
        replace_bytes(file, b"after")
    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="cannot be written: No such file or directory"):
        replace_bytes(tmp_path / "none" / "file", b"")


def test_through_a_link_its_target_is_written(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"before")
    link.symlink_to(target)
    replace_bytes(link, b"after")
    assert link.is_symlink()
    assert target.read_bytes() == b"after"
