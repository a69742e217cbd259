"""What the tools read, and what they refuse to."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.mcp import root as rooms
from hipaa_constructs.mcp.root import TEMPLATES, Root
from tests.mcp.client import Asked

KEY = "Resources: {Key: {Type: AWS::KMS::Key}}\n"
SECRET = "Resources: {Secret: {Type: AWS::KMS::Key, Properties: {Description: of-somebody-else}}}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "t.yaml").write_text(KEY)
    (tmp_path / "secret.yaml").write_text(SECRET)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("/etc/passwd", "it is no relative path; give it relative to the root"),
        ("//server/share/t.yaml", "it is no relative path"),
        ("C:\\t.yaml", "it is no relative path"),
        ("~/t.yaml", "it is no relative path"),
        ("../secret.yaml", "it holds '..'"),
        ("..\\secret.yaml", "it holds '..'"),
        ("sub/../../secret.yaml", "it holds '..'"),
        ("t.yaml\0.json", "a path holds no zero byte"),
        ("absent.yaml", "there is nothing of this name below the root"),
        ("cdk.out", "`cdk synth` writes it"),
        ("t.yaml/inner.yaml", "there is nothing of this name"),
        ("\ud800.yaml", "cannot be read: "),
        ("x" * 5000 + ".yaml", "cannot be read: File name too long"),
        ("t*.yaml", "there is nothing of this name"),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused_with_what_to_give(here: Path, given: str, said: str) -> None:
    with pytest.raises(UnusableInput, match=re.escape(said)) as refusal:
        Root(here).named(given, TEMPLATES)
    assert len(str(refusal.value)) < 300
    assert str(here.parent) not in str(refusal.value)


def test_links_that_lead_out_are_refused_and_others_followed(here: Path) -> None:
    (here / "out.yaml").symlink_to(here.parent / "secret.yaml")
    (here / "folder").symlink_to(here.parent)
    (here / "loop.yaml").symlink_to("loop.yaml")
    (here / "same.yaml").symlink_to("t.yaml")
    # The same whether or not there is something: nobody learns what exists elsewhere.
    for given in ("out.yaml", "folder", "folder/secret.yaml", "folder/absent.yaml"):
        with pytest.raises(UnusableInput, match="a link that leads out of the root"):
            Root(here).named(given, TEMPLATES)
    with pytest.raises(UnusableInput):
        Root(here).named("loop.yaml", TEMPLATES)
    assert Root(here).named("same.yaml", TEMPLATES) == Path("same.yaml")


def test_a_root_that_is_a_link_itself_is_what_it_leads_to(here: Path) -> None:
    link = here.parent / "link"
    link.symlink_to(here)
    assert Root(link).named("t.yaml", TEMPLATES) == Path("t.yaml")


def test_what_is_no_regular_file_is_refused(here: Path) -> None:
    os.mkfifo(here / "pipe.yaml")
    with pytest.raises(UnusableInput, match="no regular file"):
        Root(here).named("pipe.yaml", TEMPLATES)


def test_files_that_are_not_called_as_templates_are_refused(here: Path) -> None:
    (here / ".env").write_text("PASSWORD=of-somebody-else")
    with pytest.raises(UnusableInput, match=r"end in \.json or \.yaml or \.yml or \.template") as refusal:
        Root(here).named(".env", TEMPLATES)
    assert "of-somebody-else" not in str(refusal.value)
    with pytest.raises(UnusableInput, match=r"end in \.json"):
        Root(here).named(".env", (".json",))


def test_huge_files_are_refused_one_by_one_and_together(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (here / "huge.json").open("wb") as file:
        file.truncate(rooms.MOST_BYTES + 1)
    with pytest.raises(UnusableInput, match="5,242,881 bytes, and at most 5,242,880 are read"):
        Root(here).named("huge.json", TEMPLATES)
    monkeypatch.setattr(rooms, "MOST_BYTES_IN_ALL", 2 * len(KEY))
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        (here / name).write_text(KEY)
    whole = Root(here)
    for name in ("a.yaml", "b.yaml", "a.yaml"):
        whole.named(name, TEMPLATES)
    with pytest.raises(UnusableInput, match=r"c\.yaml: with it the call comes to more than"):
        whole.named("c.yaml", TEMPLATES)


def test_a_link_anywhere_in_a_cdk_out_is_looked_at(here: Path) -> None:
    out = here / "cdk.out"
    (out / "assembly-Prod").mkdir(parents=True)
    (out / "asset.f00").mkdir()
    (out / "manifest.json").write_text('{"artifacts": {}}')
    # Code that nobody reads may link to an interpreter.
    (out / "asset.f00" / "python").symlink_to("/usr/bin/python3")
    Root(here).named("cdk.out", TEMPLATES)
    (out / "assembly-Prod" / "tree.json").symlink_to(here.parent / "secret.yaml")
    with pytest.raises(UnusableInput, match=r"cdk.out/assembly-Prod/tree\.json: it is a link that leads out"):
        Root(here).named("cdk.out", TEMPLATES)


def test_a_manifest_that_is_a_link_is_not_read(here: Path) -> None:
    (here / "cdk.out").mkdir()
    (here / "cdk.out" / "manifest.json").symlink_to(here.parent / "secret.yaml")
    with pytest.raises(UnusableInput, match=r"cdk.out/manifest\.json: it is a link that leads out"):
        Root(here).named("cdk.out", TEMPLATES)


def test_the_tool_checks_what_is_within_a_folder_and_says_what_it_did_not_read(ask: Asked, root: Path) -> None:
    folder = root / "mixed"
    folder.mkdir()
    (folder / "t.yaml").write_text(KEY)
    (root.parent / "secret.yaml").write_text(SECRET)
    (folder / "out.yaml").symlink_to(root.parent / "secret.yaml")
    os.mkfifo(folder / "pipe.json")
    with (folder / "huge.json").open("wb") as file:
        file.truncate(rooms.MOST_BYTES + 1)
    told = ask.told("check_templates", paths=["mixed"])
    assert told["templates"] == 1
    problems = sorted(one["problem"] for one in told["not_read"])
    assert [problem.partition(":")[0] for problem in problems] == [
        "mixed/huge.json",
        "mixed/out.yaml",
        "mixed/pipe.json",
    ]
    assert "Secret" not in str(told)


@pytest.mark.parametrize("given", ["../secret.yaml", "/etc/passwd", "t.yaml\0", "mixed/out.yaml"])
def test_no_tool_leaves_the_root(ask: Asked, root: Path, given: str) -> None:
    for tool, arguments in (
        ("check_templates", {"paths": [given]}),
        ("preview_fixes", {"paths": [given]}),
        ("summarize_evidence", {"cdk_out": given}),
        ("summarize_evidence", {"cdk_out": ".", "preflight": [given]}),
    ):
        said = ask.refused(tool, **arguments)
        assert "Traceback" not in said
        assert str(root) not in said


@pytest.mark.parametrize("name", ["hipaa-acknowledgements.toml", "hipaa-attestations.toml"])
def test_files_that_are_read_by_their_usual_name_stay_within_the_root_too(
    here: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from hipaa_constructs.mcp.work import present

    assert present(Root(here), name) is None
    os.mkfifo(here / name)
    with pytest.raises(UnusableInput, match="no regular file"):
        present(Root(here), name)
    (here / name).unlink()
    (here / name).symlink_to(here.parent / "secret.yaml")
    with pytest.raises(UnusableInput, match="leads out of the root"):
        present(Root(here), name)
