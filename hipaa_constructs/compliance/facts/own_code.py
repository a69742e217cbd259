"""Whether a function may write the object that its own code is deployed from."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Reference,
    Resolved,
    Ternary,
    Text,
    Unknown,
    as_mapping,
    function_of,
    is_present,
)
from hipaa_constructs.iam.document import Statement, matches
from hipaa_constructs.iam.roles import documents_of

_WRITES = "s3:PutObject"


def code_writers(function: Resource) -> Iterator[str] | None:
    """Yield how the statements of a function's role are called that let it write the object of its code.

    None where the template does not tell whose role it is, from where the code comes, or what the role may do. A
    version of the object stays what it is, so that nothing is yielded of one that is named.
    """
    role = function.template.target(function.get("Role"), "AWS::IAM::Role")
    bucket, key = _bucket(function), function.get("Code.S3Key")
    if role is None or bucket is None:
        return None
    if "${?" in str(bucket) and role.template is not function.template:
        # By one name, each template has a parameter of its own.
        return None
    if is_present(function.get("Code.S3ObjectVersion")) is not Ternary.NO:
        return iter(())
    read = [
        one for policy in documents_of(role, with_boundary=False) if not isinstance(policy, Unknown) for one in policy
    ]
    if any(one.denies is not Ternary.NO and one.covers_action(_WRITES) is not Ternary.NO for one in read):
        return None
    return (one.name for one in read if _writes(one, bucket, key))


def _bucket(function: Resource) -> str | Reference | None:
    """Return the bucket of a function's code; a parameter by which deployment names it stands as it does in a text."""
    bucket = function.get("Code.S3Bucket")
    if isinstance(bucket, (str, Reference)):
        return bucket
    written = as_mapping(as_mapping(function.raw.get("Properties")).get("Code")).get("S3Bucket")
    if bucket is not UNKNOWN or function_of(written)[0] != "Ref":
        return None
    text = function.template.resolve({"Fn::Join": ["", [written, "/"]]})
    return str(text).removesuffix("/") if isinstance(text, Text) else None


def _writes(statement: Statement, bucket: str | Reference, key: Resolved) -> bool:
    """Whether a statement certainly lets its role write an object, by the name of its bucket.

    What names no bucket, other rules tell.
    """
    if statement.allows is not Ternary.YES or statement.conditions:
        return False
    if not any(matches(action, _WRITES) for action in statement.actions):
        return False
    return any(_covers(_objects(item, bucket), key) for item in statement.resources)


def _objects(item: Resolved, bucket: str | Reference) -> str | None:
    """Return the pattern of a bucket's objects that a resource stands for; None if it is about another bucket."""
    if item is UNKNOWN or not isinstance(item, str):
        return None
    first = item.parts[0] if isinstance(item, Text) and item.parts else None
    if isinstance(first, Reference) and first.attribute == "Arn":
        rest = str(item).removeprefix(str(first))
        of_bucket = isinstance(bucket, Reference) and first.resource is bucket.resource
    else:
        _, _, name = str(item).partition(":::")
        of_bucket, rest = name.startswith(str(bucket)), name.removeprefix(str(bucket))
    if not of_bucket:
        return None
    return rest.removeprefix("/") if rest.startswith("/") or rest == "*" else None


def _covers(pattern: str | None, key: Resolved) -> bool:
    if pattern is None:
        return False
    if pattern == "*":
        return True
    known = isinstance(key, str) and not isinstance(key, Text) and "${" not in pattern
    return known and fnmatch.fnmatchcase(str(key), pattern.replace("[", "[[]"))
