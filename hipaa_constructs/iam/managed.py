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
