"""Only what differs is written; everything else of a text stays as it was."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hipaa_constructs.cloudformation.load.template_file import parse
from hipaa_constructs.mending.nodes import plain
from hipaa_constructs.mending.splice import CannotWriteError, rewritten, same

YAML = """\
# top 😀
Resources:
  Bucket:   # of é
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub "x-${AWS::Region}"   # a tail
      Tags: [{Key: a, Value: b}]
      Rules:
      - Id: one   # first

      - Id: two
        Text: |
          kept
            as it is

  Queue:
    Type: AWS::SQS::Queue

# the end
"""


def changed(text: str, change: Callable[[Any], None]) -> str:
    wanted = plain(parse(text, "", []))
    change(wanted)
    after = rewritten(text, wanted)
    assert same(plain(parse(after, "", [])), wanted)
    return after


def difference(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm="")
    return [line for line in lines if line[:3] not in ("---", "+++", "@@ ") and not line.startswith("@@")]


def put(value: Any, *path: Any) -> Callable[[Any], None]:
    def change(body: Any) -> None:
        for key in path[:-1]:
            body = body[key]
        body[path[-1]] = value

    return change


BUCKET = ("Resources", "Bucket", "Properties")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            put(True, *BUCKET, "More"), ["+      More: true"], id="a value at the end, behind a block of text"
        ),
        pytest.param(put("no", *BUCKET, "More"), ['+      More: "no"'], id="text that YAML takes for something else"),
        pytest.param(put("2012-10-17", *BUCKET, "More"), ['+      More: "2012-10-17"'], id="text that is a date"),
        pytest.param(put("1", *BUCKET, "More"), ['+      More: "1"'], id="text that is a number"),
        pytest.param(
            put({"A": [{"Ref": "Queue"}, {"B": 1}]}, *BUCKET, "More"),
            ["+      More:", "+        A:", "+        - !Ref Queue", "+        - B: 1"],
            id="a mapping, with lists as the text has them",
        ),
        pytest.param(
            put({"Fn::GetAtt": ["Queue", "Arn"]}, *BUCKET, "BucketName"),
            [
                '-      BucketName: !Sub "x-${AWS::Region}"   # a tail',
                "+      BucketName: !GetAtt Queue.Arn   # a tail",
            ],
            id="a value in its place, with the comment behind it",
        ),
        pytest.param(
            put({"KmsMasterKeyId": "k"}, "Resources", "Queue", "Properties"),
            ["+    Properties:", "+      KmsMasterKeyId: k"],
            id="properties of a resource that has none",
        ),
        pytest.param(
            put("c", *BUCKET, "Tags", 0, "Value"),
            ["-      Tags: [{Key: a, Value: b}]", '+      Tags: [{Key: a, Value: "c"}]'],
            id="a value in brackets",
        ),
        pytest.param(
            lambda body: body["Resources"]["Bucket"]["Properties"]["Tags"].append({"Key": "c", "Value": "d"}),
            [
                "-      Tags: [{Key: a, Value: b}]",
                '+      Tags: [{Key: a, Value: b}, {"Key": "c", "Value": "d"}]',
            ],
            id="an item in brackets",
        ),
        pytest.param(
            lambda body: body["Resources"]["Bucket"]["Properties"]["Rules"].append({"Id": "three", "More": True}),
            ["+      - Id: three", "+        More: true"],
            id="an item of a list",
        ),
        pytest.param(
            put("First", *BUCKET, "Rules", 0, "More"),
            ["+        More: First"],
            id="a value in an item, behind a comment",
        ),
        pytest.param(
            lambda body: body["Resources"]["Bucket"]["Properties"].pop("Tags"),
            ["-      Tags: [{Key: a, Value: b}]"],
            id="a value less",
        ),
        pytest.param(put({"Type": "A::B::C"}, "Resources", "New"), ["+  New:", "+    Type: A::B::C"], id="a resource"),
    ],
)
def test_yaml(change: Callable[[Any], None], expected: list[str]) -> None:
    assert difference(YAML, changed(YAML, change)) == expected


def test_a_key_goes_where_the_data_has_it() -> None:
    def change(body: Any) -> None:
        queue = body["Resources"]["Bucket"]
        body["Resources"]["Bucket"] = {"Type": queue["Type"], "DeletionPolicy": "Retain", **queue}

    after = changed(YAML, change)
    assert "    Type: AWS::S3::Bucket\n    DeletionPolicy: Retain\n    Properties:" in after


COMMENTED = """\
Resources:
  Empty:
    Properties: # nothing yet
  None:
    Properties: {}   # none
  Full:
    Text: |
      # no comment
    Services:
      - "a # no comment"  # first
      # why b
      - b
      # the end
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_comments_stay_where_a_value_is_replaced(newline: str) -> None:
    wanted = plain(parse(COMMENTED, "", []))
    wanted["Resources"]["Empty"]["Properties"] = {"A": {"B": 1}}
    wanted["Resources"]["None"]["Properties"] = {"A": {"B": 1}}
    wanted["Resources"]["Full"]["Services"] = "b"
    after = rewritten(COMMENTED.replace("\n", newline), wanted)
    assert after == (
        """\
Resources:
  Empty:
    Properties: # nothing yet
      A:
        B: 1
  None:
    Properties:   # none
      A:
        B: 1
  Full:
    Text: |
      # no comment
    # first
    # why b
    Services: b
      # the end
""".replace("\n", newline)
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_first_key_of_an_item_goes_without_its_dash(newline: str) -> None:
    text = newline.join(
        ["Actions:", "  -   Group: one", "      Type: forward # kept", "  - Group: two", "    Type: forward", ""]
    )

    def change(body: Any) -> None:
        body["Actions"][0] = {"Type": "redirect", "Redirect": {"Port": 443}}

    lines = ["Actions:", "  -   Type: redirect # kept", "      Redirect:", "        Port: 443"]
    assert changed(text, change).split(newline)[:4] == lines
    assert changed(text, change).split(newline)[4:] == ["  - Group: two", "    Type: forward", ""]


def test_a_comment_behind_the_first_key_of_an_item_is_not_lost() -> None:
    text = "Actions:\n- Group: one # why\n  Type: forward\n"
    with pytest.raises(CannotWriteError):
        changed(text, lambda body: body["Actions"][0].pop("Group"))


def test_a_function_gets_another_kind_of_value_with_its_tag() -> None:
    text = "Values:\n  - !Sub\n    - ${Bucket}/one\n    - Bucket: two\nOther: 1\n"
    after = changed(text, put({"Fn::Sub": "arn:${AWS::Partition}:s3"}, "Values", 0))
    assert after == "Values:\n  - !Sub 'arn:${AWS::Partition}:s3'\nOther: 1\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_blank_lines_that_a_text_keeps_stay_its_own(newline: str) -> None:
    text = newline.join(["Some:", "  Script: !Sub |+", "    run", "", "Next: 1", ""])
    after = changed(text, put(2, "Some", "More"))
    assert after == newline.join(["Some:", "  Script: !Sub |+", "    run", "", "  More: 2", "Next: 1", ""])


def test_ends_of_lines_stay() -> None:
    text = YAML.replace("\n", "\r\n")
    after = changed(text, put({"A": {"B": True}}, *BUCKET, "More"))
    assert "      More:\r\n        A:\r\n          B: true\r\n" in after
    assert after.count("\n") == after.count("\r\n")


def test_a_text_without_an_end_of_line() -> None:
    text = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue"
    assert changed(text, put({"A": 1}, "Resources", "Queue", "Properties")) == f"{text}\n    Properties:\n      A: 1"


def test_long_forms_stay_long() -> None:
    text = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      A:\n        Ref: Queue\n"
    assert (
        changed(text, put({"Ref": "B"}, "Resources", "Queue", "Properties", "C")) == f"{text}      C:\n        Ref: B\n"
    )


JSON = """\
{
    "Resources" : {
        "Queue" : { "Type" : "AWS::SQS::Queue" },
        "Other" : {
            "Type" : "AWS::SQS::Queue",
            "Properties" : {
                "A" : "b"
            }
        }
    }
}
"""


def test_json_keeps_its_manner() -> None:
    def change(body: Any) -> None:
        body["Resources"]["Queue"]["Properties"] = {"K": [1]}
        body["Resources"]["Other"]["Properties"]["C"] = {"D": "ä"}

    assert difference(JSON, changed(JSON, change)) == [
        '-        "Queue" : { "Type" : "AWS::SQS::Queue" },',
        '+        "Queue" : { "Type" : "AWS::SQS::Queue", "Properties" : {"K" : [1]} },',
        '-                "A" : "b"',
        '+                "A" : "b",',
        '+                "C" : {',
        '+                    "D" : "ä"',
        "+                }",
    ]


def test_json_with_tabs() -> None:
    text = '{\n\t"Resources": {\n\t\t"A": {\n\t\t\t"Type": "AWS::SQS::Queue"\n\t\t}\n\t}\n}\n'
    after = changed(text, put({"B": 1}, "Resources", "A", "Properties"))
    assert after.split("\n")[4:7] == ['\t\t\t"Properties": {', '\t\t\t\t"B": 1', "\t\t\t}"]


SHARED = """\
Resources:
  A:
    Type: AWS::SQS::Queue
    Properties: &common
      Delay: 1
  B:
    Type: AWS::SQS::Queue
    Properties: *common
  C:
    Type: AWS::SQS::Queue
    Properties:
      <<: *common
      Size: 2
"""


def test_what_an_anchor_shares_is_written_out_where_only_the_others_change() -> None:
    after = changed(SHARED, put({"Delay": 1, "Key": "k"}, "Resources", "B", "Properties"))
    assert difference(SHARED, after) == [
        "-    Properties: *common",
        "+    Properties:",
        "+      Delay: 1",
        "+      Key: k",
    ]


def test_what_an_anchor_shares_is_written_out_where_it_itself_changes() -> None:
    text = SHARED[: SHARED.index("  C:")]
    after = changed(text, put("k", "Resources", "A", "Properties", "Key"))
    assert "    Properties: &common\n      Delay: 1\n      Key: k\n" in after
    assert "  B:\n    Type: AWS::SQS::Queue\n    Properties:\n      Delay: 1\n" in after


def test_a_change_of_all_is_made_at_the_anchor() -> None:
    def change(body: Any) -> None:
        for name in "ABC":
            body["Resources"][name]["Properties"]["Key"] = "k"

    assert difference(SHARED, changed(SHARED, change)) == ["+      Key: k"]


def test_a_merged_mapping_says_itself_what_differs() -> None:
    after = changed(SHARED, put(5, "Resources", "C", "Properties", "Delay"))
    assert difference(SHARED, after) == ["+      Delay: 5"]


def test_what_would_reach_a_merged_mapping_is_refused() -> None:
    wanted = plain(parse(SHARED, "", []))
    wanted["Resources"]["A"]["Properties"]["Key"] = "k"
    wanted["Resources"]["B"]["Properties"]["Key"] = "k"
    with pytest.raises(CannotWriteError, match="others share"):
        rewritten(SHARED, wanted)


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    text = "Resources:\n  A:\n    Type: T\n    Properties: {B: 1}\n    Properties: {B: 2}\n"
    after = changed(text, put(3, "Resources", "A", "Properties", "B"))
    assert after == text.replace("{B: 2}", "{B: 3}")


def test_without_a_change_the_text_is_the_same() -> None:
    assert rewritten(YAML, plain(parse(YAML, "", []))) is YAML


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.text(st.characters(codec="utf-8", exclude_categories=["C"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("aB1:# '\"-{}é", max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


@example("\xa0\U00010000", YAML)
@example(["\x7f\U0001f600", {"a": "\x85"}], YAML)
@given(VALUES, st.sampled_from([YAML, JSON, YAML.replace("\n", "\r\n"), SHARED]))
def test_whatever_is_set_is_read_back(value: Any, text: str) -> None:
    body = plain(parse(text, "", []))
    first = next(iter(body["Resources"]))
    for path in (("Resources", first, "Properties"), ("Resources", "New"), ("Resources", first, "Zzz")):
        try:
            changed(text, put(value, *path))
        except CannotWriteError:
            # An anchor that others name cannot go.
            assert text is SHARED
            assert path[-1] == "Properties"
