"""Policy documents, in all the forms that templates write them."""

from __future__ import annotations

from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Text, Unknown
from hipaa_constructs.iam.conditions import denies_plain_http
from hipaa_constructs.iam.document import Statement, matches, statements
from hipaa_constructs.iam.exposure import open_to_everyone


def statement(**fields: Any) -> Statement:
    app = App()
    template = app.add("t.json", {"Resources": {"Records": {"Type": "AWS::S3::Bucket"}}})
    found = statements(template.resolve({"Statement": fields}))
    assert not isinstance(found, Unknown)
    return found[0]


def test_one_statement_or_several() -> None:
    assert len(list(statements({"Statement": {"Effect": "Allow"}}) or [])) == 1  # type: ignore[arg-type]
    assert statements(None) == []


TEXT = '{"Statement": {"Action": "s3:*", "Resource": ["${Records.Arn}/*", "${Who}/x", "${!aws:username}"]}}'


def test_what_is_filled_into_a_text_is_kept() -> None:
    app = App()
    body = {"Resources": {"Records": {"Type": "AWS::S3::Bucket"}}, "Parameters": {"Who": {"Type": "String"}}}
    template = app.add("t.json", body)
    found = statements(template.resolve({"Fn::Sub": TEXT}))
    assert not isinstance(found, Unknown)
    objects, unknown, variable = found[0].resources
    assert isinstance(objects, Text)
    assert objects.references == (Reference(template.resources["Records"], "Arn"),)
    assert isinstance(unknown, Text)
    assert variable == "${aws:username}"
    assert not isinstance(variable, Text)
    assert found[0].covers_resource(template.resources["Records"], "/*")
    only = template.resolve({"Fn::Sub": '{"Statement": {"Resource": "${Records.Arn}", "Action": "${Who}"}}'})
    (read,) = statements(only)  # type: ignore[misc]
    assert read.resources == [Reference(template.resources["Records"], "Arn")]
    assert read.actions == [UNKNOWN]


@pytest.mark.parametrize("document", ["text", UNKNOWN, {"Statement": UNKNOWN}, {"Statement": ["text"]}])
def test_what_cannot_be_read_is_unknown(document: Any) -> None:
    assert statements(document) is UNKNOWN


@pytest.mark.parametrize(
    ("principal", "everyone"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": ["111122223333", "*"]}, True),
        ({"Service": "*"}, False),
        ({"AWS": "111122223333"}, False),
        ({"Ref": "Missing"}, False),
        (None, False),
    ],
)
def test_everyone(principal: Any, everyone: bool) -> None:
    assert statement(Effect="Allow", Principal=principal).names_everyone() is everyone


@pytest.mark.parametrize(("effect", "denies"), [("Deny", True), ("Allow", False), ({"Ref": "Missing"}, False)])
def test_effect(effect: Any, denies: bool) -> None:
    found = statement(Effect=effect)
    assert (found.denies, found.allows) == (denies, not denies)


@pytest.mark.parametrize(
    ("fields", "covered"),
    [
        ({"Action": "s3:PutObject"}, True),
        ({"Action": ["s3:Get*", "S3:PUT*"]}, True),
        ({"Action": "*"}, True),
        ({"Action": "s3:Get*"}, False),
        ({"NotAction": "s3:Get*"}, True),
        ({"NotAction": "s3:*"}, False),
        ({"Action": {"Ref": "Missing"}}, False),
    ],
)
def test_actions(fields: dict[str, Any], covered: bool) -> None:
    assert statement(Effect="Allow", **fields).covers_action("s3:PutObject") is covered


def test_patterns_know_star_and_question_mark_only() -> None:
    assert matches("s3:Get?bject", "s3:GetObject")
    assert not matches("s3:[G]etObject", "s3:GetObject")
    assert not matches(UNKNOWN, "s3:GetObject")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"AWS:SourceAccount": "1"}}, {"StringEquals": ["1"]}),
        ({"StringEquals": {"aws:SourceArn": "1"}}, {}),
        ({"StringEquals": "text"}, {}),
        ("text", {}),
    ],
)
def test_condition_values(condition: Any, expected: Any) -> None:
    assert statement(Effect="Allow", Condition=condition).condition_values("aws:SourceAccount") == expected


@pytest.mark.parametrize(
    ("fields", "is_open"),
    [
        ({"Principal": "*"}, True),
        ({"NotPrincipal": {"AWS": "111122223333"}}, True),
        ({"Principal": {"AWS": "111122223333"}}, False),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, False),
        ({"Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}}, True),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, True),
        ({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
    ],
)
def test_open_to_everyone(fields: dict[str, Any], is_open: bool) -> None:
    assert open_to_everyone(statement(Effect="Allow", **fields)) is is_open


def test_who_cannot_be_told_is_unknown() -> None:
    assert open_to_everyone(statement(Effect="Allow", Principal={"AWS": {"Ref": "Missing"}})) is UNKNOWN
    assert open_to_everyone(statement(Effect="Allow", Principal="*", Condition={"Ref": "Missing"})) is UNKNOWN


@pytest.mark.parametrize(
    ("condition", "denied"),
    [
        ({"Bool": {"aws:SecureTransport": "false"}}, True),
        ({"Bool": {"aws:SecureTransport": False}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}}, False),
        (None, False),
    ],
)
def test_plain_http_denied(condition: Any, denied: bool) -> None:
    assert denies_plain_http(statement(Effect="Deny", Principal="*", Action="*", Condition=condition)) is denied
