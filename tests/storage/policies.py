"""A small evaluator of bucket policies.

It follows docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html. It
knows the operators that this library writes, and fails on any other.
"""

from __future__ import annotations

import fnmatch
from typing import Any

Context = dict[str, Any]


def denied_by(policy: dict[str, Any], action: str, resource: str, context: Context) -> set[str]:
    """Return the ids of the Deny statements that match; one without an id is called by its condition's key."""
    return {
        statement.get("Sid") or next(iter(next(iter(statement["Condition"].values()))))
        for statement in policy["Statement"]
        if statement["Effect"] == "Deny" and _matches(statement, action, resource, context)
    }


def allowed(policy: dict[str, Any], service: str, action: str, resource: str, context: Context) -> bool:
    """Whether the policy lets a service principal in: an Allow that matches, and no Deny."""
    granted = any(
        statement["Effect"] == "Allow"
        and statement["Principal"].get("Service") == service
        and _matches(statement, action, resource, context)
        for statement in policy["Statement"]
    )
    return granted and not denied_by(policy, action, resource, context)


def literal(value: Any) -> Any:
    """Replace intrinsics by text: ``Fn::GetAtt`` becomes ``<LogicalId.Attribute>``, ``Ref`` ``<LogicalId>``."""
    if isinstance(value, list):
        return [literal(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(literal(part) for part in parts)
    if "Fn::GetAtt" in value:
        return f"<{'.'.join(value['Fn::GetAtt'])}>"
    if "Ref" in value:
        return f"<{value['Ref']}>"
    return {key: literal(item) for key, item in value.items()}


def _matches(statement: dict[str, Any], action: str, resource: str, context: Context) -> bool:
    return (
        any(fnmatch.fnmatchcase(action, pattern) for pattern in _listed(statement["Action"]))
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in _listed(statement["Resource"]))
        and all(
            _holds(operator, key, _listed(values), context)
            for operator, tests in statement.get("Condition", {}).items()
            for key, values in tests.items()
        )
    )


def _holds(operator: str, key: str, values: list[Any], context: Context) -> bool:
    got = context.get(key)
    match operator:
        case "Null":
            return (got is None) == (values == ["true"])
        case "StringEquals" | "ArnEquals":
            return got in values
        case "ArnLike":
            return got is not None and any(fnmatch.fnmatchcase(got, value) for value in values)
        case "StringNotEquals":  # an absent key matches a negated operator
            return got not in values
        case "Bool":
            return str(got).lower() in values
        case "NumericLessThan":
            return got is not None and any(got < float(value) for value in values)
        case "ForAllValues:StringNotEquals":  # true of an absent key
            return all(item not in values for item in got or [])
    raise AssertionError(f"unknown operator {operator}")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
