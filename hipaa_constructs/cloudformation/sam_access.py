"""The resource policies that AWS SAM writes into the definition of a REST API, from ``Auth`` of it and of its events.

docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-resourcepolicystatement.html;
the statements themselves are as SAM's translator writes them (github.com/aws/serverless-application-model,
samtranslator/swagger/swagger.py, ``add_resource_policy``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hipaa_constructs.cloudformation.values import function_of

# Of a definition, the policy of its REST API:
# docs.aws.amazon.com/apigateway/latest/developerguide/openapi-extensions-policy.html
POLICY: Final = "x-amazon-apigateway-policy"
EVERY_PATH: Final = "execute-api:/*"
# What a list stands for: who is let in or kept out, by account; and what is denied beside, by address and by network.
_ACCOUNTS: Final = {"AwsAccountWhitelist": "Allow", "AwsAccountBlacklist": "Deny"}
_ADDRESSES: Final = {"IpRangeWhitelist": "NotIpAddress", "IpRangeBlacklist": "IpAddress"}
_NETWORKS: Final = {"Blacklist": "StringEquals", "Whitelist": "StringNotEquals"}


def with_policy(definition: Mapping[str, Any], *written: tuple[Any, str]) -> Mapping[str, Any]:
    """Return a REST API's definition with what SAM adds to its policy for each ``ResourcePolicy``.

    :param written: each with the resource that it is about, ``EVERY_PATH`` or one of an event's.
    """
    body = definition.get("Body")
    told = [statement for policy, about in written for statement in _statements(policy, about)]
    if not told or not isinstance(body, Mapping) or function_of(body)[0]:
        return definition
    there = body.get(POLICY)
    own = there.get("Statement") if isinstance(there, Mapping) else None
    statements = [*(own if isinstance(own, list) else [own] if own else []), *told]
    return {**definition, "Body": {**body, POLICY: {"Version": "2012-10-17", "Statement": statements}}}


def _statements(policy: Any, about: str) -> Iterator[Any]:
    if not isinstance(policy, Mapping):
        return
    if function_of(policy)[0]:
        # One that only deployment chooses stays a statement that nobody can read.
        yield policy
        return
    for name, effect in _ACCOUNTS.items():
        if policy.get(name):
            yield _statement(effect, about, {"AWS": policy[name]})
    for name, operator in _ADDRESSES.items():
        if policy.get(name):
            yield from _let_in_but(about, {operator: {"aws:SourceIp": policy[name]}})
    for kind, operator in _NETWORKS.items():
        if places := _places(policy, kind):
            yield from _let_in_but(about, {operator: places})
    custom = policy.get("CustomStatements")
    yield from custom if isinstance(custom, list) else [custom] if custom else ()


def _places(policy: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """Return the networks and endpoints of a list: SAM tells them apart by their ids, or by what the list is called."""
    source = policy.get(f"SourceVpc{kind}")
    named = source if isinstance(source, list) else []
    places = {
        "aws:SourceVpc": [*_starting("vpc-", named), *_listed(policy.get(f"IntrinsicVpc{kind}"))],
        "aws:SourceVpce": [*_starting("vpce-", named), *_listed(policy.get(f"IntrinsicVpce{kind}"))],
    }
    return {key: values for key, values in places.items() if values}


def _starting(prefix: str, names: list[Any]) -> list[Any]:
    return [name for name in names if isinstance(name, str) and name.startswith(prefix)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _let_in_but(about: str, condition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield _statement("Allow", about, "*")
    yield {**_statement("Deny", about, "*"), "Condition": condition}


def _statement(effect: str, about: str, principal: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": about, "Principal": principal}
