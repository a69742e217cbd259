"""Policy documents, in all the forms that templates write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from hipaa_constructs.cloudformation.model import App, Template
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Ternary, Text, Unknown
from hipaa_constructs.iam.conditions import denies_plain_http, is_conditioned
from hipaa_constructs.iam.document import Condition, Statement, matches, policies_at, policy_at, statements
from hipaa_constructs.iam.exposure import is_open

YES, NO, PERHAPS = Ternary.YES, Ternary.NO, Ternary.UNKNOWN
MISSING = {"Ref": "Missing"}


def template(**resources: Any) -> Template:
    bucket = {"Type": "AWS::S3::Bucket"}
    return App().add("t.json", {"Resources": {"Records": bucket, **resources}})


def read(document: Any) -> Sequence[Statement]:
    found = statements(template().resolve(document))
    assert not isinstance(found, Unknown)
    return found


def statement(**fields: Any) -> Statement:
    return read({"Statement": fields})[0]


def conditions(written: Any) -> Sequence[Condition]:
    return list(statement(Effect="Allow", Condition=written).known_conditions())


def test_one_statement_or_several() -> None:
    assert len(read({"Statement": {"Effect": "Allow"}})) == 1
    assert len(read({"Statement": [{"Effect": "Allow"}, {"Effect": "Deny"}]})) == 2
    assert statements(None) == []


@pytest.mark.parametrize("document", ["text", UNKNOWN, {"Statement": UNKNOWN}, 7])
def test_what_cannot_be_read_is_unknown(document: Any) -> None:
    assert statements(document) is UNKNOWN


@pytest.mark.parametrize("entry", [UNKNOWN, "text", None])
def test_an_unknown_statement_says_nothing_of_the_others(entry: Any) -> None:
    first, second = read({"Statement": [{"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "*"}, entry]})
    assert (first.name, first.allows, is_open(first, [first, second])) == ("Open", YES, YES)
    assert (second.name, second.allows, second.denies) == ("2", PERHAPS, PERHAPS)
    assert is_open(second, [first, second]) is PERHAPS
    assert second.covers_action("s3:GetObject") is PERHAPS
    assert denies_plain_http(second) is PERHAPS
    assert is_conditioned(second) is PERHAPS


def test_a_policy_as_text_is_read_like_data() -> None:
    written = {
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": {"Bool": {"a": True}}}]
    }
    (as_data,), (as_text,) = read(written), read(json.dumps(written))
    assert (as_text.denies, as_text.actions, as_text.principals) == (YES, as_data.actions, as_data.principals)
    assert [one.key for one in as_text.known_conditions()] == ["a"]


def test_what_a_text_leaves_to_deployment_stays_where_it_stands() -> None:
    text = json.dumps(
        {
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": ["${Who}", "arn:aws:iam::${Who}:root"]},
                "Resource": ["${Records.Arn}", "${Records.Arn}/*"],
            }
        }
    )
    found = App().add(
        "t.json", {"Resources": {"Records": {"Type": "AWS::S3::Bucket"}}, "Parameters": {"Who": {"Type": "String"}}}
    )
    (only,) = statements(found.resolve({"Fn::Sub": text}))  # type: ignore[misc]
    assert only.principals[0][1] is UNKNOWN
    assert only.names_everyone() is PERHAPS
    assert str(only.principals[1][1]) == "arn:aws:iam::${?Who}:root"
    bucket = found.resources["Records"]
    assert only.resources[0] == Reference(bucket, "Arn")
    assert (only.covers_resource(bucket), only.covers_resource(bucket, "/*")) == (YES, YES)


TEXT = '{"Statement": {"Action": ["s3:*", "${Who}"], "Resource": ["${Records.Arn}/*", "${Who}/x", "${!aws:username}"]}}'


def test_what_is_filled_into_a_text_is_kept_and_a_variable_of_iam_is_none_of_it() -> None:
    found = App().add(
        "t.json", {"Resources": {"Records": {"Type": "AWS::S3::Bucket"}}, "Parameters": {"Who": {"Type": "String"}}}
    )
    (only,) = statements(found.resolve({"Fn::Sub": TEXT}))  # type: ignore[misc]
    objects, unknown, variable = only.resources
    assert isinstance(objects, Text)
    assert objects.references == (Reference(found.resources["Records"], "Arn"),)
    assert isinstance(unknown, Text)
    assert (variable, type(variable)) == ("${aws:username}", str)
    assert only.covers_resource(found.resources["Records"], "/*") is YES
    assert only.actions[0] == "s3:*"
    assert only.actions[1] is UNKNOWN


def test_messages_call_a_statement_by_its_sid_or_its_number() -> None:
    found = read(
        {"Statement": [{"Effect": "Allow"}, {"Sid": "Read", "Effect": "Allow"}, {"Sid": "", "Effect": "Allow"}]}
    )
    assert [one.name for one in found] == ["1", "Read", "3"]


def test_one_policy_of_several_is_called_by_its_name() -> None:
    document = {"Statement": [{"Effect": "Allow", "Action": "s3:*"}]}
    inline = [{"PolicyName": "read", "PolicyDocument": document}, {"PolicyDocument": document}]
    app = template(Role={"Type": "AWS::IAM::Role", "Properties": {"Policies": inline}})
    alone = template(Role={"Type": "AWS::IAM::Role", "Properties": {"Policies": inline[:1]}})
    for found, names in ((app, ["1 of read", "1 of policy 2"]), (alone, ["1"])):
        policies = policies_at(found.resources["Role"], "Policies[].PolicyDocument")
        assert [one.name for policy in policies if not isinstance(policy, Unknown) for one in policy] == names


def test_a_policy_is_read_once_in_each_world() -> None:
    properties = {"PolicyDocument": {"Statement": {"Effect": {"Ref": "Effect"}, "Action": "*"}}}
    app = App()
    made = app.add(
        "t.json",
        {
            "Parameters": {"Effect": {"Type": "String", "AllowedValues": ["Allow", "Deny"]}},
            "Resources": {"Policy": {"Type": "AWS::IAM::Policy", "Properties": properties}},
        },
    )

    def asked() -> tuple[Any, Ternary]:
        found = policy_at(made.resources["Policy"], "PolicyDocument")
        assert not isinstance(found, Unknown)
        assert policy_at(made.resources["Policy"], "PolicyDocument") is found
        return found, found[0].denies

    assert [answer for _, (_, answer) in app.worlds.explore(asked).worlds] == [NO, YES]


@pytest.mark.parametrize(
    ("principal", "everyone"),
    [
        ("*", YES),
        ({"AWS": "*"}, YES),
        ({"AWS": ["111122223333", "*"]}, YES),
        ({"Service": "*"}, NO),
        ({"AWS": "111122223333"}, NO),
        (MISSING, PERHAPS),
        ({"AWS": ["111122223333", MISSING]}, PERHAPS),
        ({"Service": MISSING}, NO),
        (None, NO),
    ],
)
def test_everyone(principal: Any, everyone: Ternary) -> None:
    assert statement(Effect="Allow", Principal=principal).names_everyone() is everyone


@pytest.mark.parametrize(
    ("effect", "denies"), [("Deny", YES), ("Allow", NO), (None, NO), ("deny", NO), (MISSING, PERHAPS)]
)
def test_effect(effect: Any, denies: Ternary) -> None:
    found = statement(Effect=effect)
    opposite = {YES: NO, NO: YES, PERHAPS: PERHAPS}
    assert (found.denies, found.allows) == (denies, opposite[denies])


@pytest.mark.parametrize(
    ("fields", "covered"),
    [
        ({"Action": "s3:PutObject"}, YES),
        ({"Action": ["s3:Get*", "S3:PUT*"]}, YES),
        ({"Action": "*"}, YES),
        ({"Action": "s3:Get*"}, NO),
        ({"NotAction": "s3:Get*"}, YES),
        ({"NotAction": "S3:*"}, NO),
        ({"Action": MISSING}, PERHAPS),
        ({"Action": ["*", MISSING]}, YES),
        ({"NotAction": ["s3:Get*", MISSING]}, PERHAPS),
        ({}, NO),
    ],
)
def test_actions(fields: dict[str, Any], covered: Ternary) -> None:
    assert statement(Effect="Allow", **fields).covers_action("s3:PutObject") is covered


def test_patterns_know_star_and_question_mark_only() -> None:
    assert matches("s3:Get?bject", "s3:GetObject")
    assert not matches("s3:[G]etObject", "s3:GetObject")
    assert not matches(UNKNOWN, "s3:GetObject")


def test_services_ignore_case() -> None:
    found = statement(Effect="Allow", Principal={"Service": ["Lambda.amazonaws.com", MISSING]})
    assert found.principals == [("Service", "lambda.amazonaws.com"), ("Service", UNKNOWN)]


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", ("stringequals", "", False)),
        ("ForAnyValue:StringLike", ("stringlike", "foranyvalue", False)),
        ("forallvalues:StringEqualsIfExists", ("stringequals", "forallvalues", True)),
        ("BOOLIFEXISTS", ("bool", "", True)),
    ],
)
def test_an_operator_is_taken_apart(operator: str, expected: tuple[str, str, bool]) -> None:
    (found,) = conditions({operator: {"AWS:SourceAccount": "1"}})
    assert (found.operator, found.quantifier, found.if_exists) == expected
    assert (found.key, found.values) == ("aws:sourceaccount", ["1"])


def test_several_keys_and_operators_are_as_many_conditions() -> None:
    found = conditions({"StringEquals": {"a": "1", "b": ["2", "3"]}, "Bool": {"c": False}})
    assert [(one.key, one.values) for one in found] == [("a", ["1"]), ("b", ["2", "3"]), ("c", [False])]


@pytest.mark.parametrize("written", [MISSING, "text", {"StringEquals": "text"}, {"StringEquals": MISSING}, ["a"]])
def test_what_is_no_comparison_may_be_any(written: Any) -> None:
    assert statement(Effect="Allow", Condition=written).conditions == [UNKNOWN]


@pytest.mark.parametrize("value", [MISSING, None, {"a": "b"}])
def test_a_value_that_cannot_be_compared_is_unknown(value: Any) -> None:
    assert conditions({"StringEquals": {"a": value}})[0].values == [UNKNOWN]


@pytest.mark.parametrize("written", [None, {}, {"StringEquals": {}}])
def test_no_condition(written: Any) -> None:
    assert statement(Effect="Allow", Condition=written).conditions == []


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"Principal": "*"}, YES),
        ({"NotPrincipal": {"AWS": "111122223333"}}, YES),
        ({"Principal": {"AWS": "111122223333"}}, NO),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, NO),
        ({"Principal": "*", "Condition": {"STRINGEQUALS": {"AWS:PRINCIPALORGID": "o-1"}}}, NO),
        ({"Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}}, YES),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, YES),
        ({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, YES),
        ({"Principal": "*", "Condition": {"Bool": {"aws:PrincipalIsAWSService": ["True"]}}}, NO),
        ({"Principal": {"AWS": MISSING}}, PERHAPS),
        ({"Principal": "*", "Condition": MISSING}, PERHAPS),
        ({"Principal": {"AWS": "1"}, "Condition": MISSING}, NO),
    ],
)
def test_who_is_let_in(fields: dict[str, Any], answer: Ternary) -> None:
    only = statement(Effect="Allow", **fields)
    assert is_open(only, [only]) is answer


DENY_STRANGERS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "S3:*",
    "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
}


@pytest.mark.parametrize(
    ("denial", "answer"),
    [
        (DENY_STRANGERS, NO),
        ({**DENY_STRANGERS, "Action": "*"}, NO),
        ({**DENY_STRANGERS, "Action": "s3:Put*"}, YES),
        ({**DENY_STRANGERS, "NotResource": "arn:aws:s3:::other"}, YES),
        ({**DENY_STRANGERS, "Condition": {**DENY_STRANGERS["Condition"], "StringEquals": MISSING}}, YES),  # type: ignore[dict-item]
        (MISSING, YES),
    ],
)
def test_only_a_certain_denial_guards(denial: Any, answer: Ternary) -> None:
    opened, other = read({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}, denial]})
    assert is_open(opened, [opened, other]) is answer


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ({"Bool": {"aws:SecureTransport": "false"}}, YES),
        ({"Bool": {"aws:SecureTransport": False}}, YES),
        ({"bool": {"AWS:SecureTransport": ["False"]}}, YES),
        ({"BoolIfExists": {"aws:SecureTransport": "FALSE"}}, YES),
        ({"Bool": {"aws:SecureTransport": "true"}}, NO),
        ({"Bool": {"aws:SecureTransport": ["true", "false"]}}, NO),
        ({"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}}, NO),
        ({"Bool": {"aws:SecureTransport": MISSING}}, PERHAPS),
        ({"Bool": MISSING}, PERHAPS),
        (None, NO),
    ],
)
def test_plain_http_denied(condition: Any, answer: Ternary) -> None:
    assert denies_plain_http(statement(Effect="Deny", Principal="*", Action="*", Condition=condition)) is answer
