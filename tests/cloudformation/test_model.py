"""Templates as text, and what their intrinsics come to."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hipaa_constructs.cloudformation.gaps import gap
from hipaa_constructs.cloudformation.intrinsics import FUNCTIONS
from hipaa_constructs.cloudformation.load.template_file import parse, parse_template
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App, Template
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Text, as_bool, as_int, as_list, dig
from hipaa_constructs.cloudformation.written import alternatives, written_at

YAML = """\
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Days: {Type: Number, Default: 30}
Conditions:
  Long: !Equals [!Ref Days, 30]
Resources:
  Records:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub "${AWS::AccountId}-records"
      Tags: &tags
        - {Key: a, Value: yes}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Records
      Arn: !GetAtt Records.Arn
      Parts: !Split [",", "a,b"]
      Kept: !If [Long, !Ref Days, !Ref AWS::NoValue]
      Encoded: !Base64
        Fn::Sub: hello
      Tags: *tags
      PolicyDocument:
        Version: 2012-10-17
"""


def loaded(text: str) -> Template:
    return App().add("t.yaml", parse_template(text.encode(), "t.yaml"), account="111122223333", region="us-east-1")


def resolved(value: Any, **sections: Any) -> Any:
    app = App()
    body = {"Resources": {"Key": {"Type": "AWS::KMS::Key"}, "Records": {"Type": "AWS::S3::Bucket"}}, **sections}
    return app.add("t.json", body, account="111122223333", region="us-east-1").resolve(value)


def test_yaml_short_forms_are_read() -> None:
    properties = loaded(YAML).resources["Policy"].properties
    assert properties["Bucket"].resource.logical_id == "Records"
    assert properties["Arn"].attribute == "Arn"
    assert properties["Parts"] == ["a", "b"]
    assert properties["Kept"] == 30
    assert properties["Encoded"] == "hello"
    assert properties["PolicyDocument"]["Version"] == "2012-10-17"
    assert properties["Tags"] == [{"Key": "a", "Value": True}]


def test_keys_stay_text() -> None:
    assert parse("111122223333: a\non: b\n1.50: c\n", "x.yaml") == {"111122223333": "a", "on": "b", "1.50": "c"}


def test_json_and_yaml_say_the_same() -> None:
    assert parse('{"a": [1, 2.5, null, true, "é"]}', "x.json") == parse("a: [1, 2.5, null, true, é]", "x.yaml")


def test_merged_keys_give_way_to_own() -> None:
    assert parse("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  x: 3\n", "x.yaml")["b"] == {"x": 3, "y": 2}


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        (b"", "x:1:", "empty"),
        (b" \n\t\n", "x:1:", "empty"),
        (b"hello", "x:1:", "single value 'hello'"),
        (b"[1]", "x:1:", "a list"),
        (b"a: 1", "x:1:", "no Resources"),
        (b"Resources:", "x:1:", "no Resources"),
        (b"a: 1\nResources: []", "x:2:", "it is a list"),
        (b"a: 1\nResources: {}", "x:2:", "nothing to check"),
        (b"Resources:\n  a: b\n c: d", "x:3:", "not valid YAML"),
        (b'{"a": 1,\n "b": ]', "x:2:7:", "not valid JSON"),
        (b"a: !Foo b", "x:1:4:", "!Foo is no intrinsic"),
        (b"a: !!python/object:os.system b", "x:1:4:", "could not determine"),
        (b"a: !!set {b}", "x:1:4:", "could not determine"),
        (b"a: *b", "x:1:4:", "undefined alias"),
        (b"a: &a [*a]", "x:1:", "recursive"),
        (b"? [1]\n: 2", "x:1:3:", "key must be a single value"),
        (b"a: .nan", "x:1:4:", "is no number"),
        (b"a: " + b"9" * 5000, "x:1:4:", "no whole number"),
        (b"--- 1\n--- 2", "x:2:", "another document"),
        (b"a: \x01", "x:1:", "control characters"),
        (b"ab\nc\xffd", "x:2:2:", "byte 0xff is not UTF-8"),
        (b"a\n\0", "x:2:", "zero bytes"),
        ("Resources: é".encode("utf-16"), "x:1:", "single value 'é'"),
        (b"\xff\xfea", "x:1:", "begins as UTF-16 and is not"),
        (b"[" * 200_000, "x", "nested deeper"),
        (b"- " * 100_000, "x", "nested deeper"),
        (b'{"a":' * 3000 + b"1" + b"}" * 3000, "x", "nested deeper"),
        (b'["]", ' * 100_000, "x", "nested deeper"),
    ],
)
def test_what_is_no_template_is_refused_with_its_place(content: bytes, place: str, reason: str) -> None:
    with pytest.raises(UnusableInput) as refused:
        parse_template(content, "x")
    assert str(refused.value).startswith(place)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("main.tf", b'resource "aws_s3_bucket" "b" {}'),
        ("main.tf.json", b'{"resource": {"aws_s3_bucket": {"b": {}}}}'),
        ("plan.json", b'{"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {}}'),
    ],
)
def test_what_is_terraforms_is_called_so(name: str, content: bytes) -> None:
    with pytest.raises(UnusableInput, match=rf"^{name}:1: this is Terraform's.*docs/guides/terraform\.md"):
        parse_template(content, name)


@pytest.mark.parametrize("literal", ["NaN", "-Infinity", "1e999", "9" * 5000])
def test_numbers_that_are_none_are_refused(literal: str) -> None:
    with pytest.raises(UnusableInput, match="JSON"):
        parse(f'{{"a": {literal}}}', "x.json")


def test_aliases_cannot_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(UnusableInput, match="aliases"):
        parse("\n".join(lines), "x.yaml")


def test_a_byte_order_mark_is_passed_over() -> None:
    assert loaded("\ufeff" + YAML).resources


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(["Ref", "Fn::If", "Fn::Sub", "Type"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@settings(max_examples=150)
@given(VALUES)
def test_any_json_is_read_or_refused(value: Any) -> None:
    try:
        template = App().add("t", parse_template(json.dumps(value).encode(), "t.json"))
    except UnusableInput:
        return
    for resource in template.resources.values():
        assert resource.properties is UNKNOWN or isinstance(resource.properties, Mapping)


@settings(max_examples=150)
@given(st.binary(max_size=200) | st.text(alphabet=":-[]{}!&*?#|>%@`\"' \n\taR<", max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(UnusableInput):
        assert parse_template(b"Resources: {A: {Type: b}}\n" + content, "t.yaml")["Resources"]


@settings(max_examples=200)
@given(st.sampled_from(sorted({*FUNCTIONS, "Fn::Cidr", "Fn::GetAZs", "Fn::Transform"})), VALUES)
def test_any_intrinsic_resolves(function: str, argument: Any) -> None:
    value = {function: argument}
    sections = {"Conditions": {"A": value}, "Outputs": {"O": {"Export": {"Name": argument}, "Value": value}}}
    resolved(value, **sections)
    resolved({"Fn::Join": ["-", ["a", value]]}, **sections)
    app = App()
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": value, "TemplateURL": value}}
    outer = app.add("t.json", {"Resources": {"S": stack}, **sections})
    body = {
        "Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": value}},
        "Parameters": {"P": {"Type": argument}},
    }
    nested = app.add("n.json", body, parent=outer.resources["S"])
    nested.resolve({"Ref": "P"})
    list(alternatives(nested, value))
    list(written_at(nested.resources["B"], "Parameters.P[].Name"))
    gap(outer, value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "Missing"}, UNKNOWN),
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::Region"}]]}, "a-us-east-1"),
        ({"Fn::Select": ["1", ["a", "b"]]}, "b"),
        ({"Fn::Select": [9, ["a"]]}, UNKNOWN),
        ({"Fn::FindInMap": ["M", "a", "b"]}, 7),
        ({"Fn::FindInMap": ["M", "a", "c"]}, UNKNOWN),
        ({"Fn::If": ["Yes", 1, 2]}, 1),
        ({"Fn::If": ["No", 1, 2]}, 2),
        ({"Fn::If": ["Maybe", 1, 2]}, UNKNOWN),
        ({"Fn::If": ["Maybe", 1, 1]}, 1),
        ({"Fn::If": ["Loop", 1, 2]}, UNKNOWN),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        ([1, {"Ref": "AWS::NoValue"}], [1]),
        ({"Fn::Sub": ["${x}${!y}", {"x": "1"}]}, "1${y}"),
        ({"Fn::GetAZs": ""}, UNKNOWN),
        ({"Ref": "Given"}, "eu-west-1"),
        ({"Ref": "Listed"}, ["a", "b"]),
        ({"Ref": "Only"}, "x"),
        ({"Ref": "Looked"}, "${?Looked}"),
        ({"Fn::Length": {"Ref": "Listed"}}, 2),
        ({"Fn::Length": {"Ref": "Looked"}}, UNKNOWN),
        ({"Fn::ToJsonString": {"a": 1}}, '{"a": 1}'),
        ({"Fn::Transform": {"Name": "M"}}, UNKNOWN),
    ],
)
def test_intrinsics(value: Any, expected: Any) -> None:
    sections = {
        "Parameters": {
            "Given": {"Type": "String", "Default": "eu-west-1"},
            "Listed": {"Type": "CommaDelimitedList", "Default": "a, b"},
            "Only": {"Type": "String", "AllowedValues": ["x"]},
            "Looked": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x"},
            "Free": {"Type": "String"},
        },
        "Mappings": {"M": {"a": {"b": 7}}},
        "Conditions": {
            "Yes": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]},
            "No": {"Fn::Not": [{"Condition": "Yes"}]},
            "Maybe": {"Fn::Equals": [{"Ref": "Free"}, "x"]},
            "Loop": {"Fn::Not": [{"Condition": "Loop"}]},
        },
    }
    found = resolved(value, **sections)
    assert found is UNKNOWN if expected is UNKNOWN else found == expected


def test_what_deployment_fills_in_stays_visible_in_text() -> None:
    found = resolved({"Fn::Sub": "${Records.Arn}/*"})
    assert isinstance(found, Text)
    assert found == "${Records.Arn}/*"
    assert [reference.attribute for reference in found.references] == ["Arn"]


def test_references_cross_stacks_by_export_and_nesting() -> None:
    app = App()
    app.add(
        "a.json",
        {
            "Resources": {"Key": {"Type": "AWS::KMS::Key"}},
            "Outputs": {"K": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}, "Export": {"Name": "a:Key"}}},
        },
    )
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": {"P": {"Fn::ImportValue": "a:Key"}}}}
    parent = app.add("b.json", {"Resources": {"N": stack}})
    nested = app.add(
        "n.json",
        {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Parameters": {"P": {"Type": "String"}}},
        parent=parent.resources["N"],
    )
    found = nested.resolve({"Ref": "P"})
    assert isinstance(found, Reference)
    assert found.resource.template.name == "a.json"


def test_references_cross_regions_by_what_cdk_writes_and_reads() -> None:
    app = App()
    name = "/cdk/exports/Data/KeysuseastFnGetAttKeyArn"
    writer = {"WriterProps": {"region": "us-west-2", "exports": {name: {"Fn::GetAtt": ["Key", "Arn"]}}}}
    app.add(
        "keys.json",
        {
            "Resources": {
                "Key": {"Type": "AWS::KMS::Key"},
                "Writer": {"Type": "Custom::CrossRegionExportWriter", "Properties": writer},
            }
        },
    )
    reader = app.add("data.json", {"Resources": {"Reader": {"Type": "Custom::CrossRegionExportReader"}}})
    found = reader.resolve({"Fn::GetAtt": ["Reader", name]})
    assert isinstance(found, Reference)
    assert (found.resource.type, found.attribute) == ("AWS::KMS::Key", "Arn")
    # What no stack of the app writes is an attribute of the reader.
    other = reader.resolve({"Fn::GetAtt": ["Reader", "/cdk/exports/Data/Other"]})
    assert isinstance(other, Reference)
    assert other.resource.logical_id == "Reader"


def test_unknown_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError):
        bool(UNKNOWN)


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (as_bool, "TRUE", True),
        (as_bool, False, False),
        (as_bool, None, None),
        (as_int, "30", 30),
        (as_int, 30.0, 30),
        (as_int, None, None),
        (as_list, None, []),
        (as_list, "a", ["a"]),
    ],
)
def test_values_written_as_text(read: Any, value: Any, expected: Any) -> None:
    assert read(value) == expected


@pytest.mark.parametrize("value", ["perhaps", 3, []])
def test_what_is_no_boolean_is_unknown(value: Any) -> None:
    assert as_bool(value) is UNKNOWN


@pytest.mark.parametrize("value", ["many", True, []])
def test_what_is_no_number_is_unknown(value: Any) -> None:
    assert as_int(value) is UNKNOWN


def test_dig() -> None:
    assert dig({"a": [{"b": 1}]}, "a.0.b") == 1
    assert dig({"a": UNKNOWN}, "a.b") is UNKNOWN
    assert dig({"a": 1}, "a.b", "none") == "none"
    assert dig({"a": []}, "a.3", "none") == "none"


def test_texts_of_two_unknown_parameters_differ() -> None:
    parameters = {"One": {"Type": "String"}, "Other": {"Type": "String"}}
    one, same, other = (
        resolved(value, Parameters=parameters)
        for value in (
            {"Fn::Sub": "${One}-logs"},
            {"Fn::Join": ["", [{"Ref": "One"}, "-logs"]]},
            {"Fn::Sub": ["${Name}-logs", {"Name": {"Ref": "Other"}}]},
        )
    )
    assert one == same == "${?One}-logs"
    assert other == "${?Other}-logs"
    assert all(isinstance(text, Text) for text in (one, same, other))


def test_a_policy_is_not_taken_for_that_of_a_bucket_with_another_unknown_name() -> None:
    def bucket(name: str) -> dict[str, Any]:
        return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": f"${{{name}}}-logs"}}}

    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Fn::Sub": "${Other}-logs"}}}
    template = App().add(
        "t.json",
        {
            "Parameters": {"One": {"Type": "String"}, "Other": {"Type": "String"}},
            "Resources": {"First": bucket("One"), "Second": bucket("Other"), "Policy": policy},
        },
    )
    first, second = template.resources["First"], template.resources["Second"]
    assert not template.app.referring(first, "AWS::S3::BucketPolicy", "Bucket")
    assert template.app.referring(second, "AWS::S3::BucketPolicy", "Bucket") == [template.resources["Policy"]]


def test_a_stacks_tags_are_on_all_that_it_makes() -> None:
    app = App()
    pairs = [{"Key": "team", "Value": "ward"}, {"Key": "keep", "Value": "weekly"}]
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Tags": [{"Key": "of", "Value": "inner"}]}}
    odd = {"Type": "AWS::S3::Bucket", "Properties": {"Tags": {"Fn::ImportValue": "tags"}}}
    body = {"Resources": {"Own": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": pairs}}, "Odd": odd, "S": stack}}
    outer = app.add("t.json", body, stack_tags={"keep": "daily", "cost": "1"})
    assert outer.resources["Own"].tags() == {"keep": "weekly", "cost": "1", "team": "ward"}
    assert outer.resources["Own"].own_tags() == {"keep": "weekly", "team": "ward"}
    assert outer.resources["Odd"].tags() is UNKNOWN
    plain = {"Resources": {"Plain": {"Type": "AWS::S3::Bucket"}}}
    inner = app.add("n.json", plain, parent=outer.resources["S"])
    assert inner.resources["Plain"].tags() == {"keep": "daily", "cost": "1", "of": "inner"}
    alone = app.add("a.json", plain)
    assert alone.resources["Plain"].tags() == {}
