"""Many fixes are proven together; what comes of it is what comes of one after the other."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs.mending import draft
from tests.mending.test_mend import TEMPLATES, fixed, mended, resources, template, why

# The package's name of it is the function.
MODULE: Any = sys.modules["hipaa_constructs.mending.mend"]


def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each attempt judged by itself."""
    work: Any = MODULE._Work
    together = work._settled

    def alone(self: Any, state: Any, attempts: Sequence[Any]) -> Any:
        for attempt in attempts:
            state = together(self, state, [attempt])
        return state

    monkeypatch.setattr(work, "_settled", alone)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_together_is_as_one_by_one(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = file.read_text("utf-8")
    together = mended(text, tmp_path, file.name)
    one_by_one(monkeypatch)
    alone = mended(text, tmp_path, file.name)
    assert fixed(together) == fixed(alone)
    assert resources(together) == resources(alone)


# Hidden, the address is a secret, which a function should not have in its environment.
HIDDEN = {
    "Parameters": {"Address": {"Type": "String"}},
    "Resources": {
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": {"Ref": "Address"}}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Environment": {"Variables": {"ADDRESS": {"Ref": "Address"}}}, "Handler": "it.run"},
        },
        **{f"Bucket{number}": {"Type": "AWS::S3::Bucket"} for number in range(3)},
    },
}


def test_what_brings_something_new_takes_nothing_else_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[int] = []
    work: Any = MODULE._Work
    judge = work._judged

    def counted(self: Any, state: Any, bodies: Any, done: Sequence[Any]) -> Any:
        judged.append(len(done))
        return judge(self, state, bodies, done)

    monkeypatch.setattr(work, "_judged", counted)
    together = mended(json.dumps(HIDDEN), tmp_path, "template.json")
    assert "NoSecretsInEnvironment" in why(together, "NoLiteralSecrets")
    # All, those that are not suspected, and the one that is; in the next round that once more.
    assert len(judged) <= 4
    one_by_one(monkeypatch)
    alone = mended(json.dumps(HIDDEN), tmp_path, "template.json")
    assert fixed(together) == fixed(alone)
    assert {left.why for left in together.left} == {left.why for left in alone.left}


def test_a_draft_shares_what_it_does_not_touch() -> None:
    body = {"Resources": {"One": {"Type": "A", "Properties": {"B": [1]}}, "Other": {"Type": "A", "Properties": {}}}}
    before = json.dumps(body)
    made = draft.Draft(body)
    made.properties("One")["B"].append(2)
    for _, raw in made.of_type("A"):
        raw["Properties"]["C"] = 3
    made.resources["Other"]["D"] = 4
    assert json.dumps(body) == before
    assert made.done()["Resources"]["One"]["Properties"] == {"B": [1, 2], "C": 3}

    again = draft.Draft(made.done())
    assert list(again.ids("A")) == [("One", "A"), ("Other", "A")]
    assert again.done()["Resources"]["One"] is made.done()["Resources"]["One"]
    assert set(again.touched) == set()
    again.add("New", {"Type": "A"})
    assert set(again.touched) == {"New"}


def test_a_template_without_room_is_filled_and_the_rest_left(tmp_path: Path) -> None:
    others = {f"Bucket{number}": {"Type": "AWS::S3::Bucket"} for number in range(9)}
    full = {f"Parameter{number}": {"Type": "AWS::SSM::Parameter", "Properties": {}} for number in range(485)}
    found = mended(template("AWS::S3::Bucket", {}, **others, **full), tmp_path, rules=["BucketTlsRequired"])
    assert len(found.added) + 495 <= 500
    assert found.added
    assert "larger than CloudFormation takes it" in why(found, "BucketTlsRequired")
