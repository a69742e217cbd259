"""What statements of service control policies are made of: denials, and the roles that are exempt from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Statement = Mapping[str, Any]


# Roles by which Control Tower and service-managed stack sets set up member accounts on the management account's word.
# They are not linked to services, so that service control policies bind them; Control Tower exempts both from its own
# (docs.aws.amazon.com/controltower/latest/userguide/region-deny.html). What makes the second in a member account,
# AWSServiceRoleForCloudFormationStackSetsOrgMember, is linked to its service
# (docs.aws.amazon.com/aws-managed-policy/latest/reference/CloudFormationStackSetsOrgMemberServiceRolePolicy.html).
OF_AWS = ("AWSControlTowerExecution", "stacksets-exec-*")
# It hands CloudFormation the role with which the CDK deploys: docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html.
_CDK_DEPLOY = "cdk-*-deploy-role-*"


@dataclass(frozen=True, slots=True)
class Exemptions:
    """Role names, with ``*`` and ``?``: who deploys and mends the controls, acts in an emergency, bootstraps."""

    deployment: Sequence[str]
    emergency: Sequence[str]
    bootstrap: Sequence[str] = ()

    def for_deployment(self) -> dict[str, Any]:
        """Return a condition that lets those through who deploy the controls."""
        return unless([*self.deployment, *OF_AWS])

    def for_either(self) -> dict[str, Any]:
        """Return a condition that lets those and break-glass roles through."""
        return unless([*self.deployment, *self.emergency])

    def for_making_roles(self) -> dict[str, Any]:
        """Return a condition that lets those through who make the roles that are exempt."""
        return unless([*self.deployment, *self.bootstrap, *OF_AWS])

    def for_passing(self) -> dict[str, Any]:
        """Return a condition that lets those through who hand CloudFormation the role to deploy with."""
        return unless([*self.deployment, _CDK_DEPLOY, *OF_AWS])

    def role_arns(self) -> list[str]:
        """Return the ARN patterns of all roles that some statement exempts."""
        return _arns([*self.deployment, *self.emergency, *self.bootstrap, _CDK_DEPLOY, *OF_AWS])

    def work_arns(self) -> list[str]:
        """Return the ARN patterns of what deployment roles do their work by.

        CloudFormation names policies, functions and documents as it names roles: by their stack.
        """
        kinds = ("iam::*:policy/", "lambda:*:*:function:", "ssm:*:*:document/")
        return [f"arn:*:{kind}{name}" for name in self.deployment for kind in kinds]


def deny(
    sid: str, actions: Sequence[str], condition: Mapping[str, Any] | None = None, resources: Sequence[str] = ("*",)
) -> Statement:
    """Return a statement that denies; lists of one are written without brackets, to save characters."""
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Deny",
        "Action": actions[0] if len(actions) == 1 else list(actions),
        "Resource": resources[0] if len(resources) == 1 else list(resources),
    }
    if condition:
        statement["Condition"] = dict(condition)
    return statement


def unless(names: Sequence[str]) -> dict[str, Any]:
    """Return a condition that fails for roles of these names."""
    return {"ArnNotLike": {"aws:PrincipalArn": _arns(names)}} if names else {}


def _arns(names: Sequence[str]) -> list[str]:
    return [f"arn:*:iam::*:role/{name}" for name in names]
