"""What nested stacks deploy that nobody gave: read where it surely is what lies beside the template."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.compliance.engine import findings
from hipaa_constructs.compliance.rules.encryption.store_encrypted import RULE as STORE_ENCRYPTED
from hipaa_constructs.compliance.unread import unread
from tests.cloudformation.load.test_nested import STORE, TEXTS, URL, deployed, outer, stack


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository, which is the working directory."""
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


def put(root: Path, **files: Any) -> None:
    """Write templates, ``a__b`` being b.yaml in a folder a."""
    for name, body in files.items():
        file = root / f"{name.replace('__', '/')}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            body if isinstance(body, str) else json.dumps({"AWSTemplateFormatVersion": "2010-09-09", **body})
        )


def one(url: Any, **parameters: Any) -> dict[str, Any]:
    return outer(stack(url, **(parameters or {"Locked": "false"})), **TEXTS)


def is_not_at_hand(app: App) -> bool:
    (finding,) = unread(app)
    return app.beside == [] and "is not at hand" in finding.message


@pytest.mark.parametrize(
    ("parent", "child", "url"),
    [
        ("main", "store", "store.yaml"),
        ("main", "templates__store", "./templates/store.yaml"),
        ("apps__main", "shared__store", "../shared/store.yaml"),
        ("apps__main", "shared__store", "file://../shared/store.yaml"),
        ("templates__main", "templates__store", "https://b.s3.amazonaws.com/store.yaml"),
        ("templates__main", "templates__store", {"Fn::Sub": URL}),
        ("main", "templates__store", {"Fn::Sub": URL}),
        ("apps__clinic__main", "templates__store", {"Fn::Sub": URL}),
        ("main", "x__templates__store", {"Fn::Sub": "https://${Bucket}/x/templates/store.yaml"}),
        ("main", "store", {"Fn::Join": ["/", ["https://s3.amazonaws.com", {"Ref": "Bucket"}, "store.yaml"]]}),
    ],
)
def test_what_lies_beside_the_template_is_read(repository: Path, parent: str, child: str, url: Any) -> None:
    put(repository, **{parent: one(url), child: STORE})
    name = f"{child.replace('__', '/')}.yaml"
    app = load([f"{parent.replace('__', '/')}.yaml"])
    assert app.beside == [name]
    assert [template.name for template in app.sources][1:] == [name]
    assert unread(app) == []
    # It is judged with the parameters that it is given, and found by the name it has from here.
    (finding,) = findings(app, [STORE_ENCRYPTED])
    assert finding.template == name
    assert (finding.outcome, finding.severity) == ("failed", "error")


@pytest.mark.parametrize(
    "url",
    [
        "https://b.s3.amazonaws.com/shop.yaml",
        "https://b.s3.amazonaws.com/..%2F..%2Foutside.yaml",
        "../../outside.yaml",
        "/etc/hosts",
        {"Fn::Sub": "https://${Bucket}"},
        {"Fn::Sub": "https://b.s3.amazonaws.com/${Bucket}re.yaml"},
        {"Ref": "Bucket"},
        "https://b.s3.amazonaws.com/a%00b.yaml",
        "a\0b",
        "x" * 5000,
        "apps",
        "",
    ],
)
def test_what_does_not_surely_lie_there_is_not_read(repository: Path, url: Any) -> None:
    put(repository, apps__main=one(url), store=STORE)
    put(repository.parent, outside=STORE)
    assert is_not_at_hand(load(["apps/main.yaml"]))


def test_without_a_repository_nothing_outside_of_the_folder_is_read(tmp_path: Path) -> None:
    put(tmp_path, apps__main=one({"Fn::Sub": URL}), templates__store=STORE)
    assert is_not_at_hand(load([tmp_path / "apps" / "main.yaml"]))
    put(tmp_path, apps__templates__store=STORE)
    app = load([tmp_path / "apps" / "main.yaml"])
    assert app.beside == [(tmp_path / "apps" / "templates" / "store.yaml").as_posix()]


@pytest.mark.parametrize("linked", ["file", "folder"])
def test_links_are_not_followed(repository: Path, linked: str) -> None:
    put(repository.parent, outside__store=STORE)
    put(repository, main=one("templates/store.yaml"))
    if linked == "file":
        (repository / "templates").mkdir()
        os.symlink(repository.parent / "outside" / "store.yaml", repository / "templates" / "store.yaml")
    else:
        os.symlink(repository.parent / "outside", repository / "templates")
    assert is_not_at_hand(load(["main.yaml"]))


def test_a_template_that_takes_other_parameters_is_another(repository: Path) -> None:
    put(repository, main=one({"Fn::Sub": URL}, Locked="true", Size="1"), templates__store=STORE)
    assert is_not_at_hand(load(["main.yaml"]))
    put(repository, main=outer(stack({"Fn::Sub": URL}), **TEXTS))
    assert is_not_at_hand(load(["main.yaml"]))
    # What a path names is what is packaged, right or wrong.
    put(repository, main=one("templates/store.yaml", Locked="true", Size="1"))
    assert load(["main.yaml"]).beside == ["templates/store.yaml"]


def test_of_two_that_differ_none_is_taken(repository: Path) -> None:
    put(repository, apps__main=one({"Fn::Sub": URL}), templates__store=STORE, apps__templates__store=STORE)
    assert load(["apps/main.yaml"]).beside == ["apps/templates/store.yaml"]
    put(repository, templates__store={**STORE, "Description": "Another."})
    app = load(["apps/main.yaml"])
    (finding,) = unread(app)
    assert app.beside == []
    assert "since it may be each of apps/templates/store.yaml, templates/store.yaml" in finding.message


@pytest.mark.parametrize("content", ["Resources: [", "a: 1", "", "Resources: {}"])
def test_what_is_no_template_is_passed_over(repository: Path, content: str) -> None:
    put(repository, main=one("store.yaml"), store=content)
    assert is_not_at_hand(load(["main.yaml"]))


def test_what_the_found_template_deploys_is_read_too(repository: Path) -> None:
    put(
        repository,
        main=one("parts/middle.yaml", Locked="false"),
        parts__middle={**STORE, **outer(stack("store.yaml", Locked={"Ref": "Locked"}))},
        parts__store=STORE,
    )
    app = load(["main.yaml"])
    assert app.beside == ["parts/middle.yaml", "parts/store.yaml"]
    (finding,) = findings(app, [STORE_ENCRYPTED])
    assert finding.template == "parts/store.yaml"
    # A given one that a found one deploys is not taken for one by itself.
    both = load(["parts/store.yaml", "main.yaml"])
    assert both.beside == ["parts/middle.yaml"]
    assert [template.use for template in both.templates if template.name == "parts/store.yaml"] == [
        "S0 of S0 of main.yaml"
    ]


def test_what_deploys_its_parent_comes_to_an_end(repository: Path) -> None:
    put(repository, main=outer(stack("other.yaml")), other=outer(stack("main.yaml")))
    app = load(["main.yaml"])
    assert app.beside == ["other.yaml"]
    assert deployed(app) == {"S0": ""} or len(app.templates) == 2


def test_whoever_gives_a_folder_says_what_is_read(repository: Path) -> None:
    put(repository, apps__main=one("../store.yaml"), store=STORE)
    assert is_not_at_hand(load(["apps"]))
    assert is_not_at_hand(load(["apps/*.yaml"]))


def test_what_may_not_be_read_is_not_at_hand(repository: Path) -> None:
    put(repository, main=one("store.yaml"), store=STORE)
    asked: list[str] = []

    def admit(path: Path) -> None:
        asked.append(path.as_posix())
        if path.name == "store.yaml":
            raise UnusableInput(path.as_posix(), "it is secret")

    assert is_not_at_hand(load(["main.yaml"], admit=admit))
    assert asked == ["main.yaml", "store.yaml"]


def test_a_file_far_larger_than_a_template_is_not_read(repository: Path) -> None:
    put(repository, main=one("store.yaml"), store=json.dumps({**STORE, "Description": "x" * 5 * 1024 * 1024}))
    assert is_not_at_hand(load(["main.yaml"]))
