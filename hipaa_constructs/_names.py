"""What outlives its stack, and under which name, so that a second deployment finds no name taken.

Source: docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html.
"""

from __future__ import annotations

import functools
import hashlib
import re

import aws_cdk as cdk
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._stacks import account_of, path_of, region_of, stack_of

# Stays when its stack goes or it is replaced; goes if the operation that makes it is rolled back, still unused then.
KEPT = cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE

_DEPLOYMENT = r"[a-z0-9]{0,8}"
# docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET_LENGTH = 63
_DIGEST_LENGTH = 12
_PIECE_LENGTH = 8


def require_deployment(deployment: str) -> None:
    """Refuse what does not fit into every name that takes it."""
    if is_token(deployment) or not re.fullmatch(_DEPLOYMENT, deployment):
        refuse(
            "deployment",
            deployment,
            allowed="allowed are up to 8 lower-case letters and digits, known at synth",
            fix="Write a short one, such as '2'.",
        )


def known_name(scope: Construct, *, max_length: int, deployment: str = "") -> str:
    """Make a name from the construct's path, with the configured piece at its end: other Regions can know it."""
    ending = f"-{deployment}" if deployment else ""
    return cdk.Names.unique_resource_name(scope, max_length=max_length - len(ending), separator="-") + ending


def deployed_name(scope: Construct, *, max_length: int) -> str:
    """Make a name from the construct's path and a piece of its stack's id, which each deployment of it has anew."""
    return f"{known_name(scope, max_length=max_length - 1 - _PIECE_LENGTH)}-{stack_piece()}"


def known_bucket_name(scope: Construct, construct_id: str, *, deployment: str) -> str:
    """Make a bucket's name, which all of AWS shares, from path, account, Region and the configured piece."""
    stack = stack_of(scope)
    if is_token(account_of(stack)) or is_token(region_of(stack)):
        refuse(
            "deployment",
            deployment,
            allowed="the bucket's stack has to state account and Region, which its name is made of",
            fix="Give that stack env=cdk.Environment(account=…, region=…).",
        )
    path = f"{path_of(scope)}/{construct_id}"
    digest = hashlib.sha256(f"{path} {account_of(stack)} {region_of(stack)}".encode()).hexdigest()[:_DIGEST_LENGTH]
    # The digest comes last: S3 reserves some endings, such as "-s3alias".
    ending = f"-{deployment}-{digest}"
    readable = re.sub(r"[^a-z0-9]+", "-", path.lower())[: _BUCKET_LENGTH - len(ending)].strip("-")
    return readable + ending


@functools.cache
def stack_piece() -> str:
    """Return a token for the first part of the UUID that a stack's id ends in.

    Source: docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html.
    """
    stack_uuid = cdk.Fn.select(2, cdk.Fn.split("/", cdk.Aws.STACK_ID))
    return cdk.Fn.select(0, cdk.Fn.split("-", stack_uuid))
