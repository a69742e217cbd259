"""Variables of the Serverless Framework are filled in before CloudFormation reads a template."""

from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.load.template_file import parse_template
from hipaa_constructs.cloudformation.model import App, Template
from hipaa_constructs.cloudformation.values import Ternary, is_one_of, same


def loaded(text: str) -> Template:
    return App().add("t.yaml", parse_template(text.encode(), "t.yaml"))


def of_bucket(name: str) -> Template:
    return loaded(f"Resources:\n  Records:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: {name}\n")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("${self:custom.stage}", Ternary.UNKNOWN),
        ("${self:custom.${opt:stage}.name, 'records'}", Ternary.UNKNOWN),
        ("${file(settings.yml):stage}", Ternary.UNKNOWN),
        ("clinic-${ssm(us-east-1):/clinic/name}", Ternary.UNKNOWN),
        ("records", Ternary.YES),
        # Of a shell, and of what reads the text later.
        ("'${param:-records}'", Ternary.NO),
        ("'${aws:InstanceId}'", Ternary.NO),
    ],
)
def test_what_is_filled_in_is_not_known(written: str, expected: Ternary) -> None:
    assert is_one_of(of_bucket(written).resources["Records"].get("BucketName"), "records") is expected


def test_what_is_written_alike_is_filled_in_alike() -> None:
    template = loaded(
        "Resources:\n"
        "  One: {Type: 'AWS::S3::Bucket', Properties: {BucketName: 'logs-${self:custom.name}'}}\n"
        "  Other: {Type: 'AWS::S3::Bucket', Properties: {BucketName: {'Fn::Sub': 'logs-${self:custom.name}'}}}\n"
        "  Third: {Type: 'AWS::S3::Bucket', Properties: {BucketName: 'logs-${self:custom.other}'}}\n"
    )
    one, other, third = (resource.get("BucketName") for resource in template.resources.values())
    assert (same(one, other), same(one, third)) == (True, False)


@pytest.mark.parametrize(("name", "worlds"), [("${self:custom.zone}", {True, False}), ("records.example", {True})])
def test_a_condition_on_one_may_come_out_either_way(name: str, worlds: set[bool]) -> None:
    text = f"""
Conditions: {{Named: {{"Fn::Not": [{{"Fn::Equals": ["{name}", ""]}}]}}}}
Resources: {{Zone: {{Type: "AWS::Route53::HostedZone", Condition: Named, Properties: {{Name: "{name}"}}}}}}
"""
    template = loaded(text)
    found: Any = template.app.worlds.explore(lambda: template.condition("Named"))
    assert {holds for _, holds in found.worlds} == worlds


def test_data_without_them_is_left_as_it_is() -> None:
    body = parse_template(b'{"Resources": {"Zone": {"Type": "AWS::Route53::HostedZone"}}}', "t.json")
    assert body == {"Resources": {"Zone": {"Type": "AWS::Route53::HostedZone"}}}
