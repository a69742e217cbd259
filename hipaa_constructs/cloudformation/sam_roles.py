"""The roles that AWS SAM makes of ``Policies``: names, documents, and templates of policies.

What a policy template allows is in ``sam_policies.json``
(docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html). SAM takes
``Fn::If`` around each of these (github.com/aws/serverless-application-model/pull/988).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

_NOTHING: Final[Mapping[str, str]] = {"Ref": "AWS::NoValue"}
_FUNCTIONS = frozenset({"Fn::GetAtt", "Fn::ImportValue", "Fn::Join", "Fn::Sub", "Ref"})
_GIVEN = re.compile(r"\$\{(\w+)\}")
_MANAGED, _INLINE = "ManagedPolicyArns", "Policies"


def role(name: str, given: Mapping[str, Any], service: str, *always: Any) -> Mapping[str, Any]:
    """Return the role that SAM makes for a function or a state machine.

    :param service: who takes it.
    :param always: managed policies that SAM adds by itself.
    """
    written = given.get("Policies", [])
    managed: list[Any] = [*always]
    inline: list[Any] = []
    for policy in written if isinstance(written, list) else [written]:
        for kind, made in _made_of(policy):
            if kind == _MANAGED:
                managed.append(made)
            else:
                inline.append(_named(made, f"{name}RolePolicy{len(inline)}"))
    trust = {"Effect": "Allow", "Principal": {"Service": [service]}, "Action": ["sts:AssumeRole"]}
    return {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        _MANAGED: managed,
        _INLINE: inline,
    }


def managed(name: str) -> Mapping[str, str]:
    """Return the ARN of a policy that AWS manages."""
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{name}"}


def _made_of(policy: Any) -> Iterator[tuple[str, Any]]:
    """Yield what SAM makes of an entry of ``Policies``, and of which property of the role it becomes a part."""
    if isinstance(policy, str):
        yield _MANAGED, policy if policy.startswith("arn:") else managed(policy)
        return
    if not isinstance(policy, Mapping) or not policy:
        return
    if "Statement" in policy:
        yield _INLINE, {"PolicyDocument": policy}
    elif set(policy) == {"Fn::If"}:
        yield from _chosen(policy["Fn::If"])
    elif set(policy) <= _FUNCTIONS:
        yield _MANAGED, policy
    else:
        for template, values in policy.items():
            statements = [*_statements(template, values)]
            if statements:
                yield _INLINE, {"PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}


def unknown_templates(policies: Any) -> Iterator[str]:
    """Yield the names in ``Policies`` that stand where a policy template does, and that no such template bears."""
    for policy in policies if isinstance(policies, list) else [policies]:
        if not isinstance(policy, Mapping) or "Statement" in policy or set(policy) <= _FUNCTIONS:
            continue
        chosen = policy.get("Fn::If")
        if isinstance(chosen, list):
            yield from unknown_templates(chosen[1:])
        else:
            yield from (str(name) for name in policy if name not in _templates() and not str(name).startswith("Fn::"))


def _chosen(written: Any) -> Iterator[tuple[str, Any]]:
    """Yield what SAM makes of either branch of a condition."""
    if not isinstance(written, list) or len(written) != 3:
        return
    condition, then, otherwise = written
    for kind, made in _made_of(then):
        yield kind, {"Fn::If": [condition, made, _NOTHING]}
    for kind, made in _made_of(otherwise):
        yield kind, {"Fn::If": [condition, _NOTHING, made]}


def _named(policy: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    chosen = policy.get("Fn::If")
    if chosen is None:
        return {"PolicyName": name, **policy}
    condition, *branches = chosen
    return {"Fn::If": [condition, *(one if one == _NOTHING else _named(one, name) for one in branches)]}


def _statements(template: str, values: Any) -> Iterator[Mapping[str, Any]]:
    given = values if isinstance(values, Mapping) else {}
    for actions, names, *condition in _templates().get(template, ()):
        yield {
            "Effect": "Allow",
            "Action": actions,
            "Resource": [_filled(name, given) for name in names],
            **({"Condition": _condition(condition[0], given)} if condition else {}),
        }


def _condition(tests: Mapping[str, Mapping[str, str]], given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {operator: {key: _filled(value, given) for key, value in test.items()} for operator, test in tests.items()}


def _filled(text: str, given: Mapping[str, Any]) -> Any:
    """Return a text of a template with what the app gives for its parameters."""
    whole = _GIVEN.fullmatch(text)
    if whole:
        return given.get(whole[1], {"Fn::Sub": text})
    named = {name: given[name] for name in _GIVEN.findall(text) if name in given}
    return {"Fn::Sub": [text, named]} if named else {"Fn::Sub": text} if "${" in text else text


@cache
def _templates() -> Mapping[str, Any]:
    text = resources.files("hipaa_constructs.cloudformation").joinpath("sam_policies.json").read_text("utf-8")
    policies: Mapping[str, Any] = json.loads(text)["policies"]
    return policies
