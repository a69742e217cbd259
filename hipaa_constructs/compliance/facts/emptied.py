"""Which custom resources empty a bucket, so that CloudFormation can delete it or what it keeps is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Text, Unknown, as_items, dig, is_one_of
from hipaa_constructs.compliance.facts.cdk_functions import is_cdk_helper
from hipaa_constructs.compliance.facts.functions import FUNCTION, is_custom
from hipaa_constructs.compliance.facts.mentions import users_in_template
from hipaa_constructs.compliance.facts.uploads import names_objects
from hipaa_constructs.iam.roles import documents_of

_DELETES: Final = "s3:DeleteObject"
# BucketEmptier, Custom::CleanupBucket, PurgeObjects
_CALLED: Final = re.compile(r"clean|delet|destroy|empt(y|ie)|purge|wipe", re.IGNORECASE)


# What s3.Bucket(auto_delete_objects=True) adds, and the tag without which its function passes the bucket over:
# docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_s3.Bucket.html
CDK_EMPTIER: Final = "Custom::S3AutoDeleteObjects"
CDK_TAG: Final = "aws-cdk:auto-delete-objects"
# With these on the custom resource, nobody tells its function to empty the bucket.
_LEFT: Final = ("Retain", "RetainExceptOnCreate")


@dataclass(frozen=True, slots=True)
class Emptier:
    """What empties a bucket, ``said`` in words.

    ``may`` is whether it certainly may, and ``does`` whether it certainly does when the stack goes.
    """

    said: str
    may: bool
    does: bool = False


def emptier_of(bucket: Resource) -> Emptier | None:
    """Return what empties a bucket: CDK's own by its type, a function of the app's by names and policies."""
    found = [*_emptiers_of_cdk(bucket), *_emptiers(bucket)]
    return next((one for one in found if one.may), found[0] if found else None)


def is_emptied_by_cdk(bucket: Resource) -> bool:
    """Whether CDK's own custom resource empties a bucket."""
    return any(True for _ in _emptiers_of_cdk(bucket))


def _emptiers_of_cdk(bucket: Resource) -> Iterator[Emptier]:
    """Yield CDK's own: its function is told when the custom resource goes, whatever keeps the bucket."""
    tagged = any(
        is_one_of(dig(tag, "Key"), CDK_TAG) is Ternary.YES and is_one_of(dig(tag, "Value"), "true") is Ternary.YES
        for tag in as_items(bucket.get("Tags"))
    )
    for user in bucket.template.app.referring(bucket, CDK_EMPTIER, "BucketName"):
        if is_one_of(user.deletion_policy, *_LEFT) is not Ternary.YES:
            yield Emptier(f"{user.logical_id}, by which CDK empties the bucket, goes with the stack", True, tagged)


def _emptiers(bucket: Resource) -> Iterator[Emptier]:
    for user in filter(is_custom, users_in_template(bucket)):
        function = user.template.target(user.get("ServiceToken"), FUNCTION)
        if function is None or is_cdk_helper(function):
            continue
        called = (user.type.removeprefix("AWS::CloudFormation::"), user.logical_id, function.logical_id)
        may = _may_delete(function, bucket)
        if may is not Ternary.NO and any(map(_CALLED.search, called)):
            certain = may is Ternary.YES
            rights = "may delete objects" if certain else "may be let delete objects"
            yield Emptier(f"A custom resource has the bucket for {function.logical_id}, which {rights}", certain)


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
