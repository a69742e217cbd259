"""The policy of a key from elsewhere: out of reach, so that what it has to say can only be said to a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from hipaa_constructs._stacks import stack_of
from hipaa_constructs.primitives.account_key import AccountKey
from hipaa_constructs.primitives.arns import key_arn
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole


def in_reach(key: kms.IKey) -> bool:
    """Whether the policy of ``key`` can be changed from here."""
    # What was made as a Key in this app is owned; the question itself would be a call to Node.
    return isinstance(key, kms.Key) or cdk.Resource.is_owned_resource(key)


def add_to_key_policy(key: kms.IKey, statement: iam.PolicyStatement) -> None:
    """Add ``statement`` to the policy of ``key``, or, out of reach, warn that it has to be there."""
    if isinstance(key, AccountKey):
        key.add_held(statement)
    elif in_reach(key):
        key.add_to_resource_policy(statement)
    else:
        say_what_is_missing(key, statement)


def grant_on_key(key: kms.IKey, identity: iam.IGrantable, *actions: str) -> iam.Grant:
    """Grant on ``key``: by a policy of the principal, or, for one of elsewhere, by that of the key."""
    if isinstance(identity, LeastPrivilegeRole) and isinstance(key, AccountKey) and stack_of(identity) is stack_of(key):
        return identity.allow(actions, [key_arn(key)])
    grant = key.grant(identity, *actions)
    if not in_reach(key) and grant.resource_statement is not None:
        say_what_is_missing(key, grant.resource_statement)
    return grant


def say_what_is_missing(key: kms.IKey, statement: iam.PolicyStatement) -> None:
    """Warn of a statement that an imported key has to have; CDK would write nothing and say nothing.

    Each principal has an id of its own, so that a warning which somebody saw to hides no other.
    """
    stack = stack_of(key)
    written = _readable(stack.resolve({**statement.to_statement_json(), "Resource": "*"}))
    named = next(iter(written["Principal"].values()))
    principal = str(named[0] if isinstance(named, list) else named)
    # The service's own name, or the account; a Region may be a token, and then stands there in braces.
    name = principal.split(":")[4] if principal.startswith("arn:") else principal.split(".")[0]
    cdk.Annotations.of(key).add_warning_v2(
        f"hipaa-constructs:imported-key-policy:{name}",
        "The policy of an imported key cannot be changed from here: see that it has the statement "
        f"{json.dumps(written)}",
    )


def _readable(value: Any) -> Any:
    """Write intrinsics as ``${…}``, as in ``Fn::Sub``, so that the statement can be copied."""
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(map(_readable, parts))
    if "Fn::GetAtt" in value:
        return f"${{{'.'.join(value['Fn::GetAtt'])}}}"
    if "Ref" in value:
        return f"${{{value['Ref']}}}"
    return {key: _readable(item) for key, item in value.items()}
