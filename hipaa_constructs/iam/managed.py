"""The policies that AWS manages: which of them an identity is given, and which stand for everything of a service."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, spread
from hipaa_constructs.iam.arns import parse_arn

# Where each type of identity names the managed policies that it is given.
HOLDERS_OF_MANAGED = {
    "AWS::IAM::Group": "ManagedPolicyArns[]",
    "AWS::IAM::Role": "ManagedPolicyArns[]",
    "AWS::IAM::User": "ManagedPolicyArns[]",
    "AWS::SSO::PermissionSet": "ManagedPolicies[]",
}
_FULL_ACCESS = re.compile(r"AdministratorAccess|PowerUserAccess|\w*FullAccess\w*")


def managed_by_aws(identity: Resource) -> Iterator[str | Unknown]:
    """Yield the names of AWS's own policies that an identity is given; ``UNKNOWN`` for one that cannot be told."""
    for value in spread(identity.properties, HOLDERS_OF_MANAGED.get(identity.type, "ManagedPolicyArns[]")):
        if value is UNKNOWN:
            yield UNKNOWN
            continue
        arn = parse_arn(str(value))
        if arn is not None and arn.service == "iam" and arn.account == "aws":
            yield arn.name.rpartition("/")[2]


def is_full_access(name: str) -> bool:
    """Whether a policy of AWS's own stands for all of a service, or of AWS."""
    return _FULL_ACCESS.fullmatch(name) is not None


# What these allow on every resource: docs.aws.amazon.com/aws-managed-policy/latest/reference/<name>.html. Not all of
# such a name allow everything of a service.
_IN_FULL = {
    "AWSLambda_FullAccess": "lambda:*",
    "AdministratorAccess": "*",
    "AmazonDynamoDBFullAccess": "dynamodb:*",
    "AmazonKinesisFullAccess": "kinesis:*",
    "AmazonS3FullAccess": "s3:*",
    "AmazonSQSFullAccess": "sqs:*",
}


def allowed_in_full(name: str) -> str | None:
    """Return which actions a policy of AWS's own is known to allow on every resource, such as ``s3:*``."""
    return _IN_FULL.get(name)
