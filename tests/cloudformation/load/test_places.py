"""Where what a template says stands in its file, in every form in which people write templates."""

from __future__ import annotations

import codecs
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.cloudformation.load.marks import JsonMarks
from hipaa_constructs.cloudformation.load.places import Places
from hipaa_constructs.cloudformation.model import App

YAML = """\
# Of the clinic.
Resources:

  Key:  # ours
    Type: AWS::KMS::Key
    Properties:
      Tags: &tags
      - Key: owner  # whose
        Value: clinic
      -
        Key: cost
  Records:
    Type: AWS::S3::Bucket
    Properties:
      "BucketName": {Title: é🏥, Name: 1}
      Tags: *tags
      BucketEncryption: !If
      - Live
      - {Rules: [1,
          {Second: 2}]}
      - !Ref AWS::NoValue
      Long:
        Fn::If: [Live, a, b]
      <<: {Merged: {Deep: 1}}
"""


def place(text: str | bytes, *path: Any, name: str = "t.yaml", logical_id: str = "Records") -> tuple[int, int] | None:
    file = Path(name)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Places(load([name])).of(name, logical_id, ("Properties", *path) if path else ())


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), (12, 3)),
        (("BucketName",), (15, 7)),
        # A character is one, however many bytes it takes.
        (("BucketName", "Name"), (15, 33)),
        (("Tags",), (16, 7)),
        # What an alias names stands where its anchor is.
        (("Tags", 0, "Value"), (9, 9)),
        (("Tags", 1, "Key"), (11, 9)),
        (("BucketEncryption", "Fn::If", 1), (19, 9)),
        (("BucketEncryption", "Fn::If", 1, "Rules", 1, "Second"), (20, 12)),
        (("Long", "Fn::If", 2), (23, 27)),
        (("Merged", "Deep"), (24, 21)),
        # The nearest part that is written.
        (("Absent", "Deeper"), (14, 5)),
        (("Tags", 7), (16, 7)),
        (("BucketName", "Name", "Deeper"), (15, 33)),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_yaml(path: tuple[str | int, ...], expected: tuple[int, int], end: str) -> None:
    assert place(YAML.replace("\n", end).encode(), *path) == expected


@pytest.mark.parametrize("indent", [None, 1, "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_json_in_one_line_and_in_many(indent: int | str | None, end: str) -> None:
    body = {
        "Description": 'a "quoted" {brace}, [bracket] and: colon \\',
        "Resources": {"Records": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": [{}, {"Ké\ny": "v"}], "Other": 1}}},
    }
    text = json.dumps(body, indent=indent, ensure_ascii=False).replace("\n", end)
    for path, written in (
        ((), '"Records"'),
        (("Tags", 1), '{"Ké' if indent is None else "{" + end + ("\t" * 6 if indent == "\t" else " " * 6) + '"Ké'),
        (("Tags", 1, "Ké\ny"), '"Ké\\ny"'),
        (("Other",), '"Other"'),
        (("Other", "x"), '"Other"'),
    ):
        before = text[: text.index(written)]
        line_start = before.rfind(end) + len(end) if end in before else 0
        assert place(text, *path, name="t.json") == (before.count(end) + 1, len(before) - line_start + 1)


def test_yaml_in_braces() -> None:
    assert place("{Resources: {Records: {Type: AWS::S3::Bucket,\n  Properties: {A: 1}}}}", "A") == (2, 16)


def test_tabs_and_marks_of_encodings_count_as_people_count() -> None:
    text = '{\r\n\t"Resources": {\t"Records": {"Type": "AWS::S3::Bucket"}}}'
    for content in (text.encode(), codecs.BOM_UTF8 + text.encode(), text.encode("utf-16")):
        assert place(content, name="t.json") == (2, 17)


def test_the_last_of_what_stands_twice() -> None:
    assert place('{"Resources": {"Records": {"Type": "A::B"},\n"Records": {"Type": "A::B"}}}', name="t.json") == (2, 1)
    assert place("Resources:\n  Records: {Type: A::B}\n  Records: {Type: A::B}\n") == (3, 3)


def test_keys_that_stand_twice_in_json() -> None:
    twice = JsonMarks('{"a": {"a": 1, "b": {}, "b": [{"a": 1}, {"a": 2}]},\n "a": 3}').repeated
    assert twice == [("b", (1, 25)), ("a", (2, 2))]


LOOPS = """\
Transform: AWS::LanguageExtensions
Resources:
  Plain:
    Type: AWS::S3::Bucket
    Properties: {BucketName: b}
  Fn::ForEach::Outer:
    - X
    - [a, b]
    - Fn::ForEach::Inner:
        - Y
        - [c, d]
        - Bucket${X}${Y}: {Type: AWS::S3::Bucket, Properties: {BucketName: b}}
  Fn::ForEach::Keys:
    - X
    - [a]
    - Key&{X}: {Type: AWS::KMS::Key}
"""
SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties: {StageName: live}
  ApiFunction:
    Type: AWS::Serverless::Function
    Properties: {Events: {E: {Type: HttpApi, Properties: {Path: /}}}}
"""


@pytest.mark.parametrize(
    ("text", "logical_id", "expected"),
    [
        (LOOPS, "Plain", (5, 18)),
        (LOOPS, "Bucketad", (6, 3)),
        (LOOPS, "Keya", (13, 3)),
        (SAM, "Api", (3, 3)),
        (SAM, "ApiliveStage", (3, 3)),
        (SAM, "ApiFunctionRole", (6, 3)),
        # It stands nowhere: SAM makes it for the functions of the template.
        (SAM, "ServerlessHttpApi", None),
    ],
)
def test_what_a_transform_makes_stands_where_it_is_made(text: str, logical_id: str, expected: Any) -> None:
    found = place(text, "BucketName", logical_id=logical_id)
    app = load(["t.yaml"])
    assert logical_id in app.templates[0].resources
    assert found == expected


def test_standard_input_and_what_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": io.BytesIO(YAML.encode())}))
    assert Places(load(["-"])).of("<stdin>", "Records") == (12, 3)
    Path("t.yaml").write_text(YAML)
    app = load(["t.yaml"])
    Path("t.yaml").unlink()
    assert Places(app).of("t.yaml", "Records") is None
    assert Places(app).of("other.yaml", "Records") is None
    assert Places(App()).of("", "") is None
