"""Whether a policy denies a certain request, evaluated as IAM evaluates it."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, as_list
from hipaa_constructs.iam.document import Statement, statements


def bucket_policy(bucket: Resource) -> Sequence[Statement] | Unknown:
    """Return the statements of all policies of a bucket; ``UNKNOWN`` if one cannot be read."""
    policy: list[Statement] = []
    for resource in bucket.template.app.referring(bucket, "AWS::S3::BucketPolicy", "Bucket"):
        found = statements(resource.get("PolicyDocument", UNKNOWN))
        if isinstance(found, Unknown):
            return UNKNOWN
        policy += found
    return policy


def denied(policy: Sequence[Statement], bucket: Resource, action: str, request: Mapping[str, str]) -> bool:
    """Whether a person's request for any object is denied, whoever the person is.

    ``request`` holds the condition keys of the request; all others are absent from it. What cannot be told at synth
    does not deny.
    """
    return any(
        statement.denies
        and statement.names_everyone()
        and statement.covers_action(action)
        and statement.covers_resource(bucket, "/*")
        and all(_holds(operator, key, values, request) for operator, key, values in _conditions(statement))
        for statement in policy
    )


def denies_request(statement: Statement, action: str, resource: str, request: Mapping[str, str]) -> bool:
    """Whether a statement of an organization's policy denies a request for a resource, by its ARN or ``*``.

    ``request`` is as for ``denied``.
    """
    return (
        statement.denies
        # Service control policies name no principal.
        and (not statement.principals or statement.names_everyone())
        and statement.covers_action(action)
        and any(_is_about(pattern, resource) for pattern in statement.resources)
        and all(_holds(operator, key, values, request) for operator, key, values in _conditions(statement))
    )


def _is_about(pattern: Any, resource: str) -> bool:
    return isinstance(pattern, str) and fnmatch.fnmatchcase(resource, pattern.replace("[", "[[]"))


def _conditions(statement: Statement) -> Iterator[tuple[str, str, Sequence[Any]]]:
    conditions = statement.conditions
    for operator, entries in (conditions if isinstance(conditions, Mapping) else {"unreadable": conditions}).items():
        if entries is None:
            continue
        for key, value in entries.items() if isinstance(entries, Mapping) else [("", None)]:
            listed = as_list(value)
            yield operator.lower(), key.lower(), [] if isinstance(listed, Unknown) else listed


def _holds(operator: str, key: str, values: Sequence[Any], request: Mapping[str, str]) -> bool:
    present = next((value for name, value in request.items() if name.lower() == key), None)
    if operator == "null":
        return [str(value).lower() for value in values] == ["true" if present is None else "false"]
    if present is None and operator.startswith("foranyvalue:"):
        return False
    if present is None and (operator.startswith("forallvalues:") or operator.endswith("ifexists")):
        return True
    operator = operator.rpartition(":")[2].removesuffix("ifexists")
    if operator == "bool":
        return present is not None and present.lower() in [str(value).lower() for value in values]
    if operator == "numericlessthan":
        return present is not None and any(_is_less(present, value) for value in values)
    if not operator.startswith(("string", "arn")):
        return False
    matched = present is not None and any(
        isinstance(value, str) and fnmatch.fnmatchcase(present, value) for value in values
    )
    return matched is not ("not" in operator)


def _is_less(number: str, limit: Any) -> bool:
    try:
        return float(number) < float(limit)
    except (TypeError, ValueError):
        return False
