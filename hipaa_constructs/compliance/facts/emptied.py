"""Which custom resources empty a bucket, so that CloudFormation can delete it or what it keeps is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Text, Unknown
from hipaa_constructs.compliance.facts.cdk_functions import is_cdk_helper
from hipaa_constructs.compliance.facts.functions import FUNCTION, is_custom
from hipaa_constructs.compliance.facts.mentions import users_in_template
from hipaa_constructs.compliance.facts.uploads import names_objects
from hipaa_constructs.iam.roles import documents_of

_DELETES: Final = "s3:DeleteObject"
# BucketEmptier, Custom::CleanupBucket, PurgeObjects
_CALLED: Final = re.compile(r"clean|delet|destroy|empt(y|ie)|purge|wipe", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Emptier:
    """The function of a custom resource that is called by what it does to a bucket; ``may`` is whether it may."""

    function: Resource
    may: bool


def emptier_of(bucket: Resource) -> Emptier | None:
    """Return the function of the app's own that a custom resource empties a bucket by, by names and policies.

    What CDK adds for this is known by its type.
    """
    found = list(_emptiers(bucket))
    return next((one for one in found if one.may), found[0] if found else None)


def _emptiers(bucket: Resource) -> Iterator[Emptier]:
    for user in filter(is_custom, users_in_template(bucket)):
        function = user.template.target(user.get("ServiceToken"), FUNCTION)
        if function is None or is_cdk_helper(function):
            continue
        called = (user.type.removeprefix("AWS::CloudFormation::"), user.logical_id, function.logical_id)
        may = _may_delete(function, bucket)
        if may is not Ternary.NO and any(map(_CALLED.search, called)):
            yield Emptier(function, may is Ternary.YES)


def _may_delete(function: Resource, bucket: Resource) -> Ternary:
    """Whether the role of a function lets it delete objects of a bucket; unknown of one that the app does not show."""
    role = function.template.target(function.get("Role"), "AWS::IAM::Role")
    if role is None:
        return Ternary.UNKNOWN
    policies = list(documents_of(role, with_boundary=False))
    allowed = any(
        statement.allows is Ternary.YES
        and statement.covers_action(_DELETES) is Ternary.YES
        and any(_covers(value, bucket) for value in statement.resources)
        for policy in policies
        if not isinstance(policy, Unknown)
        for statement in policy
    )
    if allowed:
        return Ternary.YES
    return Ternary.UNKNOWN if any(isinstance(policy, Unknown) for policy in policies) else Ternary.NO


def _covers(value: Resolved, bucket: Resource) -> bool:
    every = (
        isinstance(value, str) and not isinstance(value, Text) and value in ("*", "arn:aws:s3:::*", "arn:aws:s3:::*/*")
    )
    return every or names_objects(value, bucket)
