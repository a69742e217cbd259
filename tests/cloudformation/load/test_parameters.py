"""What parameters are deployed with, as it is given beside a template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hipaa_constructs.cli import main
from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.cloudformation.load.parameters import merged, read_parameters
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.compliance.engine import findings

TEMPLATE = """
Parameters:
  Stage: {Type: String, Default: test, AllowedValues: [test, live]}
  Secret: {Type: String, NoEcho: true, AllowedValues: [a]}
Conditions:
  Live: !Equals [!Ref Stage, live]
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties: {EnableKeyRotation: !If [Live, true, false]}
"""


@pytest.mark.parametrize(
    "text",
    [
        '[{"ParameterKey": "Stage", "ParameterValue": "live"}]',
        '["Stage=live"]',
        '{"Parameters": {"Stage": "live"}, "Tags": {"a": "b"}}',
        "Parameters:\n  Stage: live\n",
        "- ParameterKey: Stage\n  ParameterValue: live\n",
        '\ufeff["Stage=live"]',
    ],
)
def test_each_form_of_a_parameter_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "p.json"
    file.write_text(text, "utf-8")
    assert read_parameters(file) == {"Stage": "live"}


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", "[1]", '[{"ParameterKey": "A", "UsePreviousValue": true}]', '{"Parameters": [1]}', '"x"', '["A"]'],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "p.json"
    file.write_text(text, "utf-8")
    with pytest.raises(UnusableInput, match=r"p\.json"):
        read_parameters(file)


def test_values_are_written_as_cloudformation_takes_them(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text(json.dumps({"Parameters": {"A": True, "B": 3, "C": ["x", "y"]}}))
    assert merged([file], ["B=4", "D=e=f"]) == {"A": "true", "B": "4", "C": "x,y", "D": "e=f"}


def check(tmp_path: Path, *options: str) -> tuple[int, list[Any]]:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    output = tmp_path / "found.json"
    with pytest.raises(SystemExit) as end:
        main(["check", str(tmp_path / "t.yaml"), "--format", "json", "--output", str(output), *options])
    code = end.value.code
    assert isinstance(code, int)
    return code, json.loads(output.read_text()) if output.exists() else []


def rotation(found: list[Any]) -> list[tuple[str, str]]:
    return [(one["severity"], one["message"]) for one in found if one["rule_id"].endswith("KeyRotated")]


def test_check_narrows_the_worlds(tmp_path: Path) -> None:
    message = "EnableKeyRotation is not true, so the key does not rotate"
    assert rotation(check(tmp_path)[1]) == [("error", f"{message} (when Stage is test).")]
    assert rotation(check(tmp_path, "--parameter", "Stage=live")[1]) == []
    assert rotation(check(tmp_path, "--parameter", "Stage=test")[1]) == [("error", f"{message}.")]
    (tmp_path / "p.json").write_text('["Stage=test"]')
    both = ("--parameter-file", str(tmp_path / "p.json"), "--parameter", "Stage=live")
    assert rotation(check(tmp_path, *both)[1]) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Stag=live", "--parameter Stag: no template has that parameter; there are Secret, Stage"),
        ("Stage=prod", "--parameter Stage: got 'prod'; "),
        ("Secret=hunter2", "--parameter Secret: got (hidden); "),
        ("Stage", "--parameter: got 'Stage'; write NAME=VALUE"),
        ("=x", "--parameter: got '=x'; write NAME=VALUE"),
    ],
)
def test_a_wrong_parameter_is_refused(
    tmp_path: Path, given: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(tmp_path, "--parameter", given) == (2, [])
    assert capsys.readouterr().err.startswith(f"hipaa-constructs: {said}")


def test_a_stack_of_an_assembly_is_deployed_with_what_its_manifest_says(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(
        json.dumps({"Parameters": {"Stage": {"Type": "String"}}, "Resources": {"K": {"Type": "AWS::KMS::Key"}}})
    )
    stack = {
        "type": "aws:cloudformation:stack",
        "properties": {"templateFile": "t.json", "parameters": {"Stage": "live"}},
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"S": stack}}))
    (template,) = load([tmp_path]).templates
    assert template.resolve({"Ref": "Stage"}) == "live"
    (template,) = load([tmp_path], parameters={"Stage": "test"}).templates
    assert template.resolve({"Ref": "Stage"}) == "test"


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just("Stage=live"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Parameters", "ParameterKey", "ParameterValue", "Stage"]) | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_ODD.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
def test_any_parameter_file_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "p.json"
    file.write_bytes(content)
    try:
        read = read_parameters(file)
    except UnusableInput:
        return
    assert all(isinstance(text, str) for pair in read.items() for text in pair)


@example(declared={"Stage": {}, "Given": {"AllowedValues": [True, []]}}, value="")
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    declared=st.dictionaries(
        st.sampled_from(["Stage", "Given"]),
        st.fixed_dictionaries(
            {},
            optional={
                "Type": st.sampled_from(["String", "Number", "CommaDelimitedList", "List<Number>", "x"]) | _ODD,
                "Default": _ODD,
                "AllowedValues": st.lists(_ODD, max_size=3) | _ODD,
                "NoEcho": _ODD,
            },
        )
        | _ODD,
        max_size=2,
    )
    | _ODD,
    value=st.text(max_size=8) | st.sampled_from(["live", "1,2", "", "true"]),
)
def test_any_declaration_takes_a_value_or_refuses_it(tmp_path: Path, declared: Any, value: str) -> None:
    file = tmp_path / "t.json"
    file.write_text(
        json.dumps(
            {
                "Parameters": declared,
                "Conditions": {"Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}},
                "Resources": {
                    "Key": {
                        "Type": "AWS::KMS::Key",
                        "Properties": {"EnableKeyRotation": {"Fn::If": ["Live", {"Ref": "Stage"}, {"Ref": "Given"}]}},
                    }
                },
            }
        )
    )
    try:
        app = load([file], parameters={"Stage": value})
    except UnusableInput:
        return
    assert not [one for one in findings(app) if "could not read" in one.message]
