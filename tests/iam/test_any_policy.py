"""No policy, however odd, trips what reads policies."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, negate
from hipaa_constructs.iam import arns, conditions, document, evaluate, exposure, grants, roles
from hipaa_constructs.iam.document import Statement, parsed, statements
from hipaa_constructs.iam.locations import IDENTITY_POLICIES

WORDS = st.sampled_from(
    [
        *("*", "s3:*", "s3:GetObject", "S3:PUT*", "kms:Decrypt", "iam:PassRole", "ec2:Create?ags", "[", "a:b:c"),
        *("Allow", "Deny", "allow", "true", "false", "1.2", "0.0.0.0/0", "::/0", "10.0.0.0/33"),
        *("111122223333", "arn:aws:iam::111122223333:root", "arn:aws:s3:::records/*", "arn:", "lambda.amazonaws.com"),
        *(
            "aws:SecureTransport",
            "aws:PrincipalOrgID",
            "AWS:SourceArn",
            "aws:SourceIp",
            "s3:TlsVersion",
            "kms:ViaService",
        ),
    ]
)
REFERENCES = st.sampled_from(
    [
        {"Ref": "Records"},
        {"Ref": "Free"},
        {"Ref": "AWS::NoValue"},
        {"Fn::GetAtt": ["Records", "Arn"]},
        {"Fn::Sub": "${Records.Arn}/*"},
        {"Fn::Sub": "${Free}:*"},
        {"Fn::If": ["Perhaps", "*", {"Ref": "AWS::NoValue"}]},
    ]
)
LEAVES = WORDS | REFERENCES | st.none() | st.booleans() | st.integers() | st.text(max_size=4)
ANY = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=6
)
OPERATORS = st.sampled_from(
    [
        *("Bool", "BoolIfExists", "Null", "StringEquals", "StringNotEqualsIfExists", "StringLike", "ArnNotLike"),
        *("NumericLessThan", "IpAddress", "NotIpAddress", "ForAnyValue:StringLike", "ForAllValues:StringEquals", "x"),
    ]
)
FIELDS = ("Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Effect", "Sid", "Condition")
PRINCIPALS = st.dictionaries(st.sampled_from(["AWS", "Service", "Federated", "CanonicalUser"]), ANY, max_size=2)
CONDITIONS = st.dictionaries(OPERATORS, st.dictionaries(WORDS, ANY, max_size=2) | ANY, max_size=2)
STATEMENTS = st.dictionaries(st.sampled_from(FIELDS), ANY | PRINCIPALS | CONDITIONS, max_size=6)
DOCUMENTS = (
    st.fixed_dictionaries(
        {}, optional={"Version": ANY, "Statement": st.lists(STATEMENTS | ANY, max_size=3) | STATEMENTS}
    )
    | ANY
)
# What the functions of this room take beside a statement, a policy or a resource.
ARGUMENTS: dict[str, Any] = {
    "action": "s3:PutObject",
    "actions": ("s3:PutObject", "kms:Decrypt"),
    "cidr": "10.0.0.0/8",
    "default": "us-east-1",
    "kinds": {"s3": ("records/*",)},
    "key": "aws:RequestedRegion",
    "path": "AssumeRolePolicyDocument",
    "pattern": "s3:*",
    "request": {"aws:SecureTransport": "false", "s3:TlsVersion": "1.1"},
    "resource": "*",
    "text": "arn:aws:s3:::records",
    "value": "arn:aws:s3:::records",
    "within": "the first policy",
    "with_boundary": True,
}


def _functions() -> list[Callable[..., Any]]:
    return [
        function
        for module in (arns, conditions, document, evaluate, exposure, grants, roles)
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    ]


def _call(function: Callable[..., Any], policy: Sequence[Statement], statement: Statement, resource: Resource) -> None:
    given = {**ARGUMENTS, "policy": policy, "statement": statement, "document": None, "absent": ()}
    taken = {}
    for name, parameter in inspect.signature(function).parameters.items():
        # A policy is statements in some functions, a resource in others.
        of_resource = parameter.annotation == "Resource"
        assert of_resource or name in given, f"say in ARGUMENTS what {function.__name__} takes as {name}"
        taken[name] = resource if of_resource else given[name]
    answer = function(**taken)
    if inspect.isgenerator(answer):
        list(answer)


@pytest.mark.parametrize("function", _functions(), ids=lambda function: function.__name__)
@settings(max_examples=25)
@given(
    written=DOCUMENTS,
    kind=st.sampled_from(sorted(IDENTITY_POLICIES)),
    as_text=st.booleans(),
)
def test_any_policy_is_read(function: Callable[..., Any], written: Any, kind: str, as_text: bool) -> None:
    if as_text:
        written = json.dumps(written)
    properties: Any = written
    for name in reversed(IDENTITY_POLICIES[kind].split(".")):
        properties = {name.removesuffix("[]"): [properties] if name.endswith("[]") else properties}
    body = {
        "Parameters": {"Free": {"Type": "String"}},
        "Conditions": {"Perhaps": {"Fn::Equals": [{"Ref": "Free"}, "x"]}},
        "Resources": {
            "Records": {"Type": "AWS::S3::Bucket"},
            "Subject": {"Type": kind, "Properties": {**properties, "AssumeRolePolicyDocument": written}},
        },
    }
    template = App().add("t.json", body)
    policy = statements(parsed(template.resolve(written)))
    if isinstance(policy, Unknown):
        policy = []
    for statement in policy or statements({"Statement": {"Effect": "Allow"}}):  # type: ignore[union-attr]
        _call(function, policy, statement, template.resources["Subject"])
        assert statement.allows is negate(statement.denies)
        for answer in (
            statement.names_everyone(),
            statement.covers_action("s3:PutObject"),
            statement.covers_resource(template.resources["Records"], "/*"),
            *(condition.is_flag(True) for condition in statement.compared("aws:securetransport")),
        ):
            assert isinstance(answer, Ternary)
