"""A template says the same in many ways; the rules answer all of them alike."""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hipaa_constructs.compliance.engine import all_rules, evaluate
from hipaa_constructs.compliance.rule import Rule
from tests.compliance.rewritings import (
    OF_POLICIES,
    OF_RESOURCES,
    OF_VALUES,
    REWRITINGS,
    Body,
    Rewriting,
    Written,
    join,
    mapping,
    parameters,
    policies_as_text,
    split_by_export,
    split_by_nesting,
    split_by_parameters,
    statement_beside,
)
from tests.compliance.rules import examples
from tests.compliance.rules.examples import all_examples

# By the rule and the resource: what it said.
Outcomes = Mapping[tuple[str, str], str]
SNAPSHOTS = Path(__file__).parent.parent / "landing_zone" / "__snapshots__"
RULES = {rule.name: rule for rule in all_rules()}
# What answers otherwise, by the rewriting, the rule, and what it said before and says after; and why.
OTHERWISE = {
    ("parameters", "NoLiteralSecrets", "passed", "failed"): "Whoever deploys may give a parameter a secret in clear.",
    (
        "split_by_parameters",
        "NoLiteralSecrets",
        "passed",
        "failed",
    ): "A parameter without NoEcho shows what it is given.",
    ("split_by_nesting", "ServiceControlsComplete", "passed", "not_applicable"): "It is said of the first policy.",
    ("split_by_nesting", "ServiceControlsComplete", "failed", "not_applicable"): "It is said of the first policy.",
}


def _said(written: Written, *rules: Rule) -> Outcomes:
    return {
        (result.rule.name, result.resource.logical_id): result.verdict.outcome.value
        for result in evaluate(written.app(), rules or None)
    }


def _differences(before: Outcomes, after: Outcomes, *rewritings: str) -> Iterator[str]:
    """Yield what passed or failed before and does not after, but what may."""
    for (rule, logical_id), outcome in before.items():
        now = after.get((rule, logical_id), "not inspected")
        if outcome not in ("passed", "failed") or now == outcome:
            continue
        if not any((rewriting, rule, outcome, now) in OTHERWISE for rewriting in rewritings):
            yield f"{rule} on {logical_id}: {outcome}, then {now}"


def _name(rewriting: Rewriting) -> str:
    return rewriting.__name__


# -- the examples of every rule --------------------------------------------------------------------------------------


@functools.cache
def _examples() -> list[tuple[Rule, str, Body]]:
    return [
        (RULES[name], f"{name} {outcome} on {example.kind}", {"Resources": resources})
        for name, found in all_examples().items()
        for example in found
        for outcome, resources in example.templates()
    ]


@functools.cache
def _said_of_examples() -> list[Outcomes]:
    return [_said(Written({"t.json": body}), rule) for rule, _, body in _examples()]


@pytest.mark.parametrize("rewriting", REWRITINGS, ids=_name)
def test_every_example_keeps_its_outcome(rewriting: Rewriting) -> None:
    different = [
        f"{what}: {difference}"
        for (rule, what, body), before in zip(_examples(), _said_of_examples(), strict=True)
        for difference in _differences(before, _said(rewriting("t.json", body), rule), _name(rewriting))
    ]
    assert not different


@settings(max_examples=150)
@given(st.data())
def test_rewritings_on_top_of_each_other_keep_the_outcome(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(_examples()) - 1))
    rule, what, body = _examples()[number]
    chosen = [data.draw(st.sampled_from(kind)) for kind in (OF_POLICIES, OF_VALUES, OF_RESOURCES)]
    for rewriting in chosen[:-1]:
        (body,) = rewriting("t.json", body).templates.values()
    after = _said(chosen[-1]("t.json", body), rule)
    assert not list(_differences(_said_of_examples()[number], after, *map(_name, chosen))), what


# -- whole stacks ----------------------------------------------------------------------------------------------------


def _renamed(resources: Body, prefix: str) -> Body:
    names = "|".join(sorted(map(re.escape, resources), key=len, reverse=True))
    text = re.sub(rf'"({names})"', rf'"{prefix}\1"', json.dumps(resources))
    renamed: Body = json.loads(re.sub(rf"\$\{{({names})([.}}])", rf"${{{prefix}\1\2", text))
    return renamed


def _turned(value: Any) -> Any:
    """Turn every switch, and every denial."""
    if isinstance(value, bool):
        return not value
    if value == "Deny":
        return "Allow"
    if isinstance(value, dict):
        return {key: _turned(item) for key, item in value.items()}
    return [_turned(item) for item in value] if isinstance(value, list) else value


@functools.cache
def _stacks() -> Mapping[str, Body]:
    """What each subject's rules refuse, in one stack; the landing zone's stacks, and the same with switches turned."""
    stacks: dict[str, Body] = {}
    for file in sorted(Path(examples.__path__[0]).glob("[a-z]*.py")):
        found = getattr(importlib.import_module(f"{examples.__name__}.{file.stem}"), "EXAMPLES", {})
        refused = [
            resources
            for several in found.values()
            for example in several
            for outcome, resources in example.templates()
            if outcome == "failed"
        ]
        if refused:
            stacks[file.stem] = {
                "Resources": {
                    name: resource
                    for number, resources in enumerate(refused)
                    for name, resource in _renamed(resources, f"Example{number}").items()
                }
            }
    for file in sorted(SNAPSHOTS.rglob("*.json")):
        stacks[file.stem] = json.loads(file.read_text("utf-8"))
        stacks[f"{file.stem}, turned"] = _turned(stacks[file.stem])
    return stacks


@functools.cache
def _said_of_stacks() -> Mapping[str, Outcomes]:
    return {name: _said(Written({name: body})) for name, body in _stacks().items()}


def test_stacks_have_what_is_to_be_kept() -> None:
    refused = {name: list(said.values()).count("failed") for name, said in _said_of_stacks().items()}
    assert all(count for name, count in refused.items() if not name.startswith("test_snapshot"))
    assert sum(count for name, count in refused.items() if name.endswith("turned")) > 50


@pytest.mark.parametrize("rewriting", REWRITINGS, ids=_name)
def test_whole_stacks_keep_their_outcomes(rewriting: Rewriting) -> None:
    different = [
        f"{name}: {difference}"
        for name, body in _stacks().items()
        for difference in _differences(_said_of_stacks()[name], _said(rewriting(name, body)), _name(rewriting))
    ]
    assert not different


# -- that rewritings do what they say --------------------------------------------------------------------------------


POLICY = {
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Policy": {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Bucket"},
            "PolicyDocument": {
                "Statement": [
                    {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": {"Fn::Sub": "${Bucket.Arn}/*"}}
                ]
            },
        },
    },
}


def _objects(bucket: Any) -> Any:
    return {"Fn::Sub": ["${BucketArn}/*", {"BucketArn": bucket}]}


@pytest.mark.parametrize(
    ("rewriting", "place", "expected"),
    [
        (join, "Effect", {"Fn::Join": ["", ["De", "ny"]]}),
        (mapping, "Effect", {"Fn::FindInMap": ["Texts", "All", "Text0"]}),
        (parameters, "Effect", {"Ref": "Given0"}),
        (
            split_by_nesting,
            "Resource",
            {"Fn::Sub": ["${BucketArn}/*", {"BucketArn": {"Fn::GetAtt": ["Nested", "Outputs.Value1"]}}]},
        ),
        (
            split_by_export,
            "Resource",
            {"Fn::Sub": ["${BucketArn}/*", {"BucketArn": {"Fn::ImportValue": "t.json:Value1"}}]},
        ),
    ],
)
def test_a_rewriting_leaves_nothing_as_it_was(rewriting: Rewriting, place: str, expected: Any) -> None:
    written = rewriting("t.json", {"Resources": POLICY})
    (statement,) = written.templates["t.json"]["Resources"]["Policy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement[place] == expected


def test_a_policy_becomes_text() -> None:
    made = policies_as_text("t.json", {"Resources": POLICY}).templates["t.json"]["Resources"]["Policy"]["Properties"]
    text, names = made["PolicyDocument"]["Fn::Sub"]
    assert json.loads(text)["Statement"][0]["Resource"] == "${Value0}"
    assert names == {"Value0": {"Fn::Sub": "${Bucket.Arn}/*"}}


def test_a_statement_stands_beside() -> None:
    made = statement_beside("t.json", {"Resources": POLICY}).templates["t.json"]["Resources"]["Policy"]["Properties"]
    assert [list(one) for one in made["PolicyDocument"]["Statement"]] == [
        ["Fn::If"],
        ["Effect", "Principal", "Action", "Resource"],
    ]


def test_a_nested_stack_takes_parameters() -> None:
    written = split_by_parameters("t.json", {"Resources": POLICY})
    outer, inner = written.templates.values()
    assert outer["Resources"]["Nested"]["Properties"]["Parameters"] == {
        "Value0": {"Ref": "Bucket"},
        "Value1": {"Fn::GetAtt": ["Bucket", "Arn"]},
    }
    assert inner["Resources"]["Policy"]["Properties"]["Bucket"] == {"Ref": "Value0"}
