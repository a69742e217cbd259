"""Whether a policy denies a certain request, evaluated as IAM evaluates it."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Ternary, Unknown, all_of, any_of, negate
from hipaa_constructs.iam.document import FOR_ALL, FOR_ANY, Condition, Statement, policy_at


class Another(str):
    """What a request says that no policy names, so that it also differs from what only deployment tells."""

    __slots__ = ()


def bucket_policy(bucket: Resource) -> Sequence[Statement] | Unknown:
    """Return the statements of all policies of a bucket; ``UNKNOWN`` if one cannot be read."""
    together: list[Statement] = []
    for resource in bucket.template.app.referring(bucket, "AWS::S3::BucketPolicy", "Bucket"):
        found = policy_at(resource, "PolicyDocument", absent=UNKNOWN)
        if isinstance(found, Unknown):
            return UNKNOWN
        together += found
    return together


def denied(policy: Sequence[Statement], bucket: Resource, action: str, request: Mapping[str, str]) -> Ternary:
    """Whether a person's request for any object is denied, whoever the person is.

    ``request`` holds the condition keys of the request; all others are absent from it.
    """
    return any_of(
        all_of(
            (
                statement.denies,
                statement.names_everyone(),
                statement.covers_action(action),
                statement.covers_resource(bucket, "/*"),
                *_conditions(statement, request),
            )
        )
        for statement in policy
    )


def denies_request(statement: Statement, action: str, resource: str, request: Mapping[str, str]) -> Ternary:
    """Whether a statement of an organization's policy denies a request for a resource, by its ARN or ``*``.

    ``request`` is as for ``denied``.
    """
    return all_of(
        (
            statement.denies,
            # Service control policies name no principal.
            statement.names_everyone() if statement.principals else Ternary.YES,
            statement.covers_action(action),
            any_of(_is_about(pattern, resource) for pattern in statement.resources),
            *_conditions(statement, request),
        )
    )


def _is_about(pattern: Resolved, resource: str) -> Ternary:
    return Ternary.UNKNOWN if pattern is UNKNOWN else Ternary.of(_like(resource, pattern))


def _conditions(statement: Statement, request: Mapping[str, str]) -> Iterator[Ternary]:
    for condition in statement.conditions:
        yield Ternary.UNKNOWN if isinstance(condition, Unknown) else _holds(condition, request)


def _holds(condition: Condition, request: Mapping[str, str]) -> Ternary:
    present = next((value for name, value in request.items() if name.lower() == condition.key), None)
    if condition.operator == "null":
        return _any(condition, lambda value: str(value).lower() == ("true" if present is None else "false"))
    if present is None and condition.quantifier == FOR_ANY:
        return Ternary.NO
    if present is None and (condition.quantifier == FOR_ALL or condition.if_exists):
        return Ternary.YES
    if condition.operator == "bool":
        return _any(condition, lambda value: present is not None and str(value).lower() == present.lower())
    if condition.operator == "numericlessthan":
        return _any(condition, lambda value: present is not None and _is_less(present, value))
    # Of dates and addresses no request here tells anything.
    if not condition.operator.startswith(("string", "arn")):
        return Ternary.NO
    if present is None or (isinstance(present, Another) and condition.operator in _LITERAL):
        matched = Ternary.of(present is not None and any(_like(present, value) for value in condition.values))
    else:
        matched = _any(condition, lambda value: _like(present, value))
    return negate(matched) if "not" in condition.operator else matched


# Values in which a wildcard is none.
_LITERAL = frozenset({"stringequals", "stringequalsignorecase", "stringnotequals", "stringnotequalsignorecase"})


def _any(condition: Condition, test: Callable[[Resolved], bool]) -> Ternary:
    return any_of(Ternary.UNKNOWN if value is UNKNOWN else Ternary.of(test(value)) for value in condition.values)


def _like(text: str, pattern: Resolved) -> bool:
    return isinstance(pattern, str) and fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


def _is_less(number: str, limit: Resolved) -> bool:
    try:
        return float(number) < float(str(limit))
    except ValueError:
        return False
